import { received, requireType } from "@apnskit/connection/internal";
import { InvalidOption } from "@apnskit/pool";
import type { Environment } from "./credentials/apns-extensions.ts";

/** A device token that APNs calls dead. Plain JSON. */
export interface DeadToken {
  /** Lower-case hexadecimal, as on the wire. */
  readonly token: string;
  /** The token as the caller spelt it, if that differs from `token`: to find it in a database. */
  readonly given?: string;
  /** The topic for which it is dead; the token may still work for another app. */
  readonly topic: string;
  /** The environment of the client that got the answer. */
  readonly environment: Environment;
  /**
   * `Unregistered`, `ExpiredToken` or `BadDeviceToken`. The last is reported only if APNs has recently
   * accepted a notification for this topic and environment. Otherwise all tokens may be of the other
   * environment.
   */
  readonly reason: string;
  /** When APNs last found it dead, in milliseconds since 1970-01-01 UTC; absent for `BadDeviceToken`. */
  readonly timestamp?: number;
  /** When the answered notification was sent, in milliseconds since 1970-01-01 UTC. */
  readonly sentAt: number;
}

/**
 * Whether to drop a dead token from the database, or keep it because the app has registered it again since
 * ("Handling notification responses from APNs").
 *
 * @param registeredAt when the app last registered this token; omit it if unknown
 */
export function shouldDrop(dead: DeadToken, registeredAt?: Date | number): boolean {
  if (registeredAt === undefined) return true;
  const registered = typeof registeredAt === "number" ? registeredAt : registeredAt.getTime();
  if (Number.isNaN(registered))
    throw new InvalidOption("registeredAt", "`registeredAt` must be a valid Date or milliseconds since 1970");
  return registered <= (dead.timestamp ?? dead.sentAt);
}

/** The state of a {@link DeadTokens} buffer. */
export interface DeadTokensStats {
  /** Tokens that wait for a loop. */
  readonly buffered: number;
  /** Tokens that the full buffer dropped before a loop or listener saw them. */
  readonly lost: number;
}

/** Settles one `next()` call. */
type Waiting = (result: IteratorResult<DeadToken, undefined>) => void;

/**
 * A feed of dead tokens.
 *
 * A listener gets each report as it comes. `for await` takes each report from a buffer once, however many
 * loops share the work. So a loop that starts late misses nothing. The buffer holds a token once (per
 * environment and topic, with the latest timestamp) and at most `capacity` tokens; it drops the oldest first.
 * A dropped token is not lost for good, since APNs reports it again at the next push.
 * {@link DeadTokens.stats} counts dropped tokens.
 */
export class DeadTokens implements AsyncIterable<DeadToken> {
  readonly #capacity: number;
  readonly #buffer = new Map<string, DeadToken>();
  readonly #listeners = new Set<(dead: DeadToken) => void>();
  readonly #waiting: Waiting[] = [];
  #lost = 0;
  #closed = false;

  /**
   * @param capacity the most tokens to hold for iteration; 10,000 by default
   * @throws InvalidOption for a capacity that is not a whole number from 1 on
   */
  constructor({ capacity = 10_000 }: { readonly capacity?: number } = {}) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new InvalidOption("capacity", `capacity must be a whole number from 1 on${received(capacity)}`);
    }
    this.#capacity = capacity;
  }

  /**
   * Calls the listener for each report from now on. An error that it throws becomes an uncaught exception and
   * stops nothing here.
   *
   * @throws InvalidOption for a listener that is not a function
   */
  subscribe(listener: (dead: DeadToken) => void): () => void {
    requireType("listener", listener ?? null, "function");
    // Wrapped, so that the same function can subscribe twice and leave once.
    const entry = (dead: DeadToken) => listener(dead);
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  /** For the client that got the answer. */
  report(dead: DeadToken): void {
    if (this.#closed) return;
    // A copy, so that a listener that subscribes another one does not cause an endless loop.
    for (const listener of [...this.#listeners]) {
      try {
        listener(dead);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#keep(dead);
    else waiting({ done: false, value: dead });
  }

  /** Loops end after they have taken the buffered reports. */
  close(): void {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) waiting({ done: true, value: undefined });
  }

  /** The current fill of the buffer, and its losses so far. */
  stats(): DeadTokensStats {
    return { buffered: this.#buffer.size, lost: this.#lost };
  }

  /** Takes tokens from the buffer, oldest first; waits while it is empty, until {@link DeadTokens.close}. */
  [Symbol.asyncIterator](): AsyncIterator<DeadToken, undefined> {
    let returned = false;
    const pending = new Set<Waiting>();
    return {
      next: () => {
        if (returned) return Promise.resolve({ done: true, value: undefined });
        const value = this.#take();
        if (value !== undefined) return Promise.resolve({ done: false, value });
        if (this.#closed) return Promise.resolve({ done: true, value: undefined });
        return new Promise((resolve) => {
          const waiting: Waiting = (result) => {
            pending.delete(waiting);
            resolve(result);
          };
          pending.add(waiting);
          this.#waiting.push(waiting);
        });
      },
      return: () => {
        returned = true;
        for (const waiting of pending) {
          this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
          waiting({ done: true, value: undefined });
        }
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  #keep(dead: DeadToken): void {
    const key = `${dead.environment} ${dead.topic} ${dead.token}`;
    const known = this.#buffer.get(key);
    if (known !== undefined) {
      if ((dead.timestamp ?? dead.sentAt) >= (known.timestamp ?? known.sentAt)) this.#buffer.set(key, dead);
      return;
    }
    if (this.#buffer.size >= this.#capacity) {
      this.#take();
      if (this.#listeners.size === 0) this.#lost++;
    }
    this.#buffer.set(key, dead);
  }

  #take(): DeadToken | undefined {
    const [oldest] = this.#buffer;
    if (oldest === undefined) return undefined;
    this.#buffer.delete(oldest[0]);
    return oldest[1];
  }
}
