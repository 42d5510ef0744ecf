import { duration, uncaught } from "@apnskit/connection/internal";
import { InvalidOption } from "@apnskit/pool";
import type { BearerToken } from "./bearer-token.ts";
import { typeName } from "./source.ts";

/**
 * A source of provider tokens that processes share: APNs wants one token for each key, not one for each
 * process ("Establishing a token-based connection to APNs"). Both methods answer at once, from memory; the
 * source updates its memory by itself. `@apnskit/bullmq` has a source for Redis and PostgreSQL.
 */
export interface ProviderTokenSource {
  /**
   * Called before each attempt.
   *
   * @returns the token to show, the same object until it is replaced. `undefined` if no token is young
   *   enough: the process then signs its own
   */
  current(): BearerToken | undefined;
  /**
   * Called for each answer that calls this token expired, while the token is current.
   *
   * @returns milliseconds until the next attempt, which shows the token that is current then. `undefined`: the token
   *   cannot be replaced yet, and the answer stands
   */
  rejected(token: BearerToken): number | undefined;
}

/**
 * The engine's view of a source: its methods never throw. An error of the caller's source becomes an uncaught
 * exception, and counts as "no token".
 *
 * @throws InvalidOption for a value without the methods of a source
 */
export function readTokenSource(source: unknown): ProviderTokenSource | undefined {
  if (source === undefined) return undefined;
  const methods = source as Partial<ProviderTokenSource> | null;
  if (typeof methods?.current === "function" && typeof methods.rejected === "function") {
    return new GuardedTokenSource(source as ProviderTokenSource);
  }
  const rule = "source needs the methods current and rejected";
  throw new InvalidOption("source", `${rule}; received ${typeName(source)}`);
}

class GuardedTokenSource implements ProviderTokenSource {
  readonly #source: ProviderTokenSource;
  #known: BearerToken | undefined;

  constructor(source: ProviderTokenSource) {
    this.#source = source;
  }

  current(): BearerToken | undefined {
    try {
      const token: unknown = this.#source.current();
      if (token !== this.#known) this.#known = checkToken(token);
      return this.#known;
    } catch (error) {
      uncaught(error);
      return undefined;
    }
  }

  rejected(token: BearerToken): number | undefined {
    try {
      const delay: unknown = this.#source.rejected(token);
      if (delay === undefined) return undefined;
      return duration("the result of rejected()", delay, 0);
    } catch (error) {
      uncaught(error);
      return undefined;
    }
  }
}

/** @throws InvalidOption for a value that is no token, such as a promise */
function checkToken(token: unknown): BearerToken | undefined {
  if (token === undefined || typeof (token as Partial<BearerToken> | null)?.generation === "number") {
    return token as BearerToken | undefined;
  }
  const rule = "current() of a source of provider tokens must return a BearerToken or undefined";
  throw new InvalidOption("source", `${rule}; received ${typeName(token)}`);
}
