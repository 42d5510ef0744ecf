import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { BearerToken, type ProviderToken } from "apnskit";

const PURPOSE = "apnskit shared provider token 1";
const CIPHER = "aes-256-gcm";
const NONCE = 12;
const TAG = 16;
const SCHEME = "bearer ";

/**
 * Encrypts provider tokens for a store, with a secret derived from the signing key. So the store, its backups and its
 * other users learn nothing that APNs would accept. They cannot insert a token either.
 */
export class TokenSeal {
  readonly #secret: Buffer;
  readonly #context: Buffer;

  constructor(auth: ProviderToken) {
    this.#secret = auth.secretFor(PURPOSE);
    this.#context = Buffer.from(auth.id);
  }

  /** @returns base64url of nonce, tag and ciphertext (NIST SP 800-38D) */
  close(token: BearerToken): string {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv(CIPHER, this.#secret, nonce).setAAD(this.#context);
    const jwt = token.authorization.slice(SCHEME.length);
    const text = JSON.stringify({ jwt, issuedAt: token.issuedAt.getTime() });
    const content = Buffer.concat([cipher.update(text), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), content]).toString("base64url");
  }

  /** @returns `undefined` for a value made with another signing key */
  open(value: string, generation: number): BearerToken | undefined {
    const bytes = Buffer.from(value, "base64url");
    const [nonce, tag] = [bytes.subarray(0, NONCE), bytes.subarray(NONCE, NONCE + TAG)];
    if (tag.length < TAG) return undefined;
    try {
      const decipher = createDecipheriv(CIPHER, this.#secret, nonce).setAAD(this.#context).setAuthTag(tag);
      const text = Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]);
      const { jwt, issuedAt } = JSON.parse(text.toString()) as { jwt: string; issuedAt: number };
      return new BearerToken(jwt, generation, new Date(issuedAt));
    } catch {
      return undefined;
    }
  }
}
