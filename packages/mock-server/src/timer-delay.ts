/** The longest delay of a Node.js timer. Node.js replaces a longer delay with 1 ms. */
const LONGEST = 2 ** 31 - 1;

/** A delay that a timer can have: `ms` milliseconds, but 24.8 days at most. */
export function timerDelay(ms: number): number {
  return Math.min(ms, LONGEST);
}
