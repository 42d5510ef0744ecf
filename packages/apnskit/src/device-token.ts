import { types } from "node:util";
import { InvalidDeviceToken } from "./errors.ts";

/** The most bytes of a device token ("Registering your app with APNs"); its text has twice as many digits. */
export const DEVICE_TOKEN_LIMIT = 100;

const DIGITS_LIMIT = 2 * DEVICE_TOKEN_LIMIT;
const ASCII = 128;
const isDigit = new Uint8Array(ASCII);
for (const digit of "0123456789abcdef") isDigit[digit.charCodeAt(0)] = 1;
/** This many bytes that are all hexadecimal digits are text: a token looks so once in 10⁸ cases. */
const SHORTEST_TEXT = 16;

/**
 * A device token as in the request's path: lower-case hexadecimal.
 *
 * Accepts any length up to 100 bytes, since Apple asks developers not to assume one ("Registering your app
 * with APNs"). Ordinary tokens have 32 bytes; those of Live Activities and Push to Talk have more.
 *
 * @param token 2 … 200 hexadecimal digits in either case, or the 1 … 100 bytes that the app received
 * @throws InvalidDeviceToken for anything else; the message distinguishes base64, descriptions of NSData and
 *   tokens of other services, and never contains the token
 */
export function deviceToken(token: string | Uint8Array): string {
  if (typeof token === "string") {
    if (token.length > DIGITS_LIMIT) throw new InvalidDeviceToken(tooLong(token));
    if (isHexadecimal(token)) return token;
    const lower = token.toLowerCase();
    if (isHexadecimal(lower)) return lower;
    throw new InvalidDeviceToken(`A device token must be an even number of hexadecimal digits${flaw(token)}`);
  }
  if (types.isUint8Array(token)) return ofBytes(token);
  const type = token === null ? "null" : Array.isArray(token) ? "an array" : typeof token;
  throw new InvalidDeviceToken(
    `A device token must be a string or a Uint8Array, not ${type}${otherTypeHint(token)}`,
  );
}

/**
 * Pairs of digits in lower case, one at least. Every push is checked, and this loop takes half the time of a
 * regular expression.
 */
function isHexadecimal(text: string): boolean {
  const { length } = text;
  if (length === 0 || length % 2 !== 0) return false;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code >= ASCII || isDigit[code] !== 1) return false;
  }
  return true;
}

function ofBytes(token: Uint8Array): string {
  const bytes = Buffer.from(token.buffer, token.byteOffset, token.byteLength);
  if (bytes.length === 0) {
    throw new InvalidDeviceToken("A device token must have at least one byte, not none");
  }
  if (bytes.length >= SHORTEST_TEXT && /^[0-9a-fA-F]+$/.test(bytes.toString("latin1"))) {
    const hint = "pass them as a string, such as bytes.toString()";
    throw new InvalidDeviceToken(
      `The bytes hold the text of hexadecimal digits, not a device token; ${hint}`,
    );
  }
  if (bytes.length > DEVICE_TOKEN_LIMIT) {
    throw new InvalidDeviceToken(
      `A device token must have at most ${DEVICE_TOKEN_LIMIT} bytes; received ${bytes.length}`,
    );
  }
  return bytes.toString("hex");
}

/** Texts that are often mistaken for a token, each with a remedy. The first match counts. */
const MISTAKES: readonly (readonly [looks: RegExp, hint: string])[] = [
  [/^(["'`]).*\1$/s, "this is in quotes: remove them"],
  [
    /^\{ ?length ?= ?\d+/,
    "this is the description of NSData since iOS 13, which leaves bytes out: the app must send its bytes as hexadecimal",
  ],
  [/^<[0-9a-fA-F ]+>$/, "this is the description of NSData: remove <, > and the blanks"],
  [
    /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
    "this is a UUID, such as identifierForVendor, not a token",
  ],
  [/^[0-9a-fA-F]{2,}(?:[ :-][0-9a-fA-F]{2,})+$/, "the digits are in groups: remove what separates them"],
  [/^0x[0-9a-fA-F]+$/i, "this starts with 0x: remove it"],
  [/^\\x[0-9a-fA-F]+$/, "this is the text of PostgreSQL's bytea: remove \\x"],
  [
    /^(?:undefined|null|NaN|\[object \w+\])$/,
    "this is the text of a value that was no token when it was stored",
  ],
  [/^[0-9a-fA-F\p{Cf}]+$/u, "this has invisible characters, such as U+200B: remove them"],
  [/^ExponentPushToken\[/, "this is a token of Expo's push service, not of APNs"],
  [/^[\w-]{8,}:[\w-]{60,}$/, "this is a registration token of Firebase Cloud Messaging, not of APNs"],
  [/^(?:https?:)?\/\//, "this is an address, not a token"],
];

const BASE64 = /^[A-Za-z0-9+/_-]{22,}={0,2}$/;

/** Describes the mistake without any part of the text: tokens stay out of logs. */
function flaw(text: string): string {
  if (text.length === 0) return ", not an empty string";
  const stranger = text.search(/[^0-9a-fA-F]/);
  if (stranger < 0) return `, not ${text.length} of them`;
  const mistake = MISTAKES.find(([looks]) => looks.test(text));
  if (mistake !== undefined) return `; ${mistake[1]}`;
  if (BASE64.test(text)) return '; this looks like base64: use Buffer.from(token, "base64")';
  const received = `, not ${text.length} characters with another one at index ${stranger}`;
  return text.trim() === text
    ? received
    : `${received}: remove blanks and line breaks at the ends with trim()`;
}

function tooLong(text: string): string {
  const hint =
    text.startsWith("ey") && text.includes(".") ? "; this is a JSON Web Token, not a device token" : "";
  return `A device token must have at most ${DIGITS_LIMIT} hexadecimal digits; received ${text.length} characters${hint}`;
}

/** Hints for tokens that went through JSON, and for bytes of another type. */
function otherTypeHint(token: unknown): string {
  if (types.isAnyArrayBuffer(token)) return ": use new Uint8Array(token)";
  if (Array.isArray(token))
    return ": use Uint8Array.from(token) if it holds bytes; sendMany() takes many tokens";
  const { type, data } = (token ?? {}) as { type?: unknown; data?: unknown };
  return type === "Buffer" && Array.isArray(data) ? ": use Buffer.from(token)" : "";
}
