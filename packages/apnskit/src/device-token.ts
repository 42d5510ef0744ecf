import { InvalidDeviceToken } from "./errors.ts";

const HEX_PAIRS = /^(?:[0-9a-f]{2})+$/;

/**
 * A device token in the form in which it stands in the request's path: lower-case hexadecimal.
 *
 * Any length is taken, since Apple asks not to assume one ("Registering your app with APNs"): ordinary tokens have 32
 * bytes, those of Live Activities and Push to Talk more.
 *
 * @param token hexadecimal text in either case, or the bytes that the app received
 * @throws InvalidDeviceToken when it is empty, of odd length, or holds anything but hexadecimal digits
 */
export function deviceToken(token: string | Uint8Array): string {
  if (typeof token === "string") {
    if (HEX_PAIRS.test(token)) return token;
    const lower = token.toLowerCase();
    if (HEX_PAIRS.test(lower)) return lower;
    throw new InvalidDeviceToken(
      `A device token is an even number of hexadecimal digits, not ${flaw(token)}`,
    );
  }
  if (token instanceof Uint8Array) {
    if (token.length === 0) throw new InvalidDeviceToken("A device token has at least one byte, not none");
    return Buffer.from(token.buffer, token.byteOffset, token.byteLength).toString("hex");
  }
  throw new InvalidDeviceToken(
    `A device token is a string or a Uint8Array, not ${token === null ? "null" : typeof token}`,
  );
}

/** What is wrong with the text, without a part of it: tokens stay out of logs. */
function flaw(text: string): string {
  if (text.length === 0) return "an empty string";
  const stranger = text.search(/[^0-9a-fA-F]/);
  return stranger >= 0
    ? `${text.length} characters with another one at index ${stranger}`
    : `${text.length} of them`;
}
