import { usage } from "../failure.ts";
import type { SettingFlags } from "../options/setting-options.ts";
import { type Material, materialAt } from "./material.ts";
import type { Layer, Setting } from "./settings.ts";
import { present } from "./variables.ts";

/** The settings among the flags. */
export function flagsLayer(flags: SettingFlags): Layer {
  const text = (value: string | undefined, source: string): Setting<string> | undefined =>
    value === undefined ? undefined : { value, source };
  const path = (value: string | undefined, source: string): Setting<Material> | undefined =>
    value === undefined ? undefined : { value: materialAt(value), source };
  if (flags.proxy !== undefined && hasPassword(flags.proxy)) {
    // Every user of the machine can see command lines.
    throw usage("--proxy must not hold a password; put the address into APNSKIT_PROXY");
  }
  return present({
    key: path(flags.keyFile, "--key-file"),
    keyId: text(flags.keyId, "--key-id"),
    teamId: text(flags.teamId, "--team-id"),
    certificate: path(flags.certificate, "--certificate"),
    certificateKey: path(flags.certificateKey, "--certificate-key"),
    passphrase: path(flags.passphraseFile, "--passphrase-file"),
    topic: text(flags.topic, "--topic"),
    target: text(flags.target, "--target"),
    ca: path(flags.ca, "--ca"),
    proxy: text(flags.proxy, "--proxy"),
  });
}

/** Whether an address, valid or not, contains a password. */
export function hasPassword(address: string): boolean {
  const user = address.slice(0, Math.max(0, address.indexOf("@")));
  return (
    user.slice(user.lastIndexOf("/") + 1).includes(":") ||
    (URL.canParse(address) && new URL(address).password !== "")
  );
}
