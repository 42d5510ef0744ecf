import { COMMANDS } from "./commands/index.ts";
import type { CommandDefinition } from "./definition.ts";
import { ExitCode } from "./exit-codes.ts";
import { asFailure, CommandFailure, oneLine } from "./failure.ts";
import type { Output } from "./output/output.ts";
import { buildProgram, CommanderError, usageFailure } from "./program.ts";
import type { Terminal } from "./terminal.ts";
import { VERSION } from "./version.ts";

/** Runs one command line and returns the exit code. Every failure becomes one line on stderr. */
export async function commandLine(terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.accepted;
  let name = "apnskit";
  let output: Output | undefined;
  const events = {
    onCommand(path: string, its: Output | undefined) {
      name = `apnskit ${path}`;
      output = its;
    },
    onExit(code: ExitCode) {
      exitCode = code;
    },
  };
  const commands = isOverview(terminal.argv) ? COMMANDS.map(outline) : COMMANDS;
  const program = buildProgram(commands, terminal, events, VERSION);
  try {
    await program.parseAsync([...terminal.argv], { from: "user" });
    return exitCode;
  } catch (error) {
    const known = error instanceof CommanderError ? usageFailure(error) : asFailure(error);
    if (error instanceof CommanderError && known === undefined) return ExitCode.accepted;
    const failure = known instanceof CommandFailure ? known : defect(error, terminal.env);
    output?.live.stop();
    const isDefect = failure.exitCode === ExitCode.defect;
    terminal.stderr.write(`${name}: ${isDefect ? failure.message : oneLine(failure.message)}\n`);
    return failure.exitCode;
  }
}

/** The list of commands is asked for, and no command. */
function isOverview(argv: readonly string[]): boolean {
  return argv.length === 0 || (argv.length === 1 && /^(?:-h|--help|-V|--version)$/.test(argv[0]!));
}

/** A command without its options: some hundred of them would take a tenth of the time of `apnskit --help`. */
function outline({ options: _, subcommands: __, ...definition }: CommandDefinition<never>) {
  return definition;
}

/** An unexpected error. Its stack is shown on request only. */
function defect(error: unknown, env: NodeJS.ProcessEnv): CommandFailure {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const stack = env.APNSKIT_DEBUG && error instanceof Error ? `\n${error.stack}` : "";
  const hint = stack === "" ? "; APNSKIT_DEBUG=1 shows where" : "";
  return new CommandFailure(ExitCode.defect, `a defect of the command: ${oneLine(message)}${hint}${stack}`, {
    cause: error,
  });
}
