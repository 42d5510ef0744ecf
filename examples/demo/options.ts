import { Command, InvalidArgumentError, Option } from "commander";

export interface DemoOptions {
  readonly file: string;
  readonly count: number;
  readonly connections: number;
  /** Milliseconds. */
  readonly timeout: number;
  /** A running server. Without it, the demo starts a server. */
  readonly server?: ServerOptions;
}

export interface ServerOptions {
  readonly origin: string;
  /** Paths of PEM files. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

const usageExitCode = 2;

interface Flags {
  file: string;
  count: number;
  connections: number;
  timeout: number;
  origin?: string;
  ca?: string;
  cert?: string;
  key?: string;
}

/**
 * Reads the command line.
 *
 * @param args the arguments after the script's name; a leading `--`, which `pnpm demo -- …` passes on, is
 *   ignored
 * @throws {CommanderError} after printing help or the mistake in the command line; it carries the exit code
 */
export function readOptions(
  args: readonly string[],
  defaultFile: string,
  command = new Command(),
): DemoOptions {
  command
    .name("demo")
    .description("Sends notifications through a Pool and counts their outcomes.")
    .addOption(
      new Option("--file <path>", "notifications to send, one JSON object on each line").default(
        defaultFile,
        "examples/notifications.ndjson",
      ),
    )
    .option(
      "--count <n>",
      "number of notifications to send; the file is repeated as needed",
      wholeNumber(1, 1_000_000_000),
      100_000,
    )
    .option("--connections <n>", "connections in the pool", wholeNumber(1, 100), 2)
    .option(
      "--timeout <ms>",
      "time for one notification, retries included",
      wholeNumber(1, 3_600_000),
      10_000,
    )
    .option(
      "--origin <url>",
      "send to this server instead of starting a mock server, e.g. https://localhost:8443",
    )
    .option("--ca <file>", "with --origin: certificate authority to trust, PEM (default: Node.js's list)")
    .option("--cert <file>", "with --origin: client certificate, PEM; needs --key")
    .option("--key <file>", "with --origin: private key of the client certificate, PEM; needs --cert")
    .exitOverride((error) => {
      error.exitCode &&= usageExitCode;
      throw error;
    })
    .allowExcessArguments(false)
    .showHelpAfterError("(--help lists the options)")
    .addHelpText(
      "after",
      `
Ctrl-C stops sending, waits for pushes in flight and prints the summary; a second Ctrl-C ends at once.

Exit code: 0 when every notification is accounted for, 1 when not or when the server cannot be reached,
2 when the options are wrong, 130 after Ctrl-C.`,
    )
    .parse(args[0] === "--" ? args.slice(1) : args, { from: "user" });

  const { origin, ca, cert, key, ...rest } = command.opts<Flags>();
  if (origin === undefined) {
    const stray = Object.entries({ ca, cert, key }).find(([, value]) => value !== undefined);
    if (stray) command.error(`error: --${stray[0]} needs --origin: the mock server has its own certificates`);
    return rest;
  }
  if ((cert === undefined) !== (key === undefined)) {
    command.error(
      `error: --cert and --key go together; received only --${cert === undefined ? "key" : "cert"}`,
    );
  }
  return { ...rest, server: { origin, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) } };
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/u.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}
