import type { OptionDefinition, OptionGroup } from "../definition.ts";

/** Values of the options that profiles and the environment may also give. */
export interface SettingFlags {
  readonly config?: string;
  readonly profile?: string;
  readonly target?: string;
  readonly ca?: string;
  readonly proxy?: string;
  readonly keyFile?: string;
  readonly keyId?: string;
  readonly teamId?: string;
  readonly certificate?: string;
  readonly certificateKey?: string;
  readonly passphraseFile?: string;
  readonly topic?: string;
}

const PROFILE: readonly OptionDefinition[] = [
  { flags: "--profile <name>", description: "profile of the configuration file" },
  {
    flags: "--config <file>",
    description: "configuration file (default: apnskit.config.json here, else ~/.config/apnskit/config.json)",
  },
];

/** The provider key. */
export const KEY_OPTIONS: readonly OptionDefinition[] = [
  { flags: "--key-file <file>", description: "provider key (.p8); - reads stdin" },
  { flags: "--key-id <id>", description: "its id (default: from the name AuthKey_<id>.p8)" },
  { flags: "--team-id <id>", description: "the developer team's id" },
];

/** The certificate; `--certificate-key` and the passphrase only if needed. */
export const CERTIFICATE_OPTIONS: readonly OptionDefinition[] = [
  { flags: "--certificate <file>", description: "client certificate: PEM, DER or PKCS #12 (.p12)" },
  ...certificateParts(),
];

/** Options that may accompany a certificate. */
export function certificateParts(): readonly OptionDefinition[] {
  return [
    {
      flags: "--certificate-key <file>",
      description: "private key of the certificate, PEM, if it is in a separate file",
    },
    { flags: "--passphrase-file <file>", description: "passphrase of certificate or key; - reads stdin" },
  ];
}

/** Credentials of every command that speaks to APNs. */
export const CREDENTIAL_OPTIONS: OptionGroup = {
  heading: "Credentials",
  options: [
    ...KEY_OPTIONS,
    ...CERTIFICATE_OPTIONS,
    { flags: "--topic <id>", description: "the app's bundle identifier (default: the certificate's own)" },
    ...PROFILE,
  ],
};

/** Credentials of commands that need only a provider key. */
export const KEY_ONLY_OPTIONS: OptionGroup = {
  heading: "Credentials",
  options: [
    ...KEY_OPTIONS,
    { flags: "-t, --target <target>", description: "mock takes the key of the mock server on this machine" },
    ...PROFILE,
  ],
};

/** The way to the server. */
export const TARGET_OPTIONS: OptionGroup = {
  heading: "Target",
  options: [
    {
      flags: "-t, --target <target>",
      description:
        "production, sandbox, mock (apnskit mock on this machine), mock:<port> or https://host:port",
    },
    { flags: "--ca <file>", description: "certificate authority to trust instead of Node's own list, PEM" },
    { flags: "--proxy <url>", description: "HTTP proxy, without a password (APNSKIT_PROXY may have one)" },
  ],
};
