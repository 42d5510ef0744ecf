import { inspect } from "node:util";
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
    ["the old form of NSData", "<740f4707 bebcf74f>", /19 characters with another one at index 0/],
    ["a blank at its end", "740f4707 ", /index 8/],
    ["a line break at its end", "740f4707\n", /index 8/],
    ["a character that has a lower-case form in ASCII", "\u212Aa", /index 0/],
    ["no bytes", new Uint8Array(0), /not none/],
    ["nothing", undefined, /not undefined/],
    ["null", null, /not null/],
    ["a number", 740, /not number/],
    ["an ArrayBuffer", new ArrayBuffer(4), /not object/],
  ])("is not %s", (_, token, message) => {
    const error = refusal(token);
    expect(error.message).toMatch(message);
    expect(error).toMatchObject({ code: "ERR_APNS_INVALID_DEVICE_TOKEN", delivery: "unsent" });
  });

  it("is never repeated by the error", () => {
    expect(
      inspect(refusal("740f4707bebcf74f9b7c25d48e3358945f6aa01da5ddb387462c7eaf61bb78axyz")),
    ).not.toContain("740f");
  });

  it("reads the same from its bytes and from their text in either case", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
        const text = Buffer.from(bytes).toString("hex");
        expect(deviceToken(bytes)).toBe(text);
        expect(deviceToken(text.toUpperCase())).toBe(text);
      }),
    );
  });
});
