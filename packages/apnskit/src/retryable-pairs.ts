import { received } from "@apnskit/connection/internal";
import { InvalidOption } from "@apnskit/pool";
import type { Pair } from "./client/send-many.ts";
import type { Outcome } from "./outcome.ts";

/**
 * The pairs that deserve another `sendMany`: those with a `retryable` outcome, in the order of the outcomes.
 * An outcome's `index` is the place of its pair in `pairs`.
 *
 * @param outcomes of `sendMany(pairs)`
 * @throws InvalidOption for outcomes that are not iterable, pairs that are not an array, and an outcome
 *   without a place in `pairs`
 */
export function retryablePairs(outcomes: Iterable<Outcome>, pairs: readonly Pair[]): Pair[] {
  if (!Array.isArray(pairs)) throw new InvalidOption("pairs", `pairs must be an array${received(pairs)}`);
  if (typeof (outcomes as Partial<Iterable<Outcome>> | undefined)?.[Symbol.iterator] !== "function") {
    const rule = "outcomes must be an iterable; collect what sendMany() yields first";
    throw new InvalidOption("outcomes", `${rule}${received(outcomes)}`);
  }
  const again: Pair[] = [];
  for (const outcome of outcomes) {
    const index: number | undefined = outcome?.index;
    const pair = index === undefined ? undefined : (pairs as readonly Pair[])[index];
    if (pair === undefined) {
      throw new InvalidOption(
        "outcomes",
        "`outcomes` must be those of sendMany(pairs): one has no place in `pairs`",
      );
    }
    if (outcome.retryable) again.push(pair);
  }
  return again;
}
