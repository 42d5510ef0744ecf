/** Options and arguments whose value is a path are written so in their definition. */
const PATH = /[<[](?:file|folder|package|journal)\b/;

/** Whether the value of an option or argument is a path. */
export function takesPath(flags: string): boolean {
  return PATH.test(flags);
}

/** Every long and short flag of these definitions: `--title <text>` gives `--title`. */
export function flagsOf(definitions: readonly { readonly flags: string }[]): ReadonlySet<string> {
  return new Set(definitions.flatMap(({ flags }) => flags.match(/(?<![\w-])--?[a-z][\w-]*/g) ?? []));
}

/**
 * Refuses a value that was hardly meant: an empty path, as a variable that is not set gives it, and the next flag, where
 * the value before it was forgotten.
 *
 * @param flags the option or argument in commander's form
 * @param known flags of the command
 * @param argv the words as they were typed: `--body=--badge` is meant
 * @throws TypeError
 */
export function checkGiven(
  text: string,
  flags: string,
  known: ReadonlySet<string>,
  argv: readonly string[],
): void {
  if (text === "" && takesPath(flags)) throw new TypeError("It must be a path; received an empty text.");
  if (!known.has(text.replace(/=.*$/s, "")) || !text.startsWith("-") || !argv.includes(text)) return;
  const [flag] = [...flagsOf([{ flags }])].filter((one) => one.startsWith("--"));
  throw new TypeError(`It is an option: the value is missing. Write ${flag}=${text} if that text is meant.`);
}
