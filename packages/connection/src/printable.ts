const LONGEST = 200;
/** Control characters (C0, C1), line separators, invisible format characters, halves of surrogate pairs. */
const control = /[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Cs}]+/gu;

/** Text from outside as data: without control characters, and cut. For messages and logs there is {@link printable}. */
export function withoutControls(text: string, longest = LONGEST): string {
  return text.slice(0, longest).replace(control, " ").trim();
}

/**
 * Text from outside, made fit for messages and logs: one line, no control characters (C0, C1, line separators), cut, and
 * without anything that looks like a credential or a device token.
 */
export function printable(text: string, longest = LONGEST): string {
  // Cut first: a server may send a megabyte.
  const cut = text.length > longest * 4 ? text.slice(0, longest * 4) : text;
  const clean = cut
    .replace(control, " ")
    .replace(/\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g, "[token]")
    .replace(/-----BEGIN [A-Z ]{0,40}-----.*/g, "[key]")
    .replace(/[0-9a-f]{32,}/gi, (hex) => `${hex.slice(0, 8)}…`)
    .trim();
  return clean.length > longest ? `${clean.slice(0, longest - 1)}…` : clean;
}
