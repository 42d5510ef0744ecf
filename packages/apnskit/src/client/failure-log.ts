import type { GuardedLogger } from "@apnskit/connection/internal";
import type { Environment } from "../credentials/apns-extensions.ts";
import type { Outcome } from "../outcome.ts";

/** Milliseconds between two lines about the same problem. */
const EVERY = 60_000;

/** The most kinds of problem to tell apart, in case a server invents many. */
const MOST_KINDS = 100;

/** Time-outs within {@link EVERY} that deserve a line. */
const MANY_TIMEOUTS = 20;

/** `BadDeviceToken` answers in a row, without an acceptance, before a line names the environment. */
const MANY_BAD_TOKENS = 10;

interface Kind {
  /** When the last line was written; monotonic milliseconds. */
  loggedAt: number;
  /** When `count` began; monotonic milliseconds. */
  countedFrom: number;
  /** Occurrences since then that no line has reported. */
  count: number;
}

/**
 * Logs problems that need a person: refused credentials or requests, device tokens of the other environment,
 * mass time-outs. Writes one line per kind and minute, with the number of occurrences.
 */
export class FailureLog {
  readonly #logger: GuardedLogger;
  readonly #environment: Environment;
  readonly #kinds = new Map<string, Kind>();

  constructor(logger: GuardedLogger, environment: Environment) {
    this.#logger = logger;
    this.#environment = environment;
  }

  /**
   * @param badTokens how many device tokens in a row APNs called bad, without an acceptance
   * @param now monotonic milliseconds
   */
  note(
    outcome: Exclude<Outcome, { result: "accepted" }>,
    topic: string | undefined,
    badTokens: number,
    now: number,
  ): void {
    if (outcome.result === "rejected") {
      const { advice, status, reason, message } = outcome;
      if (advice === "fix-credentials" || advice === "fix-request") {
        const count = this.#due(reason, now, 1);
        if (count > 0)
          this.#logger.error({ status, reason, topic, count }, `APNs refuses notifications: ${message}`);
      } else if (badTokens >= MANY_BAD_TOKENS) {
        const count = this.#due("BadDeviceToken", now, 1);
        const other = this.#environment === "production" ? "sandbox" : "production";
        const message = `${badTokens} device tokens in a row are BadDeviceToken: do they belong to the ${other} environment? This client sends to the ${this.#environment} environment`;
        if (count > 0) this.#logger.error({ reason, topic, count }, message);
      }
      return;
    }
    if (outcome.error.code !== "ERR_APNS_TIMEOUT") return;
    const count = this.#due("timeout", now, MANY_TIMEOUTS);
    if (count > 0) this.#logger.warn({ count, error: outcome.error }, `${count} notifications timed out`);
  }

  /**
   * Counts an occurrence. Returns the count if a line is due, else 0.
   *
   * @param least occurrences within {@link EVERY} that deserve a line
   */
  #due(name: string, now: number, least: number): number {
    let kind = this.#kinds.get(name);
    if (kind === undefined) {
      if (this.#kinds.size >= MOST_KINDS) this.#kinds.delete(this.#kinds.keys().next().value!);
      kind = { loggedAt: Number.NEGATIVE_INFINITY, countedFrom: now, count: 0 };
      this.#kinds.set(name, kind);
    }
    if (kind.count < least && now - kind.countedFrom >= EVERY) {
      kind.countedFrom = now;
      kind.count = 0;
    }
    kind.count++;
    if (now - kind.loggedAt < EVERY || kind.count < least) return 0;
    const { count } = kind;
    kind.loggedAt = now;
    kind.countedFrom = now;
    kind.count = 0;
    return count;
  }
}
