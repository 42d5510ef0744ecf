import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { badCredentials, fileProblem, usage } from "../failure.ts";
import { decodeText, parseJson } from "../notification/json-file.ts";
import { hasPassword } from "./flags.ts";
import type { Material } from "./material.ts";
import type { Layer, Setting } from "./settings.ts";
import { present } from "./variables.ts";

/** A configuration file, parsed. */
export interface ConfigFile {
  readonly path: string;
  readonly content: unknown;
}

/** Keys of a profile whose values are paths, and those whose values are text. */
const PATHS = ["keyFile", "certificate", "certificateKey", "passphraseFile", "ca"] as const;
const TEXTS = ["keyId", "teamId", "topic", "target", "proxy"] as const;
const SECRETS: Readonly<Record<string, string>> = { key: "keyFile", passphrase: "passphraseFile" };

type Profile = Readonly<Partial<Record<(typeof PATHS)[number] | (typeof TEXTS)[number], string>>>;

/** Possible paths of the file; only the first one that exists is read. */
export function configPaths(cwd: string, env: NodeJS.ProcessEnv): string[] {
  const home = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), ".config");
  return [join(cwd, "apnskit.config.json"), join(home, "apnskit", "config.json")];
}

/**
 * Reads the configuration file; `undefined` if there is none.
 *
 * @param given the path that `--config` or `APNSKIT_CONFIG` names
 * @throws CommandFailure if it cannot be read or is not JSON
 */
export function readConfigFile(
  given: Setting<string> | undefined,
  cwd: string,
  env: NodeJS.ProcessEnv,
): ConfigFile | undefined {
  const paths = given === undefined ? configPaths(cwd, env) : [resolve(cwd, given.value)];
  for (const path of paths) {
    let bytes: Buffer;
    try {
      bytes = readFileSync(path);
    } catch (error) {
      if (given === undefined && (error as NodeJS.ErrnoException).code === "ENOENT") continue;
      throw usage(`${given?.source ?? "configuration"} ${path}: ${fileProblem(error)}`, { cause: error });
    }
    return { path, content: parseJson(decodeText(bytes, path), path) };
  }
  return undefined;
}

/**
 * The settings of a profile.
 *
 * @param wanted the profile's name from `--profile` or `APNSKIT_PROFILE`; otherwise the file's `profile`, or
 * its only one
 * @throws CommandFailure for a profile or key that does not exist, and for a secret in the file
 */
export function profileLayer(
  file: ConfigFile | undefined,
  wanted: Setting<string> | undefined,
  env: NodeJS.ProcessEnv,
): Layer {
  if (file === undefined) {
    if (wanted === undefined) return {};
    throw usage(`${wanted.source} ${wanted.value}: there is no configuration file to take it from`);
  }
  const { profile: usual, profiles, ...rest } = object(file.content, `${file.path}: the file`);
  const [stray] = Object.keys(rest);
  if (stray !== undefined) {
    throw usage(`${file.path}: unknown key "${stray}"; known are profile and profiles`);
  }
  const all = object(profiles, `${file.path}: profiles`);
  if (usual !== undefined && typeof usual !== "string") {
    throw usage(`${file.path}: profile must be text, the name of one of the profiles`);
  }
  const name = wanted?.value ?? (usual === undefined ? onlyOne(all, file.path) : usual);
  const where = `profile "${name}" of ${file.path}`;
  if (!Object.hasOwn(all, name)) {
    const known = Object.keys(all).join(", ") || "none";
    throw usage(
      `${wanted?.source ?? "profile"} "${name}": ${file.path} has no such profile; it has ${known}`,
    );
  }
  return readProfile(checkProfile(object(all[name], where), where), where, dirname(file.path), env);
}

function checkProfile(profile: Readonly<Record<string, unknown>>, where: string): Profile {
  const known: readonly string[] = [...PATHS, ...TEXTS];
  for (const [name, value] of Object.entries(profile)) {
    const instead = Object.hasOwn(SECRETS, name) ? SECRETS[name] : undefined;
    if (instead !== undefined) {
      throw usage(
        `${where}: "${name}" would be a secret in the file; use "${instead}" with a path or env:NAME`,
      );
    }
    if (!known.includes(name)) throw usage(`${where}: unknown key "${name}"; known are ${known.join(", ")}`);
    if (typeof value !== "string" || value === "") throw usage(`${where}: "${name}" must be text`);
    if (value.includes("-----BEGIN")) {
      throw usage(`${where}: "${name}" must be a path or env:NAME, not the content`);
    }
    if (name === "proxy" && hasPassword(value)) {
      throw usage(`${where}: "proxy" must not hold a password; use env:NAME`);
    }
  }
  return profile as Profile;
}

function readProfile(profile: Profile, where: string, folder: string, env: NodeJS.ProcessEnv): Layer {
  const text = (name: (typeof TEXTS)[number] | (typeof PATHS)[number]): Setting<string> | undefined => {
    const value = profile[name];
    if (value === undefined) return undefined;
    const variable = /^env:(.+)$/.exec(value)?.[1];
    if (variable === undefined) return { value, source: `"${name}" of ${where}` };
    const content = env[variable];
    if (!content) {
      const fail = name === "keyFile" || name === "passphraseFile" ? badCredentials : usage;
      throw fail(`${where}: "${name}" names the variable ${variable}, which is not set`);
    }
    return { value: content, source: `${variable}, named by "${name}" of ${where}` };
  };
  const path = (name: (typeof PATHS)[number]): Setting<Material> | undefined => {
    const given = text(name);
    if (given === undefined) return undefined;
    const { value, source } = given;
    if (profile[name]!.startsWith("env:")) return { value: { from: "text", text: value }, source };
    return { value: { from: "file", path: absolute(value, folder, env) }, source };
  };
  return present({
    key: path("keyFile"),
    keyId: text("keyId"),
    teamId: text("teamId"),
    certificate: path("certificate"),
    certificateKey: path("certificateKey"),
    passphrase: path("passphraseFile"),
    topic: text("topic"),
    target: text("target"),
    ca: path("ca"),
    proxy: text("proxy"),
  });
}

/** Paths in the file are relative to its folder; no shell has replaced `~`. */
function absolute(path: string, folder: string, env: NodeJS.ProcessEnv): string {
  if (path.startsWith("~/")) return join(env.HOME || homedir(), path.slice(2));
  return resolve(folder, path);
}

function onlyOne(profiles: Readonly<Record<string, unknown>>, path: string): string {
  const names = Object.keys(profiles);
  if (names.length === 1) return names[0]!;
  if (names.length === 0) throw usage(`${path}: profiles is empty`);
  throw usage(`${path} has several profiles (${names.join(", ")}); choose one with --profile`);
}

function object(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw usage(`${what} must be a JSON object`);
}
