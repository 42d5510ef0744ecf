/** How delays grow between attempts. */
export interface BackoffOptions {
  /** Milliseconds before the second attempt. */
  readonly minDelay: number;
  /** The longest delay in milliseconds. */
  readonly maxDelay: number;
  /** The factor by which each further delay grows. */
  readonly factor: number;
}

/**
 * The delay after the nth failure in a row, in milliseconds: exponential up to the cap, with a random upper
 * half. So clients that failed together do not all come back together.
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
