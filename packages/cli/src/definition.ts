import type { ExitCode } from "./exit-codes.ts";
import type { Output } from "./output/output.ts";

/** An option, for the help, the reference page and commander. */
export interface OptionDefinition {
  /** In commander's form: `-f, --flag <value>`, `--flag [value]`, `--flag`. */
  readonly flags: string;
  /** Begins in lower case, has no full stop, and says unit and range. */
  readonly description: string;
  /** Turns the text into a value; throws a `TypeError` that says what it must be. */
  readonly parse?: (text: string) => unknown;
  readonly choices?: readonly string[];
  /** Used if the option is absent; shown in the help. */
  readonly default?: unknown;
  /** The option may come several times; its values form an array. */
  readonly repeatable?: boolean;
}

/** Options under one heading. */
export interface OptionGroup {
  readonly heading: string;
  readonly options: readonly OptionDefinition[];
}

/** An argument: `<name>`, `[name]`, `<name...>` or `[name...]`. */
export interface ArgumentDefinition {
  readonly name: string;
  readonly description: string;
  readonly choices?: readonly string[];
}

/** One line of a shell, and its effect. */
export interface Example {
  readonly line: string;
  readonly does: string;
}

/** The input of a command. */
export interface Invocation<Options> {
  /** The arguments; a variadic one is an array. */
  readonly args: readonly (string | readonly string[] | undefined)[];
  readonly options: Options;
  readonly output: Output;
  /** Everything after the name of the program, as typed. */
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdin: NodeJS.ReadStream;
}

/**
 * A command as data. Help, completions and the reference page are generated from it. A module with a
 * definition imports only definitions; `run` imports the implementation, so the other commands start without
 * it.
 */
export interface CommandDefinition<Options = object> {
  readonly name: string;
  /** One sentence without a full stop, for lists. */
  readonly summary: string;
  /** Further paragraphs for the command's own help. */
  readonly details?: string;
  readonly arguments?: readonly ArgumentDefinition[];
  readonly options?: readonly OptionGroup[];
  readonly examples?: readonly Example[];
  /** Passes every option unread to `run`, as further arguments. */
  readonly passThrough?: boolean;
  readonly subcommands?: readonly CommandDefinition<never>[];
  /** Absent for a command that has only subcommands. */
  readonly run?: (invocation: Invocation<Options>) => Promise<ExitCode | undefined>;
}

/** Only checks the type of a definition. */
export function defineCommand<Options = object>(
  definition: CommandDefinition<Options>,
): CommandDefinition<never> {
  return definition as CommandDefinition<never>;
}
