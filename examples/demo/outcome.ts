/**
 * What became of one notification. Everything that is handed to the pool ends in exactly one of these:
 *
 * - `accepted`: the server answered 200
 * - `rejected`: it answered otherwise, and said why
 * - `unsent`: it cannot have acted on it
 * - `unknown`: it may have acted on it; there was no answer
 */
export type Outcome =
  | { readonly kind: "accepted" }
  | { readonly kind: "rejected" | "unsent" | "unknown"; readonly reason: string };

export type OutcomeKind = Outcome["kind"];
