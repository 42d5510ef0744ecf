import type { SecureVersion, TlsOptions } from "node:tls";
import { received, rejectUnknown, requireObject } from "@apnskit/connection/internal";
import { InvalidOption } from "apnskit";
import { dataNames, type OptionForms } from "../option-forms.ts";

/** The gateway's TLS identity for legacy clients. */
export interface GatewayTlsOptions {
  /** Certificate of the gateway's name, PEM, with its chain. Legacy clients must trust its authority. */
  readonly cert: string | Buffer;
  /** Its private key, PEM. */
  readonly key: string | Buffer;
  /** Of the private key. */
  readonly passphrase?: string | undefined;
  /** The oldest version of TLS. Default `TLSv1.2`. Older versions also allow weak signatures and ciphers. */
  readonly minVersion?: SecureVersion | undefined;
  /** The newest version of TLS. Default `TLSv1.2`: clients of that time fail under 1.3. */
  readonly maxVersion?: SecureVersion | undefined;
  /** Ciphers in OpenSSL's notation. Default: Node.js's. */
  readonly ciphers?: string | undefined;
}

const FORMS: OptionForms<GatewayTlsOptions> = {
  cert: "object",
  key: "object",
  passphrase: "object",
  minVersion: "data",
  maxVersion: "data",
  ciphers: "data",
};
const KNOWN = Object.keys(FORMS);
/** Keys of `tls` that a configuration file holds as they are. The others are paths of files there. */
export const DATA_KEYS_OF_TLS = dataNames(FORMS);
const VERSIONS: readonly unknown[] = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] satisfies SecureVersion[];
const USUAL = "TLSv1.2";
/** OpenSSL 3 allows TLS before 1.2 only at this security level. */
const ALL_CIPHERS = "DEFAULT@SECLEVEL=0";

/** The options of Node.js for a listener. @throws InvalidOption */
export function readTls(options: unknown): TlsOptions {
  requireObject("tls", options);
  const { cert, key, passphrase, ...rest } = options as GatewayTlsOptions;
  rejectUnknown(options as object, KNOWN, "key of tls");
  for (const [name, value] of Object.entries({ cert, key })) {
    if (typeof value === "string" || Buffer.isBuffer(value)) continue;
    throw new InvalidOption(`tls.${name}`, `tls.${name} must be PEM text or a Buffer${received(value)}`);
  }
  const minVersion = readVersion("tls.minVersion", rest.minVersion);
  const maxVersion = readVersion("tls.maxVersion", rest.maxVersion);
  if (VERSIONS.indexOf(minVersion) > VERSIONS.indexOf(maxVersion)) {
    throw new InvalidOption(
      "tls.minVersion",
      `tls.minVersion ${minVersion} is above tls.maxVersion ${maxVersion}`,
    );
  }
  const isOld = VERSIONS.indexOf(minVersion) < VERSIONS.indexOf(USUAL);
  const ciphers = rest.ciphers ?? (isOld ? ALL_CIPHERS : undefined);
  return {
    cert,
    key,
    minVersion,
    maxVersion,
    ...(passphrase !== undefined && { passphrase }),
    ...(ciphers !== undefined && { ciphers }),
  };
}

function readVersion(name: string, value: unknown): SecureVersion {
  if (value === undefined) return USUAL;
  if (VERSIONS.includes(value)) return value as SecureVersion;
  throw new InvalidOption(name, `${name} must be one of ${VERSIONS.join(", ")}${received(value)}`);
}
