import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { ArgumentDefinition, CommandDefinition, Invocation, OptionDefinition } from "./definition.ts";
import { ExitCode } from "./exit-codes.ts";
import { oneLine, usage } from "./failure.ts";
import { checkGiven, flagsOf } from "./given-value.ts";
import { OUTPUT_OPTIONS } from "./options/output-options.ts";
import { Output, type OutputOptions } from "./output/output.ts";
import type { Terminal } from "./terminal.ts";

/** Callbacks for the caller of the program. */
export interface ProgramEvents {
  /** The command of the line, such as `channels list`: it starts, or its line is wrong. */
  onCommand(path: string, output: Output | undefined): void;
  /** The command has ended by itself. */
  onExit(code: ExitCode): void;
}

/** The commander program of a list of commands. */
export function buildProgram(
  commands: readonly CommandDefinition<never>[],
  terminal: Terminal,
  events: ProgramEvents,
  version: string,
): Command {
  const program = new Command("apnskit");
  program
    .description("Sends pushes through the Apple Push Notification service, and says what became of each.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show the help of a command")
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      // The error is also thrown, and the program shows it in its own form.
      outputError: () => {},
    })
    .enablePositionalOptions()
    .exitOverride();
  for (const definition of commands) {
    program.addCommand(buildCommand(definition, definition.name, terminal, events, program));
  }
  return program;
}

function buildCommand(
  definition: CommandDefinition<never>,
  path: string,
  terminal: Terminal,
  events: ProgramEvents,
  parent: Command,
): Command {
  const { details, examples, passThrough, run, subcommands } = definition;
  const command = new Command(definition.name).copyInheritedSettings(parent);
  command.exitOverride((error) => {
    events.onCommand(path, undefined);
    throw error;
  });
  command.summary(definition.summary).description(describe(definition.summary, details));
  for (const argument of definition.arguments ?? []) command.addArgument(argumentOf(argument));
  const groups = [...(definition.options ?? []), OUTPUT_OPTIONS];
  if (passThrough) {
    command.allowUnknownOption().passThroughOptions().helpOption(false);
  } else if (run !== undefined) {
    const known = flagsOf(groups.flatMap(({ options }) => options));
    for (const { heading, options } of groups) {
      command.optionsGroup(`${heading}:`);
      for (const option of options) {
        command.addOption(optionOf(option, (text) => checkGiven(text, option.flags, known, terminal.argv)));
      }
    }
  }
  if (examples !== undefined) command.addHelpText("after", `\n${exampleText(examples)}`);
  if (run !== undefined) {
    command.action(async (...given: unknown[]) => {
      const args = given.slice(0, -2) as Invocation<never>["args"];
      const options = command.opts<OutputOptions>();
      const output = new Output(terminal, options);
      events.onCommand(path, output);
      const { argv, env, cwd, stdin } = terminal;
      const invocation = { args, options: options as never, output, argv, env, cwd, stdin };
      events.onExit((await run(invocation)) ?? ExitCode.accepted);
    });
  }
  for (const sub of subcommands ?? []) {
    command.addCommand(buildCommand(sub, `${path} ${sub.name}`, terminal, events, command));
  }
  return command;
}

function describe(summary: string, details: string | undefined): string {
  const sentence = `${summary[0]!.toUpperCase()}${summary.slice(1)}.`;
  return details === undefined ? sentence : `${sentence}\n\n${details}`;
}

function exampleText(examples: NonNullable<CommandDefinition["examples"]>): string {
  return ["Examples:", ...examples.map(({ line, does }) => `  # ${does}\n  ${line}`)].join("\n");
}

function argumentOf({ name, description, choices }: ArgumentDefinition): Argument {
  const argument = new Argument(name, description);
  if (choices !== undefined) return argument.choices(choices);
  if (argument.variadic) return argument;
  return argument.argParser((text: string) => {
    try {
      checkGiven(text, name, NO_FLAGS, []);
      return text;
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  });
}

const NO_FLAGS: ReadonlySet<string> = new Set();

/** @param check throws for a text that no option may have as its value */
function optionOf(definition: OptionDefinition, check: (text: string) => void): Option {
  const { flags, description, parse, choices, repeatable } = definition;
  const option = new Option(flags, description);
  if (definition.default !== undefined) option.default(definition.default);
  if (choices !== undefined) option.choices(choices);
  const read = (text: string): unknown => {
    try {
      check(text);
      return parse === undefined ? text : parse(text);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
    }
  };
  if (repeatable) {
    option.argParser((text: string, before: readonly unknown[] | undefined) => [
      ...(before ?? []),
      read(text),
    ]);
  } else if (choices === undefined && /[<[]/.test(flags)) {
    option.argParser((text: string) => read(text));
  }
  return option;
}

/** The failure for an error of commander; `undefined` for help and version, which are no failures. */
export function usageFailure(error: CommanderError): Error | undefined {
  if (error.exitCode === 0) return undefined;
  if (error.code === "commander.help") return usage("a command is needed; see apnskit --help");
  return usage(oneLine(error.message.replace(/^error: /, "")), { cause: error });
}

export { CommanderError };
