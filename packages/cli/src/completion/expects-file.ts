import type { CommandDefinition, OptionDefinition } from "../definition.ts";
import { flagsOf, takesPath } from "../given-value.ts";

/** Whether the last of these words, which is being typed, is a path: then the shell completes it itself. */
export function expectsFile(
  commands: readonly CommandDefinition<never>[],
  words: readonly string[],
): boolean {
  const { command, rest } = find(commands, words);
  if (command?.run === undefined || command.passThrough || rest.length === 0) return false;
  const options = (command.options ?? []).flatMap((group) => group.options);
  const optionOf = (word: string): OptionDefinition | undefined =>
    options.find(({ flags }) => flagsOf([{ flags }]).has(word));
  const takesValue = (option: OptionDefinition | undefined) => option?.flags.includes("<") === true;
  const typed = rest.at(-1)!;
  const before = rest.at(-2);
  const option = before === undefined ? undefined : optionOf(before);
  if (takesValue(option)) return takesPath(option!.flags);
  if (typed.startsWith("-")) return false;
  let place = 0;
  for (let at = 0; at < rest.length - 1; at++) {
    if (!rest[at]!.startsWith("-")) place++;
    else if (takesValue(optionOf(rest[at]!))) at++;
  }
  const argument = command.arguments?.[place];
  return argument !== undefined && takesPath(argument.name);
}

/** The command that words begin with, and the words behind its name. */
function find(
  commands: readonly CommandDefinition<never>[],
  words: readonly string[],
): { command: CommandDefinition<never> | undefined; rest: readonly string[] } {
  let among: readonly CommandDefinition<never>[] | undefined = commands;
  let command: CommandDefinition<never> | undefined;
  let at = 0;
  // The last word is being typed: it names no command yet.
  while (among !== undefined && at < words.length - 1) {
    const next: CommandDefinition<never> | undefined = among.find(({ name }) => name === words[at]);
    if (next === undefined) break;
    command = next;
    among = next.subcommands;
    at++;
  }
  return { command, rest: words.slice(at) };
}
