import { X509Certificate } from "node:crypto";
import type { Auth, CertificateOptions } from "apnskit";
import { asFailure, badCredentials, type CommandFailure, usage } from "../failure.ts";
import { readMaterial, sourceName } from "./material.ts";
import { type CredentialSettings, isMock, type Setting, type Settings } from "./settings.ts";
import { MOCK_TEAM_ID, MOCK_TOPIC, mockKeyFile } from "./target.ts";

/** The message for missing credentials. */
const NONE =
  "no credentials: give --key-file, --key-id and --team-id, or --certificate, or set them in the environment or a profile";

/** The settings, completed with the defaults of a mock server on this machine. */
export function withMockDefaults(settings: Settings, env: NodeJS.ProcessEnv): Settings {
  if (!isMock(settings.target)) return settings;
  const source = "default of --target mock";
  const topic = settings.topic ?? { value: MOCK_TOPIC, source };
  const path = mockKeyFile(env);
  if (settings.credentials !== undefined || path === undefined) return { ...settings, topic };
  const credentials: CredentialSettings = {
    kind: "key",
    key: { value: { from: "file", path }, source },
    keyId: { value: path.slice(-13, -3), source },
    teamId: { value: MOCK_TEAM_ID, source },
  };
  return { ...settings, topic, credentials };
}

/**
 * Reads the credentials.
 *
 * @throws CommandFailure that names the source of the wrong value
 */
export async function readAuth(credentials: CredentialSettings | undefined): Promise<Auth> {
  if (credentials === undefined) throw badCredentials(NONE);
  return credentials.kind === "key" ? readKey(credentials) : readCertificate(credentials);
}

async function readKey(settings: KeySettings): Promise<Auth> {
  const { providerToken } = await import("apnskit");
  return withKey(settings, (options) => providerToken(options));
}

/** A key that was chosen, not yet read. */
export type KeySettings = CredentialSettings & { readonly kind: "key" };

/** The key's file, read. */
export interface KeyOptions {
  readonly key: Buffer;
  readonly keyId: string;
  readonly teamId: string;
}

/** Makes something of a key; an error about the key names where it came from. @throws CommandFailure */
export async function withKey<Made>(
  { key, keyId, teamId }: KeySettings,
  make: (options: KeyOptions) => Made | Promise<Made>,
): Promise<Made> {
  if (keyId === undefined) {
    throw badCredentials(`${key.source} gives a key without its id; give --key-id or APNSKIT_KEY_ID`);
  }
  if (teamId === undefined) {
    throw badCredentials(`${key.source} gives a key without a team; give --team-id or APNSKIT_TEAM_ID`);
  }
  const bytes = readMaterial(key.value, key.source, badCredentials);
  const sources = { ERR_APNS_KEY_ID_INVALID: keyId.source, ERR_APNS_TEAM_ID_INVALID: teamId.source };
  return named(sources, sourceName(key), () =>
    make({ key: bytes, keyId: keyId.value, teamId: teamId.value }),
  );
}

async function readCertificate(credentials: CredentialSettings & { kind: "certificate" }): Promise<Auth> {
  const { certificate } = await import("apnskit");
  const { certificateKey, passphrase } = credentials;
  const options = certificateOptions(credentials);
  const sources = {
    ERR_APNS_PASSPHRASE_WRONG: passphrase?.source,
    ERR_APNS_KEY_UNREADABLE: (certificateKey ?? credentials.certificate).source,
  };
  return named(sources, sourceName(credentials.certificate), () => certificate(options));
}

/** The certificate's files, read, in the form that the client takes. */
export function certificateOptions(
  { certificate, certificateKey, passphrase }: Omit<CredentialSettings & { kind: "certificate" }, "kind">,
  bytes = readMaterial(certificate.value, certificate.source, badCredentials),
): CertificateOptions {
  const phrase = passphrase && readPassphrase(passphrase);
  const common = phrase === undefined ? {} : { passphrase: phrase };
  const isPem = bytes.includes("-----BEGIN ");
  if (certificateKey === undefined) return isPem ? { pem: bytes, ...common } : { pfx: bytes, ...common };
  const key = readMaterial(certificateKey.value, certificateKey.source, badCredentials);
  return { cert: isPem ? bytes : pemOf(bytes, sourceName(certificate)), key, ...common };
}

/** Apple's site issues certificates as DER. */
export function pemOf(der: Buffer, source: string): string {
  try {
    return new X509Certificate(der).toString();
  } catch (error) {
    throw badCredentials(`${source}: neither PEM nor a DER certificate`, { cause: error });
  }
}

function readPassphrase(passphrase: Setting<Parameters<typeof readMaterial>[0]>): string {
  // Editors end a file with a line break, which is not part of the passphrase.
  return readMaterial(passphrase.value, passphrase.source, badCredentials)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}

/** Prefixes an error with the source of its value. */
async function named<Value>(
  sources: Readonly<Record<string, string | undefined>>,
  usual: string,
  make: () => Value | Promise<Value>,
): Promise<Value> {
  try {
    return await make();
  } catch (error) {
    const failure: CommandFailure | undefined = asFailure(error);
    if (failure === undefined) throw error;
    const { code } = error as { code?: string };
    throw badCredentials(`${sources[code ?? ""] ?? usual}: ${failure.message}`, { cause: error });
  }
}

/** The topic that a setting gives, checked. */
export function topicOf({ topic }: Settings): string | undefined {
  if (topic === undefined) return undefined;
  if (/^[\x21-\x7e]+$/.test(topic.value)) return topic.value;
  throw usage(`${topic.source}: a topic is visible ASCII characters, such as com.example.app`);
}
