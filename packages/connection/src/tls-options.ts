import {
  createSecureContext,
  type PeerCertificate,
  type SecureContext,
  type SecureContextOptions,
  type TLSSocketOptions,
} from "node:tls";
import { InvalidOption } from "./errors.ts";
import { rejectUnknown, requireType } from "./options.ts";

/**
 * Credentials and trust, as strings or buffers. The server's certificate is always verified: there is no option to
 * switch that off.
 */
export interface TlsOptions {
  /** The client certificate and its chain, PEM. */
  cert?: string | Buffer | (string | Buffer)[];
  /** The private key of `cert`, PEM. */
  key?: string | Buffer;
  /** Certificate and key together, PKCS #12. */
  pfx?: Buffer;
  /** Opens an encrypted `key` or `pfx`. */
  passphrase?: string;
  /** Certificate authorities to trust instead of Node's own list, PEM. */
  ca?: string | Buffer | (string | Buffer)[];
  /** The name that the server must prove, where it is not the origin's host. */
  servername?: string;
  /** Default `"TLSv1.2"`, the lowest that APNs and HTTP/2 (RFC 9113 §9.2) allow. */
  minVersion?: "TLSv1.2" | "TLSv1.3";
  /** Default `"TLSv1.3"`. */
  maxVersion?: "TLSv1.2" | "TLSv1.3";
  /** Replaces the check that the certificate belongs to the host; returns what is wrong with it, if anything. */
  checkServerIdentity?: (hostname: string, certificate: PeerCertificate) => Error | undefined;
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
 * Reads credentials once, for any number of connections.
 *
 * @throws {@link InvalidOption} for options that are unknown, unreadable or do not belong together
 */
export function readCredentials(options: TlsOptions): SecureContext {
  rejectUnknown(options, known, "TLS option");
  for (const name of ["minVersion", "maxVersion"] as const) {
    if (!versions.includes(options[name])) {
      throw new InvalidOption(
        `tls.${name}`,
        `tls.${name} must be TLSv1.2 or TLSv1.3, got ${String(options[name])}`,
      );
    }
  }
  if (options.minVersion === "TLSv1.3" && options.maxVersion === "TLSv1.2") {
    throw new InvalidOption("tls.minVersion", "tls.minVersion is above tls.maxVersion");
  }
  requireType("tls.servername", options.servername, "string");
  requireType("tls.checkServerIdentity", options.checkServerIdentity, "function");
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
  const { servername: _, checkServerIdentity: __, ...context } = options;
  try {
    return createSecureContext({ minVersion: "TLSv1.2", ...context } as SecureContextOptions &
      TLSSocketOptions);
  } catch (error) {
    throw new InvalidOption("tls", `the TLS credentials cannot be used: ${explain(error)}`, { cause: error });
  }
}

/** OpenSSL's own words, for the mistakes that people make. They never hold key material. */
function explain(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  // PKCS #12 comes without codes.
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
