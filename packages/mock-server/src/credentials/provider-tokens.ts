import { verify } from "node:crypto";
import { type Refusal, refuse } from "../services/answer.ts";
import type { ApnsEnvironment } from "./certificate-extensions.ts";
import type { ProviderKey } from "./provider-keys.ts";

/** "Establishing a token-based connection to APNs": `iat` must be within an hour of now. */
const LIFETIME = 3600;
const CACHED_TOKENS = 1000;

/** A provider token with a valid signature and claims. Its age is checked separately. */
export interface ProviderToken {
  /** The key that signed it. */
  readonly key: ProviderKey;
  /** Seconds since the epoch. */
  readonly issuedAt: number;
}

/**
 * Verifies provider tokens against the registered keys. Verifies each token's signature once, since clients
 * send the same token with every request.
 */
export class ProviderTokens {
  readonly #keys = new Map<string, ProviderKey>();
  readonly #cache = new Map<string, ProviderToken | "invalid">();
  readonly #environment: ApnsEnvironment;

  constructor(environment: ApnsEnvironment) {
    this.#environment = environment;
  }

  /** Makes tokens of this key valid from now on; replaces a key with the same id. */
  register(key: ProviderKey): void {
    this.#keys.set(key.keyId, key);
    this.#cache.clear();
  }

  /** Makes tokens of this key invalid from now on. */
  revoke(keyId: string): boolean {
    this.#cache.clear();
    return this.#keys.delete(keyId);
  }

  /** The keys whose tokens are valid. */
  get keys(): readonly ProviderKey[] {
    return [...this.#keys.values()];
  }

  /**
   * Verifies a token: its signature and claims, its age, and the environment that its key is for.
   *
   * @param now milliseconds since the epoch
   */
  check(jwt: string, now: number): ProviderToken | Refusal {
    let token = this.#cache.get(jwt);
    if (token === undefined) {
      token = readToken(jwt, this.#keys) ?? "invalid";
      // It does not matter which entries of a full cache are dropped: only special tests send a thousand
      // tokens.
      if (this.#cache.size >= CACHED_TOKENS) this.#cache.clear();
      this.#cache.set(jwt, token);
    }
    if (token === "invalid") return refuse("InvalidProviderToken");
    const age = now / 1000 - token.issuedAt;
    if (age > LIFETIME) return refuse("ExpiredProviderToken");
    if (age < -LIFETIME) return refuse("InvalidProviderToken");
    if (token.key.environment !== undefined && token.key.environment !== this.#environment) {
      return refuse("BadEnvironmentKeyInToken");
    }
    return token;
  }
}

/**
 * Reads and verifies a JWT as leniently as APNs does: `alg` may be absent, the signature may be raw or DER,
 * `iat` may be a number or a string of digits, and base64 may be padded.
 */
function readToken(jwt: string, keys: ReadonlyMap<string, ProviderKey>): ProviderToken | undefined {
  const [header, claims, signature, ...rest] = jwt.split(".");
  if (!header || !claims || !signature || rest.length > 0) return undefined;
  const head = jsonObject(header);
  const body = jsonObject(claims);
  if (!head || !body) return undefined;
  if (head.alg !== undefined && head.alg !== "ES256") return undefined;
  const key = typeof head.kid === "string" ? keys.get(head.kid) : undefined;
  if (!key || body.iss !== key.teamId) return undefined;
  const iat = typeof body.iat === "string" && /^\d{1,15}$/.test(body.iat) ? Number(body.iat) : body.iat;
  if (typeof iat !== "number" || !Number.isFinite(iat)) return undefined;

  const bytes = Buffer.from(signature, "base64url");
  const signed = Buffer.from(`${header}.${claims}`);
  const matches = (dsaEncoding: "ieee-p1363" | "der") =>
    verify("sha256", signed, { key: key.publicKey, dsaEncoding }, bytes);
  // A DER signature may have 64 bytes, if rarely, so the length alone does not decide.
  const valid = (bytes.length === 64 && matches("ieee-p1363")) || (bytes[0] === 0x30 && matches("der"));
  return valid ? { key, issuedAt: iat } : undefined;
}

function jsonObject(base64url: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, "base64url").toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
