import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deviceToken, InvalidDeviceToken } from "../src/index.ts";

function refusal(token: unknown): InvalidDeviceToken {
  try {
    deviceToken(token as string);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidDeviceToken);
    return error as InvalidDeviceToken;
  }
  throw new Error("nothing was thrown");
}

describe("a device token", () => {
  it.each([
    ["lower-case text", "00ff10", "00ff10"],
    ["upper-case text", "00FF1A", "00ff1a"],
    ["a single byte", "7f", "7f"],
    ["a Live Activity's 80 bytes", "ab".repeat(80), "ab".repeat(80)],
    ["bytes", new Uint8Array([0, 255, 16]), "00ff10"],
    ["a view on a part of a buffer", new Uint8Array([1, 2, 3, 4]).subarray(1, 3), "0203"],
    ["a Buffer", Buffer.from("abcd", "hex"), "abcd"],
  ])("from %s", (_, token, expected) => {
    expect(deviceToken(token)).toBe(expected);
  });

  it.each<[string, unknown, RegExp]>([
    ["empty text", "", /an empty string/],
    ["text of odd length", "abc", /not 3 of them/],
    ["the old form of NSData", "<740f4707 bebcf74f>", /description of NSData: remove <, > and the blanks/],
    [
      "the new form of NSData",
      "{length = 32, bytes = 0x740f4707 bebcf74f ... 61bb78ad }",
      /leaves bytes out/,
    ],
    [
      "base64",
      Buffer.from("ab".repeat(32), "hex").toString("base64"),
      /base64: use Buffer\.from\(token, "base64"\)/,
    ],
    ["base64 for URLs", Buffer.from("fb".repeat(32), "hex").toString("base64url"), /looks like base64/],
    ["text in quotes", `"${"ab".repeat(32)}"`, /in quotes/],
    ["text with 0x", `0x${"ab".repeat(32)}`, /starts with 0x/],
    ["groups of digits", "740f4707-bebcf74f", /in groups/],
    ["a UUID", "f4121b12-e0bf-3266-f079-d9253e98bf49", /a UUID/],
    ["a token of Firebase", `c1yQ2w8eR-k:APA91b${"x".repeat(120)}`, /Firebase/],
    ["a token of Expo", "ExponentPushToken[xxxxxxxxxxxxxxxxxxxxxx]", /Expo/],
    ["202 digits", "ab".repeat(101), /at most 200 hexadecimal digits; received 202 characters/],
    ["80,000 characters", "x".repeat(80_000), /received 80000 characters$/],
    ["101 bytes", new Uint8Array(101), /at most 100 bytes; received 101/],
    ["the bytes of hexadecimal text", Buffer.from("ab".repeat(32)), /pass them as a string/],
    ["an array of numbers", [116, 15], /not an array: use Uint8Array\.from\(token\)/],
    [
      "a Buffer from JSON",
      JSON.parse(JSON.stringify(Buffer.from("abcd", "hex"))),
      /use Buffer\.from\(token\)/,
    ],
    ["a list of tokens", ["ab".repeat(32)], /sendMany\(\) takes many tokens/],
    ["a blank at its end", "740f4707 ", /index 8/],
    ["a line break at its end", "740f4707\n", /index 8/],
    ["a character that has a lower-case form in ASCII", "\u212Aa", /index 0/],
    ["no bytes", new Uint8Array(0), /not none/],
    ["nothing", undefined, /not undefined/],
    ["null", null, /not null/],
    ["a number", 740, /not number/],
    ["an ArrayBuffer", new ArrayBuffer(4), /not object: use new Uint8Array\(token\)/],
  ])("is not %s", (_, token, message) => {
    const error = refusal(token);
    expect(error.message).toMatch(message);
    expect(error).toMatchObject({ code: "ERR_APNS_INVALID_DEVICE_TOKEN", delivery: "unsent" });
  });

  it.each([
    "740f4707bebcf74f9b7c25d48e3358945f6aa01da5ddb387462c7eaf61bb78axyz",
    "<740f4707 bebcf74f>",
    "740f".repeat(51),
    '"740f4707"',
    Buffer.from("740f4707bebcf74f").toString("base64"),
    ["740f4707bebcf74f"],
    Buffer.from("740f4707bebcf74f"),
  ])("is never repeated by the error: form %#", (token) => {
    expect(inspect(refusal(token))).not.toMatch(/740f|NzQwZ/);
  });

  it("of 100 bytes is the longest", () => {
    expect(deviceToken(new Uint8Array(100))).toBe("00".repeat(100));
    expect(deviceToken("AB".repeat(100))).toBe("ab".repeat(100));
  });

  it("may be bytes of another realm, as under Jest", () => {
    expect(deviceToken(runInNewContext("new Uint8Array([0, 255, 16])"))).toBe("00ff10");
  });

  it("reads the same from its bytes and from their text in either case", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (bytes) => {
        const text = Buffer.from(bytes).toString("hex");
        expect(deviceToken(bytes)).toBe(text);
        expect(deviceToken(text.toUpperCase())).toBe(text);
      }),
    );
  });
});
