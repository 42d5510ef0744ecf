import type { OptionGroup } from "../definition.ts";

/** Values of the options of a signer. */
export interface SignerFlags {
  readonly signer?: string;
  readonly signerKey?: string;
  readonly passphraseFile?: string;
  readonly wwdr?: readonly string[];
}

/** The certificate that signs a package. */
export const SIGNER_OPTIONS: OptionGroup = {
  heading: "Signer",
  options: [
    {
      flags: "--signer <file>",
      description: "certificate of the pass type, order type or website: PEM, DER or PKCS #12",
    },
    {
      flags: "--signer-key <file>",
      description: "its private key, PEM, if the certificate's file does not hold it",
    },
    { flags: "--passphrase-file <file>", description: "passphrase of certificate or key; - reads stdin" },
    {
      flags: "--wwdr <file>",
      description: "Apple's intermediate certificate, PEM or DER, where the other files do not hold it",
      repeatable: true,
    },
  ],
};
