import type { SignerOptions } from "@apnskit/wallet";
import { badCredentials, usage } from "../failure.ts";
import type { SignerFlags } from "../options/signer-options.ts";
import { certificateOptions } from "../settings/credentials.ts";
import { materialAt, readMaterial } from "../settings/material.ts";

/**
 * Reads the files of a signer.
 *
 * @throws CommandFailure for a missing flag, and for a file that cannot be read
 */
export function readSigner(flags: SignerFlags, env: NodeJS.ProcessEnv): SignerOptions {
  if (flags.signer === undefined) throw usage("--signer is missing: the certificate that signs the package");
  const stdin = [flags.signer, flags.signerKey, flags.passphraseFile, ...(flags.wwdr ?? [])];
  if (stdin.filter((one) => one === "-").length > 1) throw usage("only one file can be read from stdin");
  const file = (path: string, source: string) => ({ value: materialAt(path), source });
  const passphrase =
    flags.passphraseFile !== undefined
      ? file(flags.passphraseFile, "--passphrase-file")
      : env.APNSKIT_PASSPHRASE
        ? { value: { from: "text", text: env.APNSKIT_PASSPHRASE } as const, source: "APNSKIT_PASSPHRASE" }
        : undefined;
  const {
    pem,
    cert,
    key,
    pfx,
    passphrase: words,
  } = certificateOptions({
    certificate: file(flags.signer, "--signer"),
    certificateKey: flags.signerKey === undefined ? undefined : file(flags.signerKey, "--signer-key"),
    passphrase,
  });
  const wwdr = (flags.wwdr ?? []).map((path) => readMaterial(materialAt(path), "--wwdr", badCredentials));
  return { pem, cert, key, pfx, passphrase: words, ...(wwdr.length > 0 && { wwdr }) };
}
