import { Command, InvalidArgumentError, Option } from "commander";
import { InvalidMockInput } from "../errors.ts";
import type { Fault } from "../faults/fault.ts";
import { parseFault } from "../faults/fault-text.ts";
import { type Latency, parseLatency } from "../faults/latency.ts";
import { type MockApnsOptions, rateLimitShape } from "../options.ts";
import { shown } from "../printable.ts";
import type { DeviceRateLimit } from "../services/device-registry.ts";
import { isWellFormed } from "../services/topics.ts";

/** The options of the command line. */
export interface Flags {
  host: string;
  port: number;
  broadcastPort: number;
  managementPort: number;
  controlHost: string;
  controlPort?: number;
  altName: string[];
  environment: "sandbox" | "production";
  auth: "token" | "certificate" | "anything";
  keyId: string;
  teamId: string;
  key: string[];
  topic: string[];
  certDir?: string;
  latency: Latency;
  fault: Fault[];
  seed: number;
  ledger: number;
  payloads: boolean;
  showPayloads?: boolean;
  tally: ("apns-id" | "collapse-id")[];
  registeredOnly?: boolean;
  deviceLimit?: DeviceRateLimit;
  streams: number;
  streamsBeforeToken: number;
  streamsAfterRejection?: number;
  idleTimeout?: number;
  tokenInterval: number;
  tokenBlock: boolean;
  ui: boolean;
  /** true waits for the server only; words also wait for requests. */
  wait?: string | true;
  json?: boolean;
  quiet?: boolean;
}

/** Next to Apple's port 2197. */
const CONTROL_PORT = 2198;
const TRUE = ["1", "true", "yes", "on"];
const FALSE = ["", "0", "false", "no", "off"];

/** Gives every option an environment variable: `--cert-dir` has `APNSKIT_MOCK_CERT_DIR`. */
class CommandWithVariables extends Command {
  override createOption(flags: string, description?: string): Option {
    const option = super.createOption(flags, description);
    const name = option.long?.slice(2).replaceAll("-", "_").toUpperCase();
    return name === undefined || name === "VERSION" ? option : option.env(`APNSKIT_MOCK_${name}`);
  }
}

/** The command line of `apnskit-mock`. @param run is called with the options */
export function commandLine(version: string, run: (flags: Flags) => Promise<void>): Command {
  const program = new CommandWithVariables("apnskit-mock");
  return (
    program
      .description("An Apple Push Notification service on this machine, to develop and test against.")
      .version(version)
      .option("--host <address>", "address to listen at; 0.0.0.0 for all", "127.0.0.1")
      .option("--port <n>", "port for device pushes, 0 for any", port, 2197)
      .option("--broadcast-port <n>", "port for broadcasts, 0 for any", port, 0)
      .option("--management-port <n>", "port for channel management, 0 for any", port, 0)
      .option(
        "--control-host <address>",
        "address of the control endpoint, which asks for no credentials",
        "127.0.0.1",
      )
      .option(
        "--control-port <n>",
        `port of the control endpoint, 0 for any (default: ${CONTROL_PORT}, or any with --port 0)`,
        port,
      )
      .option(
        "--alt-name <name>",
        "a further name or address of this server, for its certificate and the control endpoint (repeatable)",
        collect((name) => name),
        [],
      )
      .addOption(
        program
          .createOption("--environment <name>", "which APNs to be")
          .choices(["sandbox", "production"])
          .default("sandbox"),
      )
      .addOption(
        program
          .createOption("--auth <kind>", "credentials that clients must show")
          .choices(["token", "certificate", "anything"])
          .default("token"),
      )
      .option("--key <file:keyId:teamId>", "accept this .p8 file too (repeatable)", collect(keySpec), [])
      .option("--key-id <id>", "id of the provider key that is made", id, "ABC123DEFG")
      .option("--team-id <id>", "team of the provider key that is made", id, "DEF123GHIJ")
      .option("--topic <bundle id>", "a bundle id of the team (repeatable; default: any)", collect(topic), [])
      .option(
        "--cert-dir <path>",
        "where CA, provider key and client certificate are kept (default: a temporary one)",
      )
      .option(
        "--latency <ms>",
        "50, 20..80, mean=50,deviation=10 or median=40,p99=250",
        parse(parseLatency),
        0,
      )
      .option(
        "--fault <fault>",
        "e.g. answer=InternalServerError,share=0.01 (repeatable)",
        collect(parse(parseFault)),
        [],
      )
      .option("--seed <n>", "seed for faults, latencies and ids", wholeNumber, 1)
      .option("--ledger <n>", "requests to remember", wholeNumber, 10_000)
      .option("--no-payloads", "do not remember payloads")
      .option("--show-payloads", "print payloads, too")
      .option("--tally <ids...>", "count every id, for soak tests: apns-id, collapse-id", collect(tally), [])
      .option(
        "--registered-only",
        "BadDeviceToken for devices that were not registered over the control endpoint",
      )
      .option("--device-limit <n/ms>", "pushes per device in so many ms, e.g. 3/1000", parse(deviceLimit))
      .option("--streams <n>", "streams at once", wholeNumber, 1000)
      .option("--streams-before-token <n>", "streams at once before the first valid token", wholeNumber, 1)
      .option(
        "--streams-after-rejection <n>",
        "streams at once after a refused push (default: no change)",
        wholeNumber,
      )
      .option("--idle-timeout <ms>", "close connections that idle so long (default: never)", wholeNumber)
      .option(
        "--token-interval <ms>",
        "least time between two new provider tokens, 0 for none",
        wholeNumber,
        1_200_000,
      )
      .option("--no-token-block", "accept the old token after TooManyProviderTokenUpdates")
      .option("--no-ui", "no page at the control endpoint")
      // On by default, so it has no variable, which could only be misread.
      .addOption(new Option("--ui", "a page at the control endpoint, to look at the server (default)"))
      .addOption(
        new Option(
          "--wait [query]",
          "start nothing, wait for a server that runs: until it is up, or until requests came, e.g. topic=com.example.app,count=2,timeout=5000",
        ),
      )
      .option("--json", "one JSON object per line, the first when ready")
      .option("--quiet", "no line for each request")
      .addHelpText(
        "after",
        "\nAn option that is repeatable takes several values from its variable, separated by semicolons.",
      )
      .action(run)
  );
}

