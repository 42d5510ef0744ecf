import { describe, expect, test } from "vitest";
import { ErrorCode, ProtocolError } from "../src/index.ts";
import { applySettings, defaultSettings } from "../src/settings.ts";
import { SettingId, settings } from "./support/frames.ts";

/** Applies one SETTINGS frame to the defaults. */
function apply(...entries: readonly (readonly [id: number, value: number])[]) {
  const remote = { ...defaultSettings };
  const frame = settings(...entries);
  const smallestTable = applySettings(remote, frame, 9, frame.length);
  return { remote, smallestTable };
}

function refusal(id: number, value: number): number {
  try {
    apply([id, value]);
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return (error as ProtocolError).errorCode;
  }
  return expect.fail(`${id} = ${value} was accepted`);
}

const MOST = 0xffff_ffff;

describe("values that RFC 9113 §6.5.2 allows", () => {
  test.each([
    ["headerTableSize", SettingId.headerTableSize, [0, 1, 4_096, MOST]],
    ["maxConcurrentStreams", SettingId.maxConcurrentStreams, [0, 1, 1_000, MOST]],
    ["initialWindowSize", SettingId.initialWindowSize, [0, 65_535, 0x7fff_ffff]],
    ["maxFrameSize", SettingId.maxFrameSize, [16_384, 65_536, 0xff_ffff]],
    ["maxHeaderListSize", SettingId.maxHeaderListSize, [0, 8_000, MOST]],
  ] as const)("%s", (name, id, values) => {
    for (const value of values)
      expect(apply([id, value]).remote).toEqual({ ...defaultSettings, [name]: value });
  });
});

describe("values that it does not allow", () => {
  test("ENABLE_PUSH may be 0 only, from a server", () => {
    expect(apply([SettingId.enablePush, 0]).remote).toEqual(defaultSettings);
    for (const value of [1, 2, MOST])
      expect(refusal(SettingId.enablePush, value)).toBe(ErrorCode.PROTOCOL_ERROR);
  });

  test("INITIAL_WINDOW_SIZE over 2³¹ − 1", () => {
    for (const value of [0x8000_0000, MOST]) {
      expect(refusal(SettingId.initialWindowSize, value)).toBe(ErrorCode.FLOW_CONTROL_ERROR);
    }
  });

  test("MAX_FRAME_SIZE under 2¹⁴ or over 2²⁴ − 1", () => {
    for (const value of [0, 16_383, 0x100_0000, MOST]) {
      expect(refusal(SettingId.maxFrameSize, value)).toBe(ErrorCode.PROTOCOL_ERROR);
    }
  });
});

test("unknown settings are ignored", () => {
  expect(apply([0, 1], [7, MOST], [8, 1], [255, 1]).remote).toEqual(defaultSettings);
});

test("of a setting that comes twice the last value holds (RFC 9113 §6.5.3)", () => {
  const { maxConcurrentStreams, headerTableSize } = SettingId;
  expect(apply([maxConcurrentStreams, 1], [headerTableSize, 7], [maxConcurrentStreams, 9]).remote).toEqual({
    ...defaultSettings,
    maxConcurrentStreams: 9,
    headerTableSize: 7,
  });
});

test("the smallest table size on the way is told, since an encoder must acknowledge it", () => {
  const { headerTableSize, maxFrameSize } = SettingId;
  expect(apply([headerTableSize, 100], [headerTableSize, 0], [headerTableSize, 4_096]).smallestTable).toBe(0);
  expect(apply([headerTableSize, 8_192]).smallestTable).toBe(8_192);
  expect(apply([maxFrameSize, 16_384]).smallestTable).toBe(4_096);
});
