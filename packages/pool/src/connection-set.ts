import { type Clock, ConnectFailed } from "@apnskit/connection";
import { type Deadlines, type Dialer, type GuardedLogger, Transport } from "@apnskit/connection/internal";
import { AgeWatch } from "./ageing.ts";
import type { BackoffOptions } from "./backoff.ts";
import { ConnectionGroups } from "./connection-groups.ts";
import { type Lifetime, Member, type RetireReason } from "./member.ts";
import { ReconnectBackoff } from "./reconnect-backoff.ts";
import { refusesCredentials } from "./retry-policy.ts";

export interface ConnectionSetOptions {
  readonly dialer: Pick<Dialer, "dial">;
  readonly clock: Clock;
  /** The deadlines of the requests that go over the connections. */
  readonly deadlines: Deadlines;
  readonly logger: GuardedLogger;
  readonly lifetime: Lifetime;
  readonly reconnect: BackoffOptions;
  readonly random: () => number;
  /** True: attempts that no request waits for do not keep the process alive. */
  readonly unref: boolean;
}

/** Callbacks to the pool. */
export interface ConnectionSetEvents {
  /** There may be room for requests again. */
  onRoom(): void;
  onConnected(): void;
  /** A connection takes no more requests; `reason` as in `Closed`. */
  onDisconnected(reason: string): void;
  /** An attempt to connect failed. */
  onConnectFailed(error: ConnectFailed): void;
  /** The server refuses these credentials, so no further attempt will help. */
  onRefused(reason: string, error?: ConnectFailed): void;
}

/** Keeps as many connections as wanted: it replaces each as soon as it drains or dies. */
export class ConnectionSet {
  readonly #options: ConnectionSetOptions;
  readonly #events: ConnectionSetEvents;
  readonly #groups = new ConnectionGroups();
  readonly #backoff: ReconnectBackoff;
  readonly #age: AgeWatch<Member>;
  #wanted: number;
  #closed = false;

