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
      /** When a rejection last caused a renewal. */
      readonly forcedAt: number | undefined;
    };

/** Whether a token has to be signed before the next request. */
export function isDue(state: TokenState, now: number, renewAfter: number): boolean {
  return state.phase === "unissued" || now - state.issuedAt >= renewAfter;
}

/** The state after a token was signed. */
export function issued(
  state: TokenState,
  now: number,
  cause: "schedule" | "rejection",
): TokenState & { phase: "issued" } {
  const before = state.phase === "issued" ? state : { generation: 0, forcedAt: undefined };
  return {
    phase: "issued",
    generation: before.generation + 1,
    issuedAt: now,
    forcedAt: cause === "rejection" ? now : before.forcedAt,
  };
}

/**
 * What to do when the server called the token of `generation` expired:
 *
 * - `resend`: it was replaced meanwhile, so that of many such answers only the first costs a renewal;
 * - `renew`: it is the current one;
 * - `surface`: it is the current one, and a renewal did not help within the last 20 minutes. Another would not help
 *   either, and would be punished with `TooManyProviderTokenUpdates`.
 */
export function onRejection(
  state: TokenState,
  generation: number,
  now: number,
): "resend" | "renew" | "surface" {
  if (state.phase === "unissued" || generation !== state.generation) return "resend";
  const forcedRecently = state.forcedAt !== undefined && now - state.forcedAt < SHORTEST_TOKEN_LIFE;
  return forcedRecently ? "surface" : "renew";
}
