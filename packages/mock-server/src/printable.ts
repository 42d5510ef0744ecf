const LONGEST = 200;
// C0, DEL and C1, and what reorders or breaks lines on a screen.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const SECRET = /-----BEGIN|\beyJ[\w-]{8}/;

/** Makes outside text safe for a terminal and a log: escapes control characters, cuts long text. */
export function printable(text: string, longest = LONGEST): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return cut.replace(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
  });
}

/** A value for an error message: numbers, flags and short text unchanged, for anything else only its kind. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      if (SECRET.test(value) || value.length > LONGEST) return `a string of ${value.length} characters`;
      return `"${printable(value)}"`;
    case "number":
    case "bigint":
    case "boolean":
    case "undefined":
      return String(value);
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? "an array" : "an object";
    default:
      return `a ${typeof value}`;
  }
}