  constructor(size: number, options: ConnectionSetOptions, events: ConnectionSetEvents) {
    this.#wanted = size;
    this.#options = options;
    this.#events = events;
    const { clock, reconnect, random, unref } = options;
    this.#backoff = new ReconnectBackoff({
      clock,
      backoff: reconnect,
      random,
      unref,
      onOver: () => this.maintain(),
    });
    this.#age = new AgeWatch(clock, (member) => this.retire(member, "maxAge"));
  }

  /** The connections that take requests. */
  get active(): readonly Member[] {
    return this.#groups.taking;
  }

  get connecting(): number {
    return this.#groups.connecting.size;
  }

  get draining(): number {
    return this.#groups.draining;
  }

  get inflight(): number {
    return this.#groups.inflight;
  }

  get size(): number {
    return this.#wanted;
  }

  /** Failed attempts in a row. */
  get connectFailures(): number {
    return this.#backoff.failures;
  }

  /** Tells whether there are unsettled requests. */
  setNeeded(needed: boolean): void {
    this.#backoff.setNeeded(needed);
  }

  /** Opens or drains connections until there are as many as wanted. */
  resize(size: number): void {
    this.#wanted = size;
    // The ones to be replaced go first, then the least busy.
    const surplus = this.active.toSorted(
      (a, b) =>
        Number(b.group === "retiring") - Number(a.group === "retiring") ||
        a.transport.inflight - b.transport.inflight,
    );
    for (const member of surplus.slice(0, Math.max(0, surplus.length - size))) drain(member);
    this.maintain();
  }

  /** Opens the missing connections, unless the backoff holds them back. */
  maintain(): void {
    if (this.#closed || this.#backoff.holding) return;
    const { active } = this.#groups;
    let missing = this.#wanted - active - this.connecting;
    // While the server turns every connection away, one attempt at a time is enough to notice when it stops.
    if (this.#backoff.failures > 0 && active === 0) missing = Math.min(missing, 1 - this.connecting);
    for (; missing > 0; missing--) void this.#open();
  }

  /** Replaces a connection: it takes no more requests as soon as another one has taken its place. */
  retire(member: Member, reason: RetireReason): void {
    if (member.group !== "active") return;
    this.#groups.move(member, "retiring");
    this.#options.logger.info({ reason }, "connection to be replaced");
    if (reason === "InternalServerError" || reason === "timeouts") this.#judge(member);
    this.#watchAge();
    this.maintain();
  }

  /** Lets a connection take no more requests. */
  stop(member: Member): void {
    // All of them have given back what they had not written.
    if (this.#closed) return;
    if (this.active.includes(member)) this.#judge(member);
    void member.transport.retire();
  }

  /** Closes all connections; resolves when they are closed. @param reason for requests that come back unsent */
  async close(reason: string, patience: number): Promise<void> {
    this.#closed = true;
    this.#backoff.stop();
    this.#age.stop();
    for (const attempt of this.#groups.connecting) attempt.abort(new Error("the pool was closed"));
    await Promise.all(this.#groups.all().map(({ transport }) => transport.retire(reason, patience)));
  }

  async #open(): Promise<void> {
    const { connecting } = this.#groups;
    const attempt = new AbortController();
    connecting.add(attempt);
    try {
      const { dialer, deadlines } = this.#options;
      const transport = await dialer.dial((setup) => new Transport(setup, deadlines), attempt.signal);
      connecting.delete(attempt);
      this.#join(transport);
    } catch (error) {
      connecting.delete(attempt);
      if (!this.#closed) this.#onConnectFailed(error instanceof ConnectFailed ? error : unexpected(error));
    }
  }

  #join(transport: Transport): void {
    if (this.#closed) {
      void transport.close();
      return;
    }
    if (transport.state !== "active") {
      this.#onConnectFailed(sentAway(transport.reason));
      return;
    }
    const full = this.active.length >= this.#wanted;
    const replaced = full ? this.active.find(({ group }) => group === "retiring") : undefined;
    if (full && replaced === undefined) {
      // The wanted number has dropped since the attempt began.
      void transport.close();
      return;
    }
    const { lifetime, clock, random } = this.#options;
    const member = new Member(transport, lifetime, clock.now(), random());
    this.#groups.move(member, "active");
    transport.on("capacity", () => {
      member.freed();
      this.#events.onRoom();
    });
    transport.on("draining", (reason) => this.#leave(member, reason, "draining"));
    transport.on("dismissed", (reason) => void this.#heedRefusal(reason));
    transport.on("closed", (reason) => this.#leave(member, reason, "gone"));
    if (replaced !== undefined) drain(replaced);
    this.#watchAge();
    this.#events.onConnected();
    this.maintain();
    this.#events.onRoom();
  }

  /** A connection takes no more requests, whatever the reason. */
  #leave(member: Member, reason: string, to: "draining" | "gone"): void {
    const tookRequests = this.active.includes(member);
    this.#groups.move(member, to);
    if (!tookRequests || this.#closed) return;
    this.#events.onDisconnected(reason);
    if (this.#heedRefusal(reason)) return;
    // A `close` of this end says nothing about the server.
    if (reason !== "close") this.#judge(member);
    this.maintain();
  }

  /** A server that refuses the credentials on one connection refuses them on all. */
  #heedRefusal(reason: string): boolean {
    if (this.#closed || !refusesCredentials(reason)) return false;
    this.#events.onRefused(reason);
    return true;
  }

  /** Counts a connection that has to be replaced: as a failure, or as the end of a row of failures. */
  #judge(member: Member): void {
    if (member.hasProvenItself(this.#options.clock.now())) this.#backoff.proven();
    else if (member.hasAnswered) this.#backoff.replaced();
    else this.#backoff.failed();
  }

  #onConnectFailed(error: ConnectFailed): void {
    this.#options.logger.warn({ failure: error.failure, err: error.message }, "cannot connect");
    if (error.failure === "client-certificate" || refusesCredentials(error.reason)) {
      this.#events.onRefused(error.reason ?? error.message, error);
      return;
    }
    this.#backoff.failed();
    this.#events.onConnectFailed(error);
  }

  #watchAge(): void {
    this.#age.watch(() => this.active.filter(({ group }) => group === "active"));
  }
}

/** Requests in flight may finish; their own deadlines limit the time. */
function drain({ transport }: Member): void {
  void transport.close({ drain: Number.POSITIVE_INFINITY });
}

/** The server sent GOAWAY right after its first SETTINGS. */
function sentAway(reason: string): ConnectFailed {
  return new ConnectFailed("http2", `the server sends new connections away: ${reason}`, { reason });
}

/** An error from the caller's own code, such as its clock. */
function unexpected(error: unknown): ConnectFailed {
  return new ConnectFailed("unreachable", "the connection could not be opened: an unexpected error", {
    cause: error,
  });
}
