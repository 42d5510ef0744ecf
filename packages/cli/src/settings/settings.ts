import { badCredentials, usage } from "../failure.ts";
import type { Material } from "./material.ts";

/** A value, and the name of its source for errors: `--topic`, `APNSKIT_TOPIC`, `profile "dev" of …`. */
export interface Setting<Value> {
  readonly value: Value;
  readonly source: string;
}

/** The settings of one source: the flags, the environment or a profile. */
export interface Layer {
  readonly key?: Setting<Material>;
  readonly keyId?: Setting<string>;
  readonly teamId?: Setting<string>;
  readonly certificate?: Setting<Material>;
  readonly certificateKey?: Setting<Material>;
  readonly passphrase?: Setting<Material>;
  readonly topic?: Setting<string>;
  readonly target?: Setting<string>;
  readonly ca?: Setting<Material>;
  readonly proxy?: Setting<string>;
}

/** The chosen credentials, not read yet. */
export type CredentialSettings =
  | {
      readonly kind: "key";
      readonly key: Setting<Material>;
      readonly keyId: Setting<string> | undefined;
      readonly teamId: Setting<string> | undefined;
    }
  | {
      readonly kind: "certificate";
      readonly certificate: Setting<Material>;
      readonly certificateKey: Setting<Material> | undefined;
      readonly passphrase: Setting<Material> | undefined;
    };

/** The merged settings of a command. */
export interface Settings {
  readonly credentials: CredentialSettings | undefined;
  readonly topic: Setting<string> | undefined;
  readonly target: Setting<string> | undefined;
  readonly ca: Setting<Material> | undefined;
  readonly proxy: Setting<string> | undefined;
}

/**
 * Merges layers; earlier ones win: flags, then the environment, then the profile.
 *
 * The first layer that names a key or a certificate chooses the credentials. Their parts (key id, the
 * certificate's key, passphrase) come from that layer or an earlier one, so a profile's key id never meets
 * another key. A key id in the file's name takes precedence over that of a later layer. The team id may come
 * from any layer.
 *
 * For the target `mock`, credentials of later layers than the target's own do not count: they are for Apple.
 *
 * @throws CommandFailure if one layer names two credentials, or parts of the wrong kind
 */
export function mergeSettings(layers: readonly Layer[]): Settings {
  const first = <Name extends keyof Layer>(name: Name): Layer[Name] | undefined =>
    layers.find((layer) => layer[name] !== undefined)?.[name];
  const target = first("target");
  const own = isMock(target) ? layersUpTo(layers, (layer) => layer.target !== undefined) : layers;
  const { topic, ca, proxy } = { topic: first("topic"), ca: first("ca"), proxy: first("proxy") };
  return { credentials: chooseCredentials(own), topic, target, ca, proxy };
}

/** Whether a target is a mock server on this machine, at its usual port or another. */
export function isMock(target: Setting<string> | undefined): boolean {
  return target !== undefined && /^mock(?::|$)/.test(target.value);
}

function chooseCredentials(layers: readonly Layer[]): CredentialSettings | undefined {
  const upTo = layersUpTo(layers, (layer) => layer.key !== undefined || layer.certificate !== undefined);
  const layer = upTo.at(-1);
  if (layer === undefined || (layer.key === undefined && layer.certificate === undefined)) return undefined;
  const { key, certificate } = layer;
  if (key !== undefined && certificate !== undefined) {
    throw badCredentials(
      `${key.source} gives a key and ${certificate.source} a certificate; use one of them`,
    );
  }
  const near = <Name extends keyof Layer>(name: Name): Layer[Name] | undefined =>
    upTo.find((one) => one[name] !== undefined)?.[name];
  if (key !== undefined) {
    refuse(upTo, ["certificateKey", "passphrase"], "a certificate", key.source, "a key");
    const later = layers.slice(upTo.length).find((one) => one.keyId !== undefined)?.keyId;
    const keyId = near("keyId") ?? keyIdOfFile(key.value) ?? later;
    return { kind: "key", key, keyId, teamId: layers.find((one) => one.teamId !== undefined)?.teamId };
  }
  refuse(upTo, ["keyId", "teamId"], "a key", certificate!.source, "a certificate");
  return {
    kind: "certificate",
    certificate: certificate!,
    certificateKey: near("certificateKey"),
    passphrase: near("passphrase"),
  };
}

/** The layers up to and including the first that passes the test; all if none does. */
function layersUpTo(layers: readonly Layer[], test: (layer: Layer) => boolean): readonly Layer[] {
  const at = layers.findIndex(test);
  return at < 0 ? layers : layers.slice(0, at + 1);
}

/** Refuses settings of the other kind: they would have no effect. */
function refuse(
  layers: readonly Layer[],
  names: readonly (keyof Layer)[],
  goesWith: string,
  source: string,
  given: string,
): void {
  for (const layer of layers) {
    for (const name of names) {
      const stray = layer[name];
      if (stray === undefined) continue;
      throw usage(`${stray.source} goes with ${goesWith}, but ${source} gives ${given}`);
    }
  }
}

/**
 * Apple names the file after the key, in capitals: `AuthKey_<key id>.p8`. Names of copies have a number at
 * the end.
 */
function keyIdOfFile(key: Material): Setting<string> | undefined {
  if (key.from !== "file") return undefined;
  const [, id] = /(?:^|[/\\])AuthKey[_-]([A-Z0-9]{10})(?: ?\(\d{1,3}\))?\.p8$/i.exec(key.path) ?? [];
  return id === undefined ? undefined : { value: id.toUpperCase(), source: `the name of ${key.path}` };
}
