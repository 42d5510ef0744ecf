import { X509Certificate } from "node:crypto";
import { CertificateAuthority, type IssuedCertificate } from "../credentials/certificate-authority.ts";
import type { ApnsEnvironment } from "../credentials/certificate-extensions.ts";
import { environmentsIn } from "../credentials/client-certificate.ts";
import { pemBlocks } from "../credentials/pem.ts";
import { generateSigningKey, type SigningKey } from "../credentials/provider-keys.ts";
import { clientRequest } from "../credentials/server-credentials.ts";
import { CertificateDirectoryError } from "../errors.ts";
import { pkcs12 } from "./pkcs12.ts";
import type { PrivateDirectory } from "./private-directory.ts";

const CA = "ca.pem";
const CA_KEY = "ca-key.pem";
const CLIENT = "client.pem";
const CLIENT_KEY = "client-key.pem";
const CLIENT_COMBINED = "client-combined.pem";
const CLIENT_P12 = "client.p12";
const CLIENT_FORMS = [CLIENT_COMBINED, CLIENT, CLIENT_KEY, CLIENT_P12];
const DAY = 86_400_000;

/** A client certificate on disk, in the forms that clients in several languages accept. */
export interface ClientFiles {
  certFile: string;
  certKeyFile: string;
  /** Certificate and key in one file. */
  certCombinedFile: string;
  /** PKCS #12. */
  certP12File: string;
}

/**
 * Reads the authority from `ca.pem` and `ca-key.pem`, or makes it. The key's file also contains the
 * certificate, and appears at once or not at all. So two servers that start on one empty directory end up
 * with one authority.
 *
 * @throws CertificateDirectoryError if one of the two files is missing, or they do not match
 */
export async function keptAuthority(directory: PrivateDirectory): Promise<CertificateAuthority> {
  const [certificate, key] = await Promise.all([
    textOf(directory, CA, "public"),
    textOf(directory, CA_KEY, "private"),
  ]);
  if (certificate !== undefined && key === undefined) throw missing(directory, CA_KEY, CA);
  let pair = key;
  if (pair === undefined) {
    const authority = await CertificateAuthority.create({ commonName: "apnskit mock authority" });
    const content = authority.key + authority.certificate;
    pair = (await directory.create(CA_KEY, content, "private"))
      ? content
      : await textOf(directory, CA_KEY, "private");
  }
  const shown = certificate ?? pemBlocks(pair ?? "", "CERTIFICATE")[0];
  if (pair === undefined || shown === undefined) throw missing(directory, CA, CA_KEY);
  const authority = await load(directory, shown, pair);
  if (certificate === undefined) await directory.create(CA, authority.certificate, "public");
  return authority;
}

/** Reads the provider key from `AuthKey_<id>.p8`, or makes it. */
export async function keptProviderKey(
  directory: PrivateDirectory,
  ids: { keyId: string; teamId: string },
): Promise<{ key: SigningKey; file: string }> {
  const name = `AuthKey_${ids.keyId}.p8`;
  const file = directory.file(name);
  const kept = await textOf(directory, name, "private");
  if (kept !== undefined) return { key: { key: kept, ...ids }, file };
  const made = generateSigningKey(ids);
  if (await directory.create(name, made.key, "private")) return { key: made, file };
  return { key: { key: (await textOf(directory, name, "private")) ?? made.key, ...ids }, file };
}

/**
 * Reads the client certificate from the directory, or makes it. Replaces a certificate that has expired, or
 * is for another topic or environment, but only if this program made it.
 *
 * @throws CertificateDirectoryError for a foreign file, or a missing file next to an existing one
 */
