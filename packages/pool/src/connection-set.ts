import { type Clock, ConnectFailed, type Timer } from "@apnskit/connection";
import type { GuardedLogger } from "@apnskit/connection/internal";
import { type Dialer, Transport } from "@apnskit/connection/internal";
import { type BackoffOptions, backoffDelay } from "./backoff.ts";
import { type Lifetime, Member } from "./member.ts";
import { refusesCredentials } from "./retry-policy.ts";

export interface ConnectionSetOptions {
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly logger: GuardedLogger;
  readonly lifetime: Lifetime;
  readonly reconnect: BackoffOptions;
  readonly random: () => number;
  /** True: attempts that nobody waits for do not keep the process alive. */
  readonly unref: boolean;
}

/** What the pool is told. */
export interface ConnectionSetEvents {
  /** Requests may be taken that were not before. */
  onRoom(): void;
  onConnected(): void;
  /** A connection takes no more requests; `reason` as in `Closed`. */
  onDisconnected(reason: string): void;
  /** An attempt to connect failed. */
  onConnectFailed(error: ConnectFailed): void;
  /** The server does not want these credentials: no attempt will help. */
  onRefused(reason: string, error?: ConnectFailed): void;
}

/**
 * The connections of a pool: as many as wanted, each replaced as soon as it drains or dies. A connection is in exactly
 * one of three groups:
 *
 *     connecting ──first SETTINGS──▶ active ──GOAWAY, retired, resized──▶ draining ──last answer──▶ gone
 *         └────────── failed ──▶ gone ◀────────── died ──────┘
 */
export class ConnectionSet {
  readonly #options: ConnectionSetOptions;
  readonly #events: ConnectionSetEvents;
  readonly #connecting = new Set<AbortController>();
  readonly #active: Member[] = [];
  readonly #draining = new Set<Transport>();
  #wanted: number;
  /** Attempts in a row that came to nothing; see {@link Member.hasProvenItself}. */
  #failures = 0;
  #backoff: Timer | undefined;
  /** Whether requests wait for anything. */
  #needed = false;
  #ageTimer: Timer | undefined;
  #closed = false;

  constructor(size: number, options: ConnectionSetOptions, events: ConnectionSetEvents) {
    this.#wanted = size;
    this.#options = options;
    this.#events = events;
  }

  /** Those that take requests. */
  get active(): readonly Member[] {
    return this.#active;
  }

  get connecting(): number {
    return this.#connecting.size;
  }

  get draining(): number {
    return this.#draining.size;
  }

  get size(): number {
    return this.#wanted;
  }

