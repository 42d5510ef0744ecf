/**
 * The scope of the 20-minute rule. Apple's text says "same connection"; observations also suggest the others.
 */
export type ThrottleScope = "connection" | "team" | "address";

/**
 * The rule that a provider token may be replaced no more often than once in 20 minutes ("Establishing a
 * token-based connection to APNs"). Tokens admitted before stay usable.
 */
export class TokenThrottle {
  readonly #interval: number;
  readonly #scopes = new Map<string, { admitted: Set<string>; last: number }>();

  /** @param interval milliseconds between two new tokens */
  constructor(interval: number) {
    this.#interval = interval;
  }

  /** When the next new token is admitted, in milliseconds since the epoch. @param scope shares one limit */
  nextUpdate(scope: string): number {
    return (this.#scopes.get(scope)?.last ?? -Infinity) + this.#interval;
  }

  /**
   * @param scope the scope that shares a limit
   * @param now milliseconds since the epoch
   * @returns false if this token is new and comes too early
   */
  admit(scope: string, jwt: string, now: number): boolean {
    const known = this.#scopes.get(scope);
    if (!known) {
      this.#scopes.set(scope, { admitted: new Set([jwt]), last: now });
      return true;
    }
    if (known.admitted.has(jwt)) return true;
    if (now - known.last < this.#interval) return false;
    known.last = now;
    known.admitted.add(jwt);
    // Tokens live for an hour, so of tokens admitted 20 minutes apart only the last few can still be valid.
    if (known.admitted.size > 8) {
      const [oldest] = known.admitted;
      known.admitted.delete(oldest!);
    }
    return true;
  }
}
