/**
 * Apple allows a new provider token once in 20 minutes, and requires one at least once in 60 (both in ms).
 */
export const SHORTEST_TOKEN_LIFE = 20 * 60_000;
export const LONGEST_TOKEN_LIFE = 60 * 60_000;

/**
 * An instant on both clocks of the machine, in milliseconds. The monotonic clock stands still while the
 * machine is suspended (a laptop, a paused VM, a frozen Lambda). The wall clock may be set.
 */
export interface Moment {
  /** Monotonic time, from an arbitrary origin. */
  readonly now: number;
  /** Wall-clock time since 1970. */
  readonly epoch: number;
}

/** The state that decides about renewal. */
export type TokenState =
  | { readonly phase: "unissued" }
  | {
      readonly phase: "issued";
      /** Counts tokens, from 1. */
      readonly generation: number;
      readonly issuedAt: Moment;
      readonly cause: IssueCause;
    };

/**
 * Why a token was signed: it was the first, the previous one had reached its age, or APNs rejected that one.
 */
export type IssueCause = "schedule" | "rejection";

/**
 * Milliseconds from one moment to another, by the clock that advanced further. The other clock may have stood
 * still or been set back.
 */
export function elapsed(from: Moment, to: Moment): number {
  return Math.max(to.now - from.now, to.epoch - from.epoch);
}

/** Whether a new token must be signed before the next request. */
export function isDue(state: TokenState, at: Moment, renewAfter: number): boolean {
  return state.phase === "unissued" || elapsed(state.issuedAt, at) >= renewAfter;
}

/** The state after a token was signed. */
export function issued(state: TokenState, at: Moment, cause: IssueCause): TokenState & { phase: "issued" } {
  const generation = state.phase === "issued" ? state.generation + 1 : 1;
  return { phase: "issued", generation, issuedAt: at, cause };
}

/**
 * The decision when the server calls the token of `generation` expired:
 *
 * - `resend`: the token was replaced meanwhile. Of many such answers, only the first costs a renewal;
 * - `renew`: it is the current token;
 * - `surface`: it is the current token, and it was itself signed after a rejection less than 20 minutes ago. Another
 *   one would not help either, and APNs would punish it with `TooManyProviderTokenUpdates`.
 */
export function onRejection(
  state: TokenState,
  generation: number,
  at: Moment,
): "resend" | "renew" | "surface" {
  if (state.phase === "unissued" || generation !== state.generation) return "resend";
  const inVain = state.cause === "rejection" && elapsed(state.issuedAt, at) < SHORTEST_TOKEN_LIFE;
  return inVain ? "surface" : "renew";
}
