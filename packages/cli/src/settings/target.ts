import { readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { ExitCode } from "../exit-codes.ts";
import { CommandFailure, usage } from "../failure.ts";
import { readMaterial, sourceName } from "./material.ts";
import { isMock, type Settings } from "./settings.ts";

/** The server of a command. */
export interface Target {
  /** Its name in errors and reports. */
  readonly name: string;
  readonly environment: "production" | "sandbox";
  /** Replaces Apple's host. */
  readonly origin?: string;
  readonly broadcastOrigin?: string;
  readonly managementOrigin?: string;
  /** Authorities to trust instead of Node's own list; PEM. */
  readonly ca?: string;
}

/** Default ports of `apnskit mock`; Apple's own sandbox also uses these two. */
export const MOCK_PORT = 2197;
export const MOCK_MANAGEMENT_PORT = 2195;

/** Default topic for a mock server, which accepts any. */
export const MOCK_TOPIC = "com.example.app";

/** Ids of the mock server's own provider key. */
export const MOCK_TEAM_ID = "DEF123GHIJ";

const HOSTS = { production: "https://api.push.apple.com", sandbox: "https://api.sandbox.push.apple.com" };

/** The folder in which `apnskit mock` keeps its authority and its provider key (XDG Base Directory). */
export function mockFolder(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_STATE_HOME || join(env.HOME || homedir(), ".local", "state"), "apnskit", "mock");
}

/** The origin that requests for devices go to. */
export function originOf(target: Target): string {
  return target.origin ?? HOSTS[target.environment];
}

/**
 * Reads the target of a command.
 *
 * @throws CommandFailure for a missing or invalid target, and for a mock server that has never run here
 */
export function readTarget({ target, ca: given }: Settings, env: NodeJS.ProcessEnv): Target {
  if (target === undefined) {
    throw usage("no target: give --target production, sandbox, mock or an origin, or set APNSKIT_TARGET");
  }
  const { value, source } = target;
  const ca = given && readCa(readMaterial(given.value, given.source), sourceName(given));
  const trust = ca === undefined ? {} : { ca };
  if (value === "production" || value === "sandbox") return { name: value, environment: value, ...trust };
  if (value === "development") return { name: "sandbox", environment: "sandbox", ...trust };
  if (isMock(target)) {
    const origin = mockOrigin(value, source);
    const atUsualPort = origin === `https://localhost:${MOCK_PORT}`;
    return {
      name: `mock server at ${origin}`,
      environment: "sandbox",
      origin,
      ...(atUsualPort && { managementOrigin: `https://localhost:${MOCK_MANAGEMENT_PORT}` }),
      ca: ca ?? mockCa(env),
    };
  }
  const origin = readOrigin(value, source);
  // Apple's own host with a port that a firewall may leave open.
  const environment = new URL(origin).hostname === "api.push.apple.com" ? "production" : "sandbox";
  return { name: origin, environment, origin, ...trust };
}

/** The address of `mock` or `mock:<port>`. */
export function mockOrigin(value: string, source: string): string {
  if (value === "mock") return `https://localhost:${MOCK_PORT}`;
  const port = /^mock:(\d{1,5})$/.exec(value)?.[1];
  if (port === undefined || Number(port) < 1 || Number(port) > 65_535) {
    throw usage(`${source} ${JSON.stringify(value)}: the port of mock:<port> must be 1 … 65535`);
  }
  return `https://localhost:${Number(port)}`;
}

/** The file of the mock server's own provider key; `undefined` if there is none, or more than one. */
export function mockKeyFile(env: NodeJS.ProcessEnv): string | undefined {
  const folder = mockFolder(env);
  try {
    const keys = readdirSync(folder).filter((name) => /^AuthKey_[A-Za-z0-9]{10}\.p8$/.test(name));
    return keys.length === 1 ? join(folder, keys[0]!) : undefined;
  } catch {
    return undefined;
  }
}

function mockCa(env: NodeJS.ProcessEnv): string {
  try {
    return readFileSync(join(mockFolder(env), "ca.pem"), "utf8");
  } catch (error) {
    throw new CommandFailure(
      ExitCode.unreachable,
      "no mock server has run on this machine: start one with apnskit mock, or name another with --target and --ca",
      { cause: error },
    );
  }
}

function readCa(bytes: Buffer, source: string): string {
  const text = bytes.toString("latin1");
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw usage(`${source}: the file is not a PEM certificate (it has no BEGIN CERTIFICATE line)`);
}

function readOrigin(value: string, source: string): string {
  const origin = "https://host:port";
  const wanted = `must be production, sandbox, mock, mock:<port> or ${origin}`;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined) throw usage(`${source} ${JSON.stringify(value)}: ${wanted}`);
  const plain = url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "";
  if (url.protocol !== "https:" || !plain) {
    throw usage(`${source}: an origin must be ${origin}, without path or user`);
  }
  return url.origin;
}
