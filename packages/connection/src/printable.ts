const LONGEST = 200;
/** Control characters (C0, C1), line separators, invisible format characters, halves of surrogate pairs. */
const control = /[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Cs}]+/gu;

/** Nearly all ids match, and a match contains nothing to remove. */
const plainId = /^[0-9A-Fa-f-]{1,40}$/;

/**
 * Outside text as data: cut, without control characters and credentials. For messages use {@link printable}.
 */
export function withoutControls(text: string, longest = LONGEST): string {
  if (plainId.test(text)) return text;
  return withoutCredentials(cutTo(text, longest).replace(control, " ")).trim();
}

/**
 * Text from outside, made fit for messages and logs: one line, no control characters (C0, C1, line separators), cut, and
 * without anything that looks like a credential or a device token (a JWT, PEM, long hexadecimal or base64).
 */
export function printable(text: string, longest = LONGEST): string {
  // Cut first: a server may send a megabyte.
  const cut = cutTo(text, longest * 4);
  const clean = withoutCredentials(cut.replace(control, " "))
    .replace(/[0-9a-f]{32,}/gi, (hex) => `${hex.slice(0, 8)}…`)
    .replace(/[\w+/=-]{64,}/g, (long) => (isBase64(long) ? `${long.slice(0, 8)}…` : long))
    .trim();
  return clean.length > longest ? `${cutTo(clean, longest - 1)}…` : clean;
}

/** Copies the text: a slice would keep the whole text, perhaps a megabyte, alive as long as the reason. */
function cutTo(text: string, longest: number): string {
  return text.length <= longest ? text : Buffer.from(text.slice(0, longest)).toString();
}

/** Base64 has letters of both cases. */
function isBase64(text: string): boolean {
  return /[a-z]/.test(text) && /[A-Z]/.test(text);
}

function withoutCredentials(text: string): string {
  return text
    .replace(/eyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g, "[token]")
    .replace(/-----BEGIN [A-Z ]{0,40}-----.*/g, "[key]");
}