export async function keptClientCertificate(
  directory: PrivateDirectory,
  authority: CertificateAuthority,
  want: { topic: string | undefined; environment: ApnsEnvironment },
): Promise<{ certificate: IssuedCertificate; files: ClientFiles }> {
  const kept = await readClient(directory);
  const request = clientRequest(want.environment, want.topic);
  let certificate = kept;
  if (!kept || !isUsable(kept, authority, request.uid!, want.environment)) {
    await refuseForeign(directory, CLIENT_FORMS);
    const issued = await authority.issue(request);
    certificate = issued;
    if (kept) await directory.replace(CLIENT_COMBINED, combined(issued), "private");
    else if (!(await directory.create(CLIENT_COMBINED, combined(issued), "private"))) {
      // Another server was faster.
      certificate = (await readClient(directory)) ?? issued;
    }
  }
  await writeForms(directory, certificate!);
  const file = (name: string) => directory.file(name);
  return {
    certificate: certificate!,
    files: {
      certFile: file(CLIENT),
      certKeyFile: file(CLIENT_KEY),
      certCombinedFile: file(CLIENT_COMBINED),
      certP12File: file(CLIENT_P12),
    },
  };
}

/** Makes sure that every form contains this certificate. */
async function writeForms(directory: PrivateDirectory, certificate: IssuedCertificate): Promise<void> {
  const texts = [
    [CLIENT_COMBINED, combined(certificate), "private"],
    [CLIENT, certificate.cert, "public"],
    [CLIENT_KEY, certificate.key, "private"],
  ] as const;
  let changed = false;
  for (const [name, content, visibility] of texts) {
    if (await directory.create(name, content, visibility)) changed = true;
    else if ((await textOf(directory, name, visibility)) !== content) {
      await directory.replace(name, content, visibility);
      changed = true;
    }
  }
  const p12 = await pkcs12(certificate);
  if (changed) await directory.replace(CLIENT_P12, p12, "private");
  else await directory.create(CLIENT_P12, p12, "private");
}

async function readClient(directory: PrivateDirectory): Promise<IssuedCertificate | undefined> {
  const both = await textOf(directory, CLIENT_COMBINED, "private");
  const [cert, key] =
    both === undefined
      ? await Promise.all([textOf(directory, CLIENT, "public"), textOf(directory, CLIENT_KEY, "private")])
      : [pemBlocks(both, "CERTIFICATE").join(""), pemBlocks(both, "PRIVATE KEY")[0]];
  if (cert === undefined && key === undefined) return undefined;
  if (!cert)
    throw missing(
      directory,
      both === undefined ? CLIENT : `The certificate in ${CLIENT_COMBINED}`,
      CLIENT_KEY,
    );
  if (!key)
    throw missing(directory, both === undefined ? CLIENT_KEY : `The key in ${CLIENT_COMBINED}`, CLIENT);
  return { cert, key };
}

/** @throws CertificateDirectoryError for the first of the files that this program did not write */
async function refuseForeign(directory: PrivateDirectory, names: readonly string[]): Promise<void> {
  for (const name of names) await directory.refuseForeign(name);
}

/** Whether a client can use this certificate for another day, for this topic. */
function isUsable(
  { cert }: IssuedCertificate,
  authority: CertificateAuthority,
  topic: string,
  environment: ApnsEnvironment,
): boolean {
  try {
    const certificate = new X509Certificate(cert);
    const environments = environmentsIn(cert);
    return (
      (environments.length === 0 || environments.includes(environment)) &&
      certificate.verify(new X509Certificate(authority.certificate).publicKey) &&
      Date.parse(certificate.validTo) > Date.now() + DAY &&
      certificate.subject.split("\n").includes(`UID=${topic}`)
    );
  } catch {
    return false;
  }
}

async function load(
  directory: PrivateDirectory,
  certificate: string,
  key: string,
): Promise<CertificateAuthority> {
  try {
    return await CertificateAuthority.load({ certificate, key });
  } catch (cause) {
    const path = directory.file(CA_KEY);
    const message = `${CA} and ${CA_KEY} in ${directory.path} are no authority: ${(cause as Error).message}`;
    throw new CertificateDirectoryError(path, message, { cause });
  }
}

function combined({ cert, key }: IssuedCertificate): string {
  return cert + key;
}

function missing(directory: PrivateDirectory, name: string, beside: string): CertificateDirectoryError {
  const message = `${name} is missing in ${directory.path}, where ${beside} is; put it back, or use an empty directory`;
  return new CertificateDirectoryError(directory.file(name), message);
}

async function textOf(directory: PrivateDirectory, name: string, visibility: "public" | "private") {
  return (await directory.read(name, visibility))?.toString();
}
