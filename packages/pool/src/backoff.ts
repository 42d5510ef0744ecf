/** How delays grow between attempts. */
export interface BackoffOptions {
  /** Milliseconds before the second attempt. */
  readonly minDelay: number;
  /** Milliseconds that no delay passes. */
  readonly maxDelay: number;
  /** What each further delay is multiplied with. */
  readonly factor: number;
}

/**
 * The delay after the nth failure in a row, in milliseconds: exponential up to the cap, of which the upper half is
 * random, so that many who failed together do not come back together.
 *
 * @param failures 1 after the first failure
 * @param random from 0 up to 1
 */
export function backoffDelay(
  { minDelay, maxDelay, factor }: BackoffOptions,
  failures: number,
  random: number,
): number {
  const ceiling = Math.min(maxDelay, minDelay * factor ** (failures - 1));
  return ceiling * (0.5 + random / 2);
}
