import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CertificateAuthority } from "../credentials/certificate-authority.ts";
import { generateSigningKey, type SigningKey } from "../credentials/provider-keys.ts";

/** What is kept from one run to the next, so that clients need to be set up once only. */
export interface KeptCredentials {
  authority: CertificateAuthority;
  key: SigningKey;
  caFile: string;
  keyFile: string;
}

/**
 * Takes the authority (`ca.pem`, `ca-key.pem`) and the provider key (`AuthKey_<id>.p8`) from a directory, or makes them
 * and leaves them there, readable by the owner alone.
 */
export async function credentialsIn(
  directory: string,
  ids: { keyId: string; teamId: string },
): Promise<KeptCredentials> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const caFile = join(directory, "ca.pem");
  const caKeyFile = join(directory, "ca-key.pem");
  const keyFile = join(directory, `AuthKey_${ids.keyId}.p8`);

  const [certificate, caKey] = await Promise.all([readIfThere(caFile), readIfThere(caKeyFile)]);
  let authority: CertificateAuthority;
  if (certificate !== undefined && caKey !== undefined) {
    authority = await CertificateAuthority.load({ certificate, key: caKey });
  } else {
    authority = await CertificateAuthority.create({ commonName: "apnskit mock authority" });
    await writePrivate(caKeyFile, authority.key);
    await writeFile(caFile, authority.certificate);
  }
  const kept = await readIfThere(keyFile);
  const key = kept === undefined ? generateSigningKey(ids) : { key: kept, ...ids };
  if (kept === undefined) await writePrivate(keyFile, key.key);
  return { authority, key, caFile, keyFile };
}

/** Writes a file that only its owner can read. */
export function writePrivate(file: string, content: string): Promise<void> {
  return writeFile(file, content, { mode: 0o600 });
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
