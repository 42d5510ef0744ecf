import { type InspectOptions, inspect } from "node:util";
import { concealAccessors } from "@apnskit/connection/internal";
import { ApnskitError } from "./errors.ts";
import type { RejectedOutcome } from "./outcome.ts";
import { abbreviatedToken } from "./token-text.ts";

/**
 * Thrown by `send` when APNs refuses a notification. Logs of it (`console`, JSON, pino) show the outcome with
 * an abbreviated device token; `outcome` itself has the whole token.
 */
export class Rejected extends ApnskitError {
  static {
    this.recogniseAs("Rejected");
    concealAccessors(this);
  }

  override readonly name = "Rejected";
  readonly code = "ERR_APNS_REJECTED";
  readonly #outcome: RejectedOutcome;

  constructor(outcome: RejectedOutcome, options?: ErrorOptions) {
    super(`APNs answered ${outcome.status} ${outcome.reason}: ${outcome.message}`, options);
    this.#outcome = outcome;
  }

  /** The complete outcome; plain JSON. */
  get outcome(): RejectedOutcome {
    return this.#outcome;
  }

  /** The answer's HTTP status, as in `outcome`. */
  get status(): number {
    return this.#outcome.status;
  }

  /** As APNs sent it, such as `BadDeviceToken`; as in `outcome`. */
  get reason(): string {
    return this.#outcome.reason;
  }

  /** Whether to stop sending to this device token, as in `outcome`. */
  get tokenIsDead(): boolean {
    return this.#outcome.tokenIsDead;
  }

  /** Whether the same notification may succeed later without a correction by the sender, as in `outcome`. */
  get retryable(): boolean {
    return this.#outcome.retryable;
  }

  /** The parts that may be shown, with an abbreviated device token. */
  toJSON(): Record<string, unknown> {
    const { token, given: _, ...rest } = this.#outcome;
    const shown = token === undefined ? rest : { token: abbreviatedToken(token), ...rest };
    return { name: this.name, code: this.code, message: this.message, outcome: shown };
  }

  /** @internal As `toJSON`. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { outcome } = this.toJSON() as { outcome: object };
    return `${this.stack ?? this.message} ${inspect(outcome, { ...options, getters: false })}`;
  }
}