/**
 * Lets the variable of a switch say no. By default, commander takes any value for a yes.
 *
 * @throws InvalidMockInput for a value that is neither yes nor no
 */
export function readSwitches(program: Command, environment: NodeJS.ProcessEnv): void {
  for (const { envVar, required, optional } of program.options) {
    const value = envVar === undefined || required || optional ? undefined : environment[envVar];
    if (value === undefined || TRUE.includes(value.toLowerCase())) continue;
    if (!FALSE.includes(value.toLowerCase())) {
      throw new InvalidMockInput(`${envVar} must be 1 or 0; received ${shown(value)}`, envVar);
    }
    delete environment[envVar!];
  }
}

/** The port of the control endpoint. With a random port for pushes, the default here is random too. */
export function controlPortOf({ controlPort, port }: Flags): number {
  return controlPort ?? (port === 0 ? 0 : CONTROL_PORT);
}

/** The server options from the flags. */
export function serverOptionsOf(flags: Flags): MockApnsOptions {
  return {
    host: flags.host,
    port: flags.port,
    broadcastPort: flags.broadcastPort,
    managementPort: flags.managementPort,
    environment: flags.environment,
    auth: flags.auth,
    latency: flags.latency,
    faults: flags.fault,
    seed: flags.seed,
    ledger: { capacity: flags.ledger, payloads: flags.payloads, tally: flags.tally },
    acceptUnknownDevices: !flags.registeredOnly,
    maxConcurrentStreams: flags.streams,
    streamsBeforeToken: flags.streamsBeforeToken,
    tokenUpdateInterval: flags.tokenInterval,
    blockAfterTokenUpdate: flags.tokenBlock,
    ...(flags.topic.length > 0 && { topics: flags.topic }),
    ...(flags.deviceLimit && { deviceRateLimit: flags.deviceLimit }),
    ...(flags.streamsAfterRejection !== undefined && { streamsAfterRejection: flags.streamsAfterRejection }),
    ...(flags.idleTimeout !== undefined && { idleTimeout: flags.idleTimeout }),
  };
}

/** Splits a `--key` into its parts. A path may contain colons, the ids may not. */
export function keyParts(spec: string): { file: string; keyId: string; teamId: string } {
  const [, file = "", keyId = "", teamId = ""] = KEY_SPEC.exec(spec) ?? [];
  return { file, keyId, teamId };
}

const KEY_SPEC = /^(.+):([^:]+):([^:]+)$/;

function keySpec(text: string): string {
  if (!KEY_SPEC.test(text))
    throw new InvalidArgumentError(`It must be file:keyId:teamId; received ${shown(text)}.`);
  return text;
}

function topic(text: string): string {
  if (!isWellFormed(text)) {
    throw new InvalidArgumentError(
      "It must be one bundle id of letters, digits, hyphens and dots; repeat the option.",
    );
  }
  return text;
}

function id(text: string): string {
  if (!/^[\w-]{1,64}$/.test(text))
    throw new InvalidArgumentError("It must be 1 to 64 letters, digits, _ and -.");
  return text;
}

function tally(text: string): "apns-id" | "collapse-id" {
  if (text === "apns-id" || text === "collapse-id") return text;
  throw new InvalidArgumentError("Allowed choices are apns-id, collapse-id.");
}

function port(text: string): number {
  const value = wholeNumber(text);
  if (value > 65_535) throw new InvalidArgumentError("It must be a port, 0 to 65535.");
  return value;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError("It must be a whole number, 0 or more.");
  }
  return value;
}

function deviceLimit(text: string): DeviceRateLimit {
  const [, requests, per] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (!requests || !per) throw new InvalidArgumentError("It must be pushes/milliseconds, e.g. 3/1000.");
  return rateLimitShape.check({ requests: Number(requests), per: Number(per) });
}

/** Converts errors of a parser to commander's, which names the option. */
function parse<T>(parser: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parser(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
}

/** Adds to earlier values. Semicolons separate values, as variables require. */
function collect<T>(parser: (text: string) => T): (text: string, before: T[]) => T[] {
  return (text, before) => [...before, ...text.split(";").map((part) => parser(part.trim()))];
}
