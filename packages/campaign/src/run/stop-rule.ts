import type { Outcome } from "apnskit";

/** Why a run stopped before its end. */
export type StopReason = "stop" | "cancel" | "signal" | "client-closed" | "credentials" | "unreachable";

const REFUSALS = 10;
const FEWEST_UNANSWERED = 1000;

/**
 * When to hand out no more. APNs takes a sender that goes on after its credentials were refused for an attack
 * ("Establishing a token-based connection to APNs"), and while it cannot be reached, the rest would only end as unsent.
 */
export class StopRule {
  readonly #most: number;
  #refused = 0;
  #answered = 0;
  #unanswered = 0;

  /** @param window pushes that may be under way at once */
  constructor(window = FEWEST_UNANSWERED) {
    this.#most = Math.max(FEWEST_UNANSWERED, window);
  }

  /** @returns a reason to stop after this outcome */
  judge(outcome: Outcome): "credentials" | "unreachable" | undefined {
    if (outcome.result === "accepted") {
      this.#answered++;
      this.#unanswered = 0;
    } else if (outcome.result === "rejected") {
      this.#unanswered = 0;
      if (outcome.advice !== "fix-credentials") this.#answered++;
      else if (++this.#refused >= REFUSALS && this.#answered === 0) return "credentials";
    } else if (outcome.retryable && ++this.#unanswered >= this.#most) {
      return "unreachable";
    }
    return undefined;
  }
}
