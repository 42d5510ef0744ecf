import { describe, expect, test } from "vitest";
import { ClientSession, defaultLimits, type SessionOptions } from "../src/index.ts";

const MOST = 0x7fff_ffff;
type NumberOption = Exclude<keyof SessionOptions, "authority">;

const ranges: readonly (readonly [name: NumberOption, min: number, max: number])[] = [
  ["headerTableSize", 0, 65_536],
  ["encoderTableSize", 0, 65_536],
  ["streamWindow", 65_535, MOST],
  ["connectionWindow", 65_535, MOST],
  ["firstStreamId", 1, MOST],
  ["maxConcurrentStreams", 1, MOST],
  ["maxBodyLength", 0, MOST],
  ["maxHeaderListSize", 256, MOST],
  ["maxHeaderBlockLength", 256, MOST],
  ["maxContinuations", 0, MOST],
  ["maxInterimResponses", 0, MOST],
  ["maxControlFrames", 1, MOST],
];

describe.each(ranges)("%s", (name, min, max) => {
  const open = (value: unknown) => new ClientSession({ authority: "example.com", [name]: value as number });

  test(`takes integers from ${min} to ${max}`, () => {
    expect(() => open(min)).not.toThrow();
    expect(() => open(max)).not.toThrow();
    expect(() => open(undefined)).not.toThrow();
  });

  test("throws a RangeError that names the option and the value received for anything else", () => {
    for (const value of [min - 1, max + 1, min + 0.5, Number.NaN, Number.POSITIVE_INFINITY, "7", {}]) {
      expect(() => open(value)).toThrow(RangeError);
      expect(() => open(value)).toThrow(`${name} must be an integer from ${min} to ${max}, got ${value}`);
    }
  });
});

test("firstStreamId must be odd, since even ids are the server's (RFC 9113 §5.1.1)", () => {
  expect(() => new ClientSession({ authority: "example.com", firstStreamId: 2 })).toThrow(
    new RangeError("firstStreamId must be odd, got 2"),
  );
});

test("the documented defaults", () => {
  expect(defaultLimits).toEqual({
    maxConcurrentStreams: 1_000,
    maxBodyLength: 65_536,
    maxHeaderListSize: 16_384,
    maxHeaderBlockLength: 65_536,
    maxContinuations: 16,
    maxInterimResponses: 16,
    maxControlFrames: 10_000,
  });
  expect(Object.isFrozen(defaultLimits)).toBe(true);
});
