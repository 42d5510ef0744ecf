/** Apple allows a new provider token once in 20 minutes, and asks for one at least once in 60 (both in ms). */
export const SHORTEST_TOKEN_LIFE = 20 * 60_000;
export const LONGEST_TOKEN_LIFE = 60 * 60_000;

/** All that decides about renewal. Times are monotonic milliseconds, so that setting the clock renews nothing. */
export type TokenState =
  | { readonly phase: "unissued" }
  | {
      readonly phase: "issued";
      /** Counts tokens, from 1. */
      readonly generation: number;
      readonly issuedAt: number;
      readonly cause: IssueCause;
    };

/** Why a token was signed: it was the first or the last one had reached its age, or the last one was rejected. */
export type IssueCause = "schedule" | "rejection";

/** Whether a token has to be signed before the next request. */
export function isDue(state: TokenState, now: number, renewAfter: number): boolean {
  return state.phase === "unissued" || now - state.issuedAt >= renewAfter;
}

/** The state after a token was signed. */
export function issued(state: TokenState, now: number, cause: IssueCause): TokenState & { phase: "issued" } {
  const generation = state.phase === "issued" ? state.generation + 1 : 1;
  return { phase: "issued", generation, issuedAt: now, cause };
}

/**
 * What to do when the server called the token of `generation` expired:
 *
 * - `resend`: it was replaced meanwhile, so that of many such answers only the first costs a renewal;
 * - `renew`: it is the current one;
 * - `surface`: it is the current one, and was itself signed after a rejection less than 20 minutes ago. Another would
 *   not help either, and would be punished with `TooManyProviderTokenUpdates`.
 */
export function onRejection(
  state: TokenState,
  generation: number,
  now: number,
): "resend" | "renew" | "surface" {
  if (state.phase === "unissued" || generation !== state.generation) return "resend";
  const inVain = state.cause === "rejection" && now - state.issuedAt < SHORTEST_TOKEN_LIFE;
  return inVain ? "surface" : "renew";
}
