import type { ExitCode } from "./exit-codes.ts";
import type { Output } from "./output/output.ts";

/** An option as the help and the reference page show it, and as commander reads it. */
export interface OptionDefinition {
  /** In commander's form: `-f, --flag <value>`, `--flag [value]`, `--flag`. */
  readonly flags: string;
  /** Begins in lower case, has no full stop, and says unit and range. */
  readonly description: string;
  /** Turns the text into a value; throws a `TypeError` that says what it must be. */
  readonly parse?: (text: string) => unknown;
  readonly choices?: readonly string[];
  /** Used when the option is left out; shown in the help. */
  readonly default?: unknown;
  /** The option may come several times; its values are gathered in an array. */
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

/** One line of a shell, and what it does. */
export interface Example {
  readonly line: string;
  readonly does: string;
}

/** What a command is given. */
export interface Invocation<Options> {
  /** The arguments; a variadic one is an array. */
  readonly args: readonly (string | readonly string[] | undefined)[];
  readonly options: Options;
  readonly output: Output;
  /** Everything behind the name of the program, as it was typed. */
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdin: NodeJS.ReadStream;
}

/**
 * A command as data. Help, completions and the reference page are made of it. A module that defines one imports nothing
 * but definitions; `run` imports what the command needs, so that the other commands start without it.
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
  /** Leaves every option to `run`, unread, as further arguments. */
  readonly passThrough?: boolean;
  readonly subcommands?: readonly CommandDefinition<never>[];
  /** Left out for a command that only holds subcommands. */
  readonly run?: (invocation: Invocation<Options>) => Promise<ExitCode | undefined>;
}

/** Checks the type of a definition, and nothing else. */
export function defineCommand<Options = object>(
  definition: CommandDefinition<Options>,
): CommandDefinition<never> {
  return definition as CommandDefinition<never>;
}