  get inflight(): number {
    let sum = 0;
    for (const { connection } of this.#active) sum += connection.inflight;
    for (const connection of this.#draining) sum += connection.inflight;
    return sum;
  }

  /** Says whether there are requests that are not settled. */
  setNeeded(needed: boolean): void {
    this.#needed = needed;
    this.#holdProcess();
  }

  /** Opens or dismisses connections until there are as many as wanted. */
  resize(size: number): void {
    this.#wanted = size;
    // Those that were to be replaced go first, then the least busy.
    const surplus = this.#active.toSorted(
      (a, b) => Number(b.retiring) - Number(a.retiring) || a.connection.inflight - b.connection.inflight,
    );
    for (const member of surplus.slice(0, Math.max(0, this.#active.length - size))) this.#dismiss(member);
    this.maintain();
  }

  /** Opens what is missing, unless attempts are being held back. */
  maintain(): void {
    if (this.#closed || this.#backoff !== undefined) return;
    const steady = this.#active.filter(({ retiring }) => !retiring).length;
    let missing = this.#wanted - steady - this.#connecting.size;
    // While the server turns everybody away, one attempt at a time is enough to find out when it no longer does.
    if (this.#failures > 0 && steady === 0) missing = Math.min(missing, 1 - this.#connecting.size);
    for (; missing > 0; missing--) void this.#open();
  }

  /** Has a connection replaced: it takes no more requests as soon as another one is there instead. */
  retire(member: Member, reason: "maxAge" | "maxRequests" | "InternalServerError"): void {
    if (member.retiring || !this.#active.includes(member)) return;
    this.#options.logger.info({ reason }, "connection to be replaced");
    member.retiring = true;
    if (reason === "InternalServerError") this.#judge(member);
    this.maintain();
  }

  /** Lets a connection take no more requests from now on: the server has said that it is of no use. */
  dismiss(member: Member): void {
    if (!this.#active.includes(member)) return;
    this.#judge(member);
    this.#dismiss(member);
  }

  /** Closes all; resolves when they are closed. */
  async close(drain: number): Promise<void> {
    this.#closed = true;
    this.#backoff?.cancel();
    this.#backoff = undefined;
    this.#ageTimer?.cancel();
    this.#ageTimer = undefined;
    for (const attempt of this.#connecting) attempt.abort(new Error("the pool was closed"));
    const all = [...this.#active.map(({ connection }) => connection), ...this.#draining];
    await Promise.all(all.map((connection) => connection.close({ drain })));
  }

  async #open(): Promise<void> {
    const attempt = new AbortController();
    this.#connecting.add(attempt);
    try {
      const connection = await this.#options.dialer.dial((setup) => new Transport(setup), attempt.signal);
      this.#connecting.delete(attempt);
      this.#join(connection);
    } catch (error) {
      this.#connecting.delete(attempt);
      if (!(error instanceof ConnectFailed)) throw error;
      if (!this.#closed) this.#onConnectFailed(error);
    }
  }

  #join(connection: Transport): void {
    if (this.#closed) {
      void connection.close();
      return;
    }
    if (connection.state !== "active") {
      this.#onConnectFailed(sentAway(connection.reason));
      return;
    }
    const full = this.#active.length >= this.#wanted;
    const replaced = full ? this.#active.find(({ retiring }) => retiring) : undefined;
    if (full && replaced === undefined) {
      // Fewer are wanted than when it was begun.
      void connection.close();
      return;
    }
    const { lifetime, clock, random } = this.#options;
    const member = new Member(connection, lifetime, clock.now(), random());
    this.#active.push(member);
    connection.on("capacity", () => this.#events.onRoom());
    connection.on("draining", (reason) => this.#leave(member, reason));
    connection.on("closed", (reason) => {
      this.#leave(member, reason);
      this.#draining.delete(connection);
    });
    if (replaced !== undefined) this.#dismiss(replaced);
    this.#watchAge();
    this.#events.onConnected();
    this.maintain();
    this.#events.onRoom();
  }

  #dismiss(member: Member): void {
    // Bounded by the requests' own deadlines.
    void member.connection.close({ drain: Number.POSITIVE_INFINITY });
  }

  /** A connection takes no more requests, whatever the reason. */
  #leave(member: Member, reason: string): void {
    const place = this.#active.indexOf(member);
    if (place < 0) return;
    this.#active.splice(place, 1);
    if (member.connection.state === "draining") this.#draining.add(member.connection);
    if (this.#closed) return;
    this.#events.onDisconnected(reason);
    if (refusesCredentials(reason)) {
      this.#events.onRefused(reason);
      return;
    }
    // This end's own doing says nothing about the server.
    if (reason !== "close") this.#judge(member);
    this.maintain();
  }

  /** A connection that has to be replaced is a failure, or the end of a row of them. */
  #judge(member: Member): void {
    if (!member.hasProvenItself(this.#options.clock.now())) {
      // One that did some work is no failure, but the next one may wait a little: Apple takes rapid opening for an attack.
      if (member.hasAnswered) this.#failures = 0;
      this.#holdBack();
      return;
    }
    this.#failures = 0;
    this.#backoff?.cancel();
    this.#backoff = undefined;
  }

  #onConnectFailed(error: ConnectFailed): void {
    this.#options.logger.warn({ failure: error.failure, err: error.message }, "cannot connect");
    const refused = error.failure === "client-certificate" || refusesCredentials(error.reason);
    if (refused) {
      this.#events.onRefused(error.reason ?? error.message, error);
      return;
    }
    this.#holdBack();
    this.#events.onConnectFailed(error);
  }

  #holdBack(): void {
    if (this.#backoff !== undefined) return;
    this.#failures++;
    const { clock, reconnect, random } = this.#options;
    this.#backoff = clock.setTimer(
      () => {
        this.#backoff = undefined;
        this.maintain();
      },
      backoffDelay(reconnect, this.#failures, random()),
    );
    this.#holdProcess();
  }

  #holdProcess(): void {
    if (!this.#options.unref) return;
    if (this.#needed) this.#backoff?.ref();
    else this.#backoff?.unref();
  }

  /** One timer for the connection that is the first to be too old. */
  #watchAge(): void {
    const { clock } = this.#options;
    this.#ageTimer?.cancel();
    this.#ageTimer = undefined;
    const next = Math.min(
      ...this.#active.filter(({ retiring }) => !retiring).map(({ retireAt }) => retireAt),
    );
    if (next === Number.POSITIVE_INFINITY) return;
    this.#ageTimer = clock.setTimer(() => this.#retireOld(), Math.max(0, next - clock.now()));
    this.#ageTimer.unref();
  }

  #retireOld(): void {
    const now = this.#options.clock.now();
    for (const member of [...this.#active]) {
      if (member.retireAt <= now) this.retire(member, "maxAge");
    }
    this.#watchAge();
  }
}

/** The server said GOAWAY in the same breath as its first SETTINGS. */
function sentAway(reason: string): ConnectFailed {
  return new ConnectFailed("http2", `the server sends new connections away: ${reason}`, { reason });
}
