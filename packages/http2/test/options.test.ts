import { describe, expect, test } from "vitest";
import {
  ApnskitError,
  ClientSession,
  defaultLimits,
  SessionOptionError,
  type SessionOptions,
} from "../src/index.ts";

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
  ["maxRequestHeaderListSize", 256, MOST],
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

  test("refuses anything else with an error that names the option and what was received", () => {
    for (const value of [min - 1, max + 1, min + 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => open(value)).toThrow(
        `${name} must be an integer from ${min} to ${max}; received ${value}`,
      );
    }
    for (const value of ["7", {}, 7n]) {
      const message = `${name} must be an integer from ${min} to ${max}; received a value of type ${typeof value}`;
      expect(() => open(value)).toThrow(new SessionOptionError(name, message.slice(name.length + 1)));
    }
    try {
      open(min - 1);
      expect.fail("accepted");
    } catch (error) {
      expect(error).toBeInstanceOf(ApnskitError);
      expect(error).toMatchObject({ name: "SessionOptionError", code: "ERR_HTTP2_OPTION", option: name });
    }
  });
});

test("firstStreamId must be odd, since even ids are the server's (RFC 9113 §5.1.1)", () => {
  expect(() => new ClientSession({ authority: "example.com", firstStreamId: 2 })).toThrow(
    new SessionOptionError("firstStreamId", "must be odd; received 2"),
  );
});

test("the documented defaults", () => {
  expect(defaultLimits).toEqual({
    maxConcurrentStreams: 1_000,
    maxBodyLength: 65_536,
    maxHeaderListSize: 16_384,
    maxRequestHeaderListSize: 8_192,
    maxHeaderBlockLength: 65_536,
    maxContinuations: 16,
    maxInterimResponses: 16,
    maxControlFrames: 10_000,
  });
  expect(Object.isFrozen(defaultLimits)).toBe(true);
});
