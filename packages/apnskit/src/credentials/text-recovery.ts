const PERCENT = /%([0-9a-f]{2})/gi;
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|([rnt"'/\\\n]))/g;

/**
 * Undoes changes that environment variables, shells, secret stores and editors make to PEM text and base64:
 * byte order marks, UTF-16, invisible characters, escapes of JSON (once or more) and of URLs. None of the
 * removed characters can be part of a key, since base64 and PEM are printable ASCII without a backslash.
 */
export function recoverText(loaded: string | Buffer): string {
  let text = typeof loaded === "string" ? loaded : loaded.toString("utf8");
  // In UTF-16 and UTF-32, zero octets surround each ASCII character.
  text = text.replace(/[\0\uFEFF\uFFFD\u200B-\u200D\u2060]+/g, "");
  if (text.includes("-----BEGIN+")) text = text.replaceAll("+", " ");
  if (text.includes("%")) {
    text = text.replace(PERCENT, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
  if (!text.includes("\\")) return text;
  // Escaped twice or more, `\n` has several backslashes.
  return text.replace(/\\{2,}/g, "\\").replace(ESCAPE, (_, code: string | undefined, letter: string) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    if (letter === "n" || letter === "\n") return "\n";
    return letter === "r" || letter === "t" || letter === "\\" ? " " : letter;
  });
}
