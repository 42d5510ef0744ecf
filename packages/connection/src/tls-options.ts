import { constants } from "node:crypto";
import {
  createSecureContext,
  type PeerCertificate,
  type SecureContext,
  type SecureContextOptions,
} from "node:tls";
import { types } from "node:util";
import { InvalidOption } from "./errors.ts";
import { received, rejectUnknown, requireObject, requireType } from "./options.ts";

/**
 * Credentials and trust, as strings or buffers. The server's certificate is always verified: there is no option to
 * switch that off.
 */
export interface TlsOptions {
  /** The client certificate and its chain, PEM. */
  cert?: string | Buffer | (string | Buffer)[] | undefined;
  /** The private key of `cert`, PEM. */
  key?: string | Buffer | undefined;
  /** Certificate and key together, PKCS #12. */
  pfx?: Buffer | undefined;
  /** Opens an encrypted `key` or `pfx`. */
  passphrase?: string | undefined;
  /** Certificate authorities to trust instead of Node's own list, PEM. */
  ca?: string | Buffer | (string | Buffer)[] | undefined;
  /** The name that the server must prove, if it is not the origin's host. */
  servername?: string | undefined;
  /** Default `"TLSv1.2"`, the lowest that APNs and HTTP/2 (RFC 9113 §9.2) allow. */
  minVersion?: "TLSv1.2" | "TLSv1.3" | undefined;
  /** Default `"TLSv1.3"`. */
  maxVersion?: "TLSv1.2" | "TLSv1.3" | undefined;
  /**
   * Replaces the check that the certificate belongs to the host. Returns `undefined` if it does, else an `Error`. Any other
   * value, a promise too, counts as a refusal.
   */
  checkServerIdentity?: ((hostname: string, certificate: PeerCertificate) => Error | undefined) | undefined;
}

const known = [
  "cert",
  "key",
  "pfx",
  "passphrase",
  "ca",
  "servername",
  "minVersion",
  "maxVersion",
  "checkServerIdentity",
] as const satisfies readonly (keyof TlsOptions)[];

const versions: readonly unknown[] = [undefined, "TLSv1.2", "TLSv1.3"];

/**
 * Only the options' own properties: a polluted `Object.prototype` must not affect TLS.
 *
 * @throws {@link InvalidOption} for a value that is not an object
 */
export function ownTlsOptions(options: unknown): TlsOptions {
  if (options === undefined) return Object.create(null) as TlsOptions;
  requireObject("tls", options);
  return Object.assign(Object.create(null) as TlsOptions, options);
}

/**
 * Reads credentials once, for any number of connections.
 *
 * @throws {@link InvalidOption} for options that are unknown, unreadable or do not belong together
 */
export function readCredentials(options: TlsOptions): SecureContext {
  requireObject("tls", options);
  rejectUnknown(options, known, "TLS option");
  for (const name of ["minVersion", "maxVersion"] as const) {
    if (!versions.includes(options[name])) {
      throw new InvalidOption(
        `tls.${name}`,
        `tls.${name} must be TLSv1.2 or TLSv1.3${received(options[name])}`,
      );
    }
  }
  if (options.minVersion === "TLSv1.3" && options.maxVersion === "TLSv1.2") {
    throw new InvalidOption("tls.minVersion", "tls.minVersion is above tls.maxVersion");
  }
  requireType("tls.servername", options.servername, "string");
  if (options.servername === "") {
    throw new InvalidOption("tls.servername", "tls.servername is empty: give a host name, or leave it out");
  }
  requireType("tls.passphrase", options.passphrase, "string");
  requireType("tls.checkServerIdentity", options.checkServerIdentity, "function");
  for (const name of ["cert", "key", "ca"] as const) requirePem(name, options[name]);
  if (options.pfx !== undefined && !hasBytes(options.pfx)) {
    throw new InvalidOption(
      "tls.pfx",
      "tls.pfx must be the bytes of a PKCS #12 file: give a Buffer that is not empty",
    );
  }
  if ((options.cert === undefined) !== (options.key === undefined)) {
    const missing = options.cert === undefined ? "cert" : "key";
    throw new InvalidOption(`tls.${missing}`, "tls.cert and tls.key must be given together");
  }
  if (options.cert !== undefined && options.pfx !== undefined) {
    throw new InvalidOption(
      "tls.pfx",
      "tls.pfx holds certificate and key: give it or tls.cert and tls.key, not both",
    );
  }
  try {
    return createSecureContext(contextOptions(options));
  } catch (error) {
    throw new InvalidOption("tls", `the TLS credentials cannot be used: ${explain(error)}`, { cause: error });
  }
}

function contextOptions(options: TlsOptions): SecureContextOptions {
  const { servername: _, checkServerIdentity: __, ...given } = options;
  // `undefined` means "not given": it must not replace a default.
  const defined = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return {
    minVersion: "TLSv1.2",
    ...defined,
    // RFC 9113 §9.2.1: HTTP/2 over TLS 1.2 must not renegotiate.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  };
}

/**
 * An empty value would mean Node's own list, or no certificate at all: the opposite of the caller's intent.
 */
function requirePem(name: "cert" | "key" | "ca", value: unknown): void {
  if (value === undefined) return;
  const parts: readonly unknown[] = Array.isArray(value) ? value : [value];
  const other = parts.find((part) => typeof part !== "string" && !types.isUint8Array(part));
  if (other !== undefined) {
    throw new InvalidOption("tls", `tls.${name} must be PEM, as a string or Buffer${received(other)}`);
  }
  if (parts.length > 0 && parts.every(isPem)) return;
  const what = "no line begins with -----BEGIN";
  throw new InvalidOption(
    `tls.${name}`,
    `tls.${name} is not PEM: ${what}. Give the text of the file, not its name, and nothing that is empty`,
  );
}

function isPem(part: unknown): boolean {
  if (typeof part === "string") return part.includes("-----BEGIN");
  return hasBytes(part) && Buffer.from(part.buffer, part.byteOffset, part.byteLength).includes("-----BEGIN");
}

function hasBytes(value: unknown): value is Uint8Array {
  return types.isUint8Array(value) && value.length > 0;
}

/** Explains common mistakes; otherwise OpenSSL's own message. Neither ever holds key material. */
function explain(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  // PKCS #12 errors have no code.
  if (message === "mac verify failure") return "the passphrase is wrong or missing";
  if (message === "not enough data") return "tls.pfx is not PKCS #12";
  switch (code) {
    case "ERR_OSSL_X509_KEY_VALUES_MISMATCH":
      return "the key does not belong to the certificate";
    case "ERR_OSSL_BAD_DECRYPT":
    case "ERR_OSSL_EVP_BAD_DECRYPT":
      return "the key is encrypted and the passphrase is wrong or missing";
    case "ERR_OSSL_PEM_NO_START_LINE":
    case "ERR_OSSL_UNSUPPORTED":
      return `not PEM, or of a kind that OpenSSL does not read (${message})`;
    default:
      return message;
  }
}
