import { InvalidOption } from "@apnskit/pool";
import type { Pair } from "./client/send-many.ts";
import type { Outcome } from "./outcome.ts";

/**
 * The pairs that are worth another `sendMany`: those whose outcome says `retryable`, in the order of the outcomes. The same
 * place in `pairs` as the outcome's `index`.
 *
 * @param outcomes of `sendMany(pairs)`
 * @throws InvalidOption for an outcome that has no place in `pairs`
 */
export function retryablePairs(outcomes: Iterable<Outcome>, pairs: readonly Pair[]): Pair[] {
  const again: Pair[] = [];
  for (const { retryable, index } of outcomes) {
    const pair = index === undefined ? undefined : pairs[index];
    if (pair === undefined) {
      throw new InvalidOption(
        "outcomes",
        "`outcomes` must be those of sendMany(pairs): one has no place in `pairs`",
      );
    }
    if (retryable) again.push(pair);
  }
  return again;
}
