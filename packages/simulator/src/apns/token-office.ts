import type { World } from "../world/world.ts";

/** A provider token as APNs has seen it. */
export interface SeenToken {
  readonly jwt: string;
  /** Seconds since 1970, as it claims. */
  readonly issuedAt: number;
  /** True time at which it was shown first. */
  readonly seenAt: number;
  /** APNs has called it expired. */
  refused: boolean;
}

const HOUR = 3_600_000;

/** Milliseconds by which a token's date may be ahead. */
const AHEAD = 300_000;

/** Judges provider tokens ("Establishing a token-based connection to APNs"). */
export class TokenOffice {
  readonly #world: World;
  readonly #epoch: () => number;
  readonly #seen = new Map<string, SeenToken>();
  /** Tokens that were shown before this instant are called expired; true time. */
  #expiredBefore = Number.NEGATIVE_INFINITY;

  constructor(world: World, epoch: () => number) {
    this.#world = world;
    this.#epoch = epoch;
  }

  /** All tokens so far, in the order in which they came. */
  get seen(): readonly SeenToken[] {
    return [...this.#seen.values()];
  }

  /** Calls all tokens expired that it has seen so far. */
  expireAll(): void {
    this.#expiredBefore = this.#world.now;
  }

  /** Why a request is refused for its provider token; `undefined`: it is not. */
  refusal(
    authorization: string | undefined,
  ): { readonly status: number; readonly reason: string } | undefined {
    if (authorization === undefined) return undefined;
    const jwt = authorization.replace(/^bearer /, "");
    const token = this.#note(jwt);
    const now = this.#epoch();
    const age = now - token.issuedAt * 1_000;
    if (age > HOUR || token.seenAt <= this.#expiredBefore) {
      token.refused = true;
      return { status: 403, reason: "ExpiredProviderToken" };
    }
    return age < -AHEAD ? { status: 403, reason: "InvalidProviderToken" } : undefined;
  }

  #note(jwt: string): SeenToken {
    let token = this.#seen.get(jwt);
    if (token === undefined) {
      const claims: unknown = JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString());
      const { iat } = claims as { iat: number };
      token = { jwt, issuedAt: iat, seenAt: this.#world.now, refused: false };
      this.#seen.set(jwt, token);
    }
    return token;
  }
}
