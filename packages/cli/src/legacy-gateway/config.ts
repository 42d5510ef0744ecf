import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { LegacyGatewayOptions } from "@apnskit/legacy-gateway";
import { DATA_KEYS_OF_AN_APP, DATA_KEYS_OF_TLS, DATA_OPTIONS } from "@apnskit/legacy-gateway/internal";
import { type Auth, certificate, providerToken } from "apnskit";
import { badCredentials, fileProblem, usage } from "../failure.ts";
import { readJsonObject } from "../notification/json-file.ts";
import { hasPassword } from "../settings/flags.ts";

/** The content of a gateway's configuration file. */
export interface GatewayConfig {
  readonly options: LegacyGatewayOptions & { readonly stateFolder: string };
  /** Milliseconds to wait for notifications in flight when the gateway stops. */
  readonly drain: number | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** Beside the configuration file. */
const STATE_FOLDER = "legacy-gateway-state";
/** Beside these, the options of the library that are plain data; the library checks their values. */
const OWN = ["apps", "tls", "authorityFiles", "upstream", "stateFolder", "drain"];
const OF_A_KEY = ["keyFile", "keyId", "teamId"];
const OF_A_CERTIFICATE = ["certificateFile", "certificateKeyFile", "passphraseFile"];
const OF_UPSTREAM = ["origin", "port", "proxy", "size", "timeout"];

/**
 * Reads the configuration file of a gateway. Paths in it are relative to its folder. The library checks the
 * values of its own options.
 *
 * @throws CommandFailure for a file that cannot be read, is not JSON, or has an unknown key
 */
export function readGatewayConfig(path: string): GatewayConfig {
  const file = new ConfigReader(dirname(resolve(path)));
  const config = file.parse(path);
  file.rejectUnknown(config, [...OWN, ...DATA_OPTIONS], "the file");
  const { apps, tls, authorityFiles, upstream, stateFolder, drain, ...rest } = config;
  const options = {
    ...rest,
    apps: list(apps, "apps").map((app, index) => file.app(app, `apps[${index}]`)),
    tls: file.tls(tls),
    authorities: list(authorityFiles ?? [], "authorityFiles").map((one) => file.read(one, "authorityFiles")),
    upstream: file.upstream(upstream ?? {}),
    stateFolder: file.path(stateFolder ?? STATE_FOLDER, "stateFolder"),
  };
  return { options: options as unknown as GatewayConfig["options"], drain: drain as number | undefined };
}

class ConfigReader {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  parse(path: string): Json {
    return readJsonObject(path, "--config");
  }

  app(given: unknown, where: string): unknown {
    const app = object(given, where);
    this.rejectUnknown(app, [...DATA_KEYS_OF_AN_APP, ...OF_A_KEY, ...OF_A_CERTIFICATE], where);
    const own = Object.fromEntries(
      Object.entries(app).filter(([name]) => DATA_KEYS_OF_AN_APP.includes(name)),
    );
    return { ...own, auth: this.#auth(app, where) };
  }

  tls(given: unknown): unknown {
    const tls = object(given, "tls");
    this.rejectUnknown(tls, ["certificateFile", "keyFile", "passphraseFile", ...DATA_KEYS_OF_TLS], "tls");
    const { certificateFile, keyFile, passphraseFile, ...versions } = tls;
    return {
      ...versions,
      cert: this.read(certificateFile, "tls.certificateFile"),
      key: this.read(keyFile, "tls.keyFile"),
      ...(passphraseFile !== undefined && {
        passphrase: this.#passphrase(passphraseFile, "tls.passphraseFile"),
      }),
    };
  }

  upstream(given: unknown): unknown {
    const upstream = object(given, "upstream");
    this.rejectUnknown(upstream, [...OF_UPSTREAM, "caFile"], "upstream");
    const { caFile, ...options } = upstream;
    if (typeof options.proxy === "string" && hasPassword(options.proxy)) {
      throw usage('"upstream.proxy" must not hold a password');
    }
    return { ...options, ...(caFile !== undefined && { tls: { ca: this.read(caFile, "upstream.caFile") } }) };
  }

  /** The text of a file that a key names. */
  read(given: unknown, where: string): string {
    const path = this.path(given, where);
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      throw usage(`"${where}" ${path}: ${fileProblem(error)}`, { cause: error });
    }
  }

  path(given: unknown, where: string): string {
    if (typeof given !== "string" || given === "") throw usage(`"${where}" must be a path`);
    if (given.includes("-----BEGIN")) throw usage(`"${where}" must be a path, not the content`);
    return join(resolve(this.#folder, given));
  }

  rejectUnknown(given: Json, known: readonly string[], where: string): void {
    const stranger = Object.keys(given).find((name) => !known.includes(name));
    if (stranger === undefined) return;
    throw usage(`${where}: unknown key "${stranger.slice(0, 40)}"; known are ${known.join(", ")}`);
  }

  #auth(app: Json, where: string): Auth {
    const { keyFile, keyId, teamId, certificateFile, certificateKeyFile, passphraseFile } = app;
    if ((keyFile === undefined) === (certificateFile === undefined)) {
      throw badCredentials(`${where}: give "keyFile" with "keyId" and "teamId", or "certificateFile"`);
    }
    if (keyFile !== undefined) {
      const file = this.path(keyFile, `${where}.keyFile`);
      return providerToken({ key: { file }, keyId: keyId as string, teamId: teamId as string });
    }
    const file = this.path(certificateFile, `${where}.certificateFile`);
    const passphrase =
      passphraseFile === undefined
        ? {}
        : { passphrase: this.#passphrase(passphraseFile, `${where}.passphraseFile`) };
    if (certificateKeyFile !== undefined) {
      const key = { file: this.path(certificateKeyFile, `${where}.certificateKeyFile`) };
      return certificate({ cert: { file }, key, ...passphrase });
    }
    return /\.(?:p12|pfx)$/i.test(file)
      ? certificate({ pfx: { file }, ...passphrase })
      : certificate({ pem: { file }, ...passphrase });
  }

  #passphrase(given: unknown, where: string): string {
    return this.read(given, where).replace(/\r?\n$/, "");
  }
}

function object(value: unknown, what: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw usage(`${what} must be a JSON object`);
}

function list(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw usage(`"${what}" must be a JSON array`);
}
