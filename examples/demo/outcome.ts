/**
 * The outcome of one notification. Every notification passed to the pool ends in exactly one of these:
 *
 * - `accepted`: the server answered 200
 * - `rejected`: the server gave another answer, with a reason
 * - `unsent`: the server cannot have acted on it
 * - `unknown`: the server may have acted on it, but did not answer
 */
export type Outcome =
  | { readonly kind: "accepted" }
  | { readonly kind: "rejected" | "unsent" | "unknown"; readonly reason: string };

export type OutcomeKind = Outcome["kind"];
