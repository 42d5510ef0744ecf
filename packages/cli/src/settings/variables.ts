import { badCredentials } from "../failure.ts";
import { type Material, materialAt } from "./material.ts";
import type { Layer, Setting } from "./settings.ts";

/** The environment variables, and the content of each. */
export const VARIABLES = {
  APNSKIT_KEY_FILE: "path of the provider key (`.p8`)",
  APNSKIT_KEY: "the provider key itself, PEM",
  APNSKIT_KEY_ID: "the key's id, 10 characters",
  APNSKIT_TEAM_ID: "the team's id, 10 characters",
  APNSKIT_CERTIFICATE: "path of the certificate: PEM, DER or PKCS #12",
  APNSKIT_CERTIFICATE_KEY: "path of the certificate's private key, PEM",
  APNSKIT_PASSPHRASE: "the passphrase of the certificate or its key itself",
  APNSKIT_TOPIC: "the app's bundle identifier",
  APNSKIT_TARGET: "`production`, `sandbox`, `mock`, `mock:<port>` or an origin",
  APNSKIT_CA: "path of a certificate authority to trust instead of Node's own list, PEM",
  APNSKIT_PROXY: "an HTTP proxy: `http://user:password@host:port`",
  APNSKIT_STORE_PASSWORD: "the password of the store that `--redis` or `--postgres` names",
  APNSKIT_PROFILE: "the profile to use",
  APNSKIT_CONFIG: "path of the configuration file",
} as const;

/** The settings in the environment. An empty variable counts as not set. */
export function variablesLayer(env: NodeJS.ProcessEnv): Layer {
  const text = (name: keyof typeof VARIABLES): Setting<string> | undefined =>
    env[name] ? { value: env[name], source: name } : undefined;
  const path = (name: keyof typeof VARIABLES): Setting<Material> | undefined => {
    const given = text(name);
    return given && { value: materialAt(given.value), source: name };
  };
  const secret = (name: keyof typeof VARIABLES): Setting<Material> | undefined => {
    const given = text(name);
    return given && { value: { from: "text", text: given.value }, source: name };
  };
  const keyFile = path("APNSKIT_KEY_FILE");
  const keyText = secret("APNSKIT_KEY");
  if (keyFile !== undefined && keyText !== undefined) {
    throw badCredentials("APNSKIT_KEY_FILE and APNSKIT_KEY both give a key; unset one of them");
  }
  return present({
    key: keyFile ?? keyText,
    keyId: text("APNSKIT_KEY_ID"),
    teamId: text("APNSKIT_TEAM_ID"),
    certificate: path("APNSKIT_CERTIFICATE"),
    certificateKey: path("APNSKIT_CERTIFICATE_KEY"),
    passphrase: secret("APNSKIT_PASSPHRASE"),
    topic: text("APNSKIT_TOPIC"),
    target: text("APNSKIT_TARGET"),
    ca: path("APNSKIT_CA"),
    proxy: text("APNSKIT_PROXY"),
  });
}

/** A layer without the settings that are `undefined`. */
export function present(layer: { [Name in keyof Layer]: Layer[Name] | undefined }): Layer {
  return Object.fromEntries(Object.entries(layer).filter(([, value]) => value !== undefined)) as Layer;
}
