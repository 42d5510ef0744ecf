/** Milliseconds: Apple takes a new provider token at most every 20 minutes, and none that is older than 60. */
export const SHORTEST_LIFE = 20 * 60_000;
export const LONGEST_LIFE = 60 * 60_000;
/** A token is not shown in its last minutes: requests wait, and clocks differ. */
export const LAST_SHOWN = LONGEST_LIFE - 2 * 60_000;

/** Why a process asks the store. */
export type Occasion = "start" | "schedule" | "rejection";

/** What is stored, as far as it decides. */
export interface Holding {
  /** Milliseconds, by the store's clock. */
  readonly age: number;
  /** Whether it was made with this process's signing key. */
  readonly readable: boolean;
  /** Whether it is the token that APNs has refused. */
  readonly refused: boolean;
}

/**
 * What a process does with what the store holds:
 *
 * - `adopt`: it shows that token;
 * - `replace`: it signs one and stores it, unless another process is faster;
 * - `wait`: neither is allowed yet: no token is replaced within 20 minutes.
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
