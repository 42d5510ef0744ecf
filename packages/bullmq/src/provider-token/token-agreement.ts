/** Milliseconds: Apple accepts a new provider token at most every 20 minutes, and no token older than 60. */
export const SHORTEST_LIFE = 20 * 60_000;
export const LONGEST_LIFE = 60 * 60_000;
/** A process does not show a token in its last minutes, because requests wait and clocks differ. */
export const LAST_SHOWN = LONGEST_LIFE - 2 * 60_000;

/** Why a process asks the store. */
export type Occasion = "start" | "schedule" | "rejection";

/** The facts about the stored token that decide. */
export interface Holding {
  /** Milliseconds, by the store's clock. */
  readonly age: number;
  /** Whether this process's signing key made it. */
  readonly readable: boolean;
  /** Whether it is the token that APNs has refused. */
  readonly refused: boolean;
}

/**
 * Decides what a process does about the stored token:
 *
 * - `adopt`: it shows the stored token;
 * - `replace`: it signs and stores a new token, unless another process is faster;
 * - `wait`: neither is allowed yet, because 20 minutes must lie between two tokens.
 */
export function agreement(
  stored: Holding | undefined,
  occasion: Occasion,
  renewAfter: number,
): "adopt" | "replace" | "wait" {
  if (stored === undefined) return "replace";
  const useless = !stored.readable || (occasion === "rejection" && stored.refused);
  if (useless) return stored.age >= SHORTEST_LIFE ? "replace" : "wait";
  return stored.age >= renewAfter ? "replace" : "adopt";
}
