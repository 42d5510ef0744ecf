import { describe, expect, test } from "vitest";
import { Decoder, FieldList } from "../../src/index.ts";
import { frame, goaway, headers, SettingId, settings, settingsAck } from "../support/frames.ts";
import { status200 } from "../support/header-block.ts";
import { openSession } from "../support/session.ts";
import { parseFrames } from "../support/wire.ts";

test("every SETTINGS frame is acknowledged, once and in order (RFC 9113 §6.5.3)", () => {
  const harness = openSession();
  expect(harness.told(settings(), settings([SettingId.maxConcurrentStreams, 5]), settings())).toEqual([
    "settings",
    "settings",
    "settings",
  ]);
  expect(harness.wrote()).toEqual(["settings ack", "settings ack", "settings ack"]);
});

test("an acknowledgement is not acknowledged, and is no event", () => {
  const harness = openSession();
  expect(harness.told(settingsAck)).toEqual([]);
  expect(harness.wrote()).toEqual([]);
});

test.each([
  ["ENABLE_PUSH 1", [SettingId.enablePush, 1], 1],
  ["INITIAL_WINDOW_SIZE 2³¹", [SettingId.initialWindowSize, 0x8000_0000], 3],
  ["MAX_FRAME_SIZE 16,383", [SettingId.maxFrameSize, 16_383], 1],
  ["MAX_FRAME_SIZE 2²⁴", [SettingId.maxFrameSize, 0x100_0000], 1],
] as const)("%s ends the connection and is not acknowledged", (_, entry, code) => {
  const harness = openSession();
  expect(harness.told(settings(entry))).toEqual([`error code ${code}`]);
  expect(harness.wrote()).toEqual([`goaway last 0 code ${code}`]);
});

test("settings are followed while the session is going away", () => {
  const harness = openSession();
  harness.post({ length: 70_000 });
  harness.receive(goaway(1));
  harness.wrote();
  expect(harness.told(settings([SettingId.initialWindowSize, 70_000]))).toEqual(["settings"]);
  expect(harness.wrote()).toEqual(["settings ack"]);
  expect(harness.session.remoteSettings.initialWindowSize).toBe(70_000);
});

describe("the limit on streams (RFC 9113 §5.1.2)", () => {
  const limit = (value: number) => settings([SettingId.maxConcurrentStreams, value]);

  test("1, 1000, 1, 0, 100: room follows every change, up as well as down", () => {
    const harness = openSession({}, [[SettingId.maxConcurrentStreams, 1]]);
    const { session } = harness;
    expect(session.freeStreams).toBe(1);
    harness.post();
    expect(session.freeStreams).toBe(0);
    harness.receive(limit(1_000));
    expect(session.freeStreams).toBe(999);
    harness.posts(10);
    harness.receive(limit(1));
    expect(session.freeStreams).toBe(0);
    expect(session.openStreams).toBe(11);
    harness.receive(limit(0));
    expect(session.freeStreams).toBe(0);
    // Streams above a lowered limit still finish.
    for (let id = 1; id <= 21; id += 2) {
      expect(harness.told(headers(id, status200, { endStream: true }))).toHaveLength(1);
    }
    expect(session.openStreams).toBe(0);
    expect(session.freeStreams).toBe(0);
    harness.receive(limit(100));
    expect(session.freeStreams).toBe(100);
  });

  test("this end's own limit holds when the peer allows more", () => {
    const harness = openSession({ maxConcurrentStreams: 3 }, [[SettingId.maxConcurrentStreams, 0xffff_ffff]]);
    expect(harness.session.freeStreams).toBe(3);
    harness.posts(3);
    expect(() => harness.post()).toThrow("no stream is free");
  });

  test("every way in which a stream ends frees its slot", () => {
    const harness = openSession({}, [[SettingId.maxConcurrentStreams, 4]]);
    const [, second] = harness.posts(4);
    expect(harness.session.freeStreams).toBe(0);
    harness.receive(headers(1, status200, { endStream: true }));
    harness.session.reset(second!);
    harness.receive(frame(3, 0, 5, [0, 0, 0, 7]));
    harness.receive(headers(7, [0x80 | 2]));
    expect(harness.session.freeStreams).toBe(4);
    expect(harness.session.openStreams).toBe(0);
  });
});

describe("the peer's header table (RFC 9113 §4.3.1, RFC 7541 §4.2)", () => {
  const shared = FieldList.from([["apns-topic", "com.example.app"]], () => "indexed");

  /** The first octets of the header block of the next request. */
  function nextBlock(harness: ReturnType<typeof openSession>): Buffer {
    harness.post({ sharedFields: shared });
    return parseFrames(harness.session.takeOutput()).find(({ type }) => type === "headers")!.payload;
  }

  test("a lowered size is taken up at the start of the next block", () => {
    const harness = openSession();
    nextBlock(harness);
    harness.receive(settings([SettingId.headerTableSize, 0]));
    harness.wrote();
    expect(nextBlock(harness)[0]).toBe(0x20);
    expect(nextBlock(harness)[0]! & 0xe0).not.toBe(0x20);
  });

  test("so is one that the same frame takes back", () => {
    const harness = openSession();
    const decoder = new Decoder(1_000);
    const first = nextBlock(harness);
    decoder.decode(first, 0, first.length);
    harness.receive(settings([SettingId.headerTableSize, 0], [SettingId.headerTableSize, 4_096]));
    harness.wrote();
    const second = nextBlock(harness);
    expect(second.toString("hex", 0, 4)).toBe("203fe11f");
    expect(decoder.decode(second, 0, second.length)).toContain("com.example.app");
  });

  test("so is one below the encoder's own smaller table", () => {
    const harness = openSession({ encoderTableSize: 256 }, [[SettingId.headerTableSize, 64]]);
    expect(nextBlock(harness).toString("hex", 0, 2)).toBe("3f21");
  });

  test("a smaller table of the encoder's own is announced, since the peer expects 4,096 octets", () => {
    const harness = openSession({ encoderTableSize: 0 });
    expect(nextBlock(harness)[0]).toBe(0x20);
  });
});
