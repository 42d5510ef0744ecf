import type { Outcome } from "apnskit";

/** Why a run stopped early. */
export type StopReason = "stop" | "cancel" | "signal" | "client-closed" | "credentials" | "unreachable";

const REFUSALS = 10;
const FEWEST_UNANSWERED = 1000;

/**
 * Decides when to stop handing out recipients. If a sender continues after APNs refused its credentials, APNs
 * may treat it as an attack ("Establishing a token-based connection to APNs"). While APNs is unreachable, the
 * remaining pushes would only end as unsent.
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
