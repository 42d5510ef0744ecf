import { describe, expect, test } from "vitest";
import { Decoder, FieldList } from "../../src/index.ts";
import { goaway, headers, ping, rstStream, SettingId, settings, windowUpdate } from "../support/frames.ts";
import { status200 } from "../support/header-block.ts";
import { type Harness, openSession } from "../support/session.ts";
import { parseFrames } from "../support/wire.ts";

/** What a frame of the server allows leaves after the frame that acknowledges it (RFC 9113 §6.5.3). */

const initialWindow = (size: number) => settings([SettingId.initialWindowSize, size]);

describe("the acknowledgement of SETTINGS leaves before", () => {
  test("the DATA that a raised window allows", () => {
    const harness = openSession({}, [[SettingId.initialWindowSize, 10]]);
    harness.sent(2, 30);
    harness.wrote();
    harness.receive(initialWindow(25));
    expect(harness.wrote()).toEqual(["settings ack", "data 1 15 octets", "data 3 15 octets"]);
  });

  test("the DATA that several SETTINGS and WINDOW_UPDATE frames of one read allow together", () => {
    const harness = openSession({}, [[SettingId.initialWindowSize, 10]]);
    harness.sent(1, 70_000);
    harness.wrote();
    harness.receive(
      initialWindow(20_000),
      windowUpdate(1, 10_000),
      initialWindow(30_000),
      windowUpdate(0, 100_000),
      ping([1, 2, 3, 4, 5, 6, 7, 8]),
      windowUpdate(1, 40_000),
    );
    expect(harness.wrote()).toEqual([
      "settings ack",
      "settings ack",
      "ping ack 0102030405060708",
      ...Array.from({ length: 4 }, () => "data 1 16384 octets"),
      "data 1 END 4454 octets",
    ]);
  });

  test("the requests that a raised limit on streams allows", () => {
    const harness = openSession({}, [[SettingId.maxConcurrentStreams, 1]]);
    harness.sent(1);
    harness.wrote();
    harness.receiveFirst(settings([SettingId.maxConcurrentStreams, 3]));
    harness.posts(2);
    expect(harness.wrote().map((line) => line.replace(/ \d+ octets/, ""))).toEqual([
      "settings ack",
      "headers 3 END",
      "headers 5 END",
    ]);
  });

  test("a longer HEADERS frame than was allowed before", () => {
    const harness = openSession({ maxRequestHeaderListSize: 100_000 });
    const ownFields = FieldList.from([["x-long", "v".repeat(20_000)]], () => "literal");
    harness.post({ ownFields });
    harness.receiveFirst(settings([SettingId.maxFrameSize, 30_000]));
    const [first, second, ...others] = parseFrames(harness.take());
    expect(first).toMatchObject({ type: "settings", flags: 1 });
    expect(second!.type).toBe("headers");
    expect(second!.payload.length).toBeGreaterThan(20_000);
    expect(others).toEqual([]);
  });

  test("the header block that uses a larger table, or announces a smaller one (RFC 7541 §4.2)", () => {
    const harness = openSession();
    const sharedFields = FieldList.from([["apns-topic", "com.example.app"]], () => "indexed");
    const decoder = new Decoder(1_000);
    const next = (size: number) => {
      harness.post({ sharedFields });
      // The request was made before: its block is encoded behind the acknowledgement all the same.
      harness.receiveFirst(settings([SettingId.headerTableSize, size]));
      const [ack, block] = parseFrames(harness.take());
      expect([ack!.type, block!.type]).toEqual(["settings", "headers"]);
      decoder.limitTable(size);
      expect(decoder.decode(block!.payload, 0, block!.payload.length)).toContain("com.example.app");
      return block!.payload[0]! >> 5;
    };
    expect([next(0), next(4_096), next(100)]).toEqual([1, 1, 1]);
  });
});

describe("what the server has lowered holds for what has not left", () => {
  test("a window: DATA that would have fitted before waits", () => {
    const harness = openSession();
    harness.post({ length: 100 });
    harness.receiveFirst(initialWindow(0));
    expect(harness.wrote().map((line) => line.split(" ")[0])).toEqual(["settings", "headers"]);
    harness.receive(initialWindow(1_000));
    expect(harness.wrote()).toEqual(["settings ack", "data 1 END 100 octets"]);
  });

  test("the limit on streams: requests wait until streams have ended", () => {
    const harness = openSession();
    const [first] = harness.sent(1);
    harness.wrote();
    harness.posts(2);
    harness.receiveFirst(settings([SettingId.maxConcurrentStreams, 1]));
    expect(harness.wrote()).toEqual(["settings ack"]);
    harness.session.reset(first!);
    expect(harness.wrote().map((line) => line.replace(/ \d+ octets/, ""))).toEqual([
      "rstStream 1 code 8",
      "headers 3 END",
    ]);
  });

  test("the size of header lists: a request that is too large now is given back as unprocessed", () => {
    const harness = openSession();
    const fits = harness.post();
    const ownFields = FieldList.from([["x", "v".repeat(500)]], () => "literal");
    const large = harness.post({ ownFields });
    const events = harness.receiveFirst(settings([SettingId.maxHeaderListSize, 300]));
    expect(events).toMatchObject([
      { type: "failure", stream: large, failure: "reset", errorCode: 7, unprocessed: true },
      { type: "settings" },
    ]);
    expect(harness.wrote().map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "settings ack",
      `headers ${fits.id}`,
    ]);
    expect(harness.session.openStreams).toBe(1);
  });
});

test("no stream is opened after GOAWAY, whatever id it names: requests of which nothing has left are given back", () => {
  const harness = openSession();
  const [written] = harness.sent(1);
  harness.wrote();
  const unwritten = harness.posts(2, 10);
  const [event] = harness.receiveFirst(goaway(0x7fff_ffff));
  expect(event).toMatchObject({ type: "goaway", unprocessed: unwritten });
  expect(harness.wrote()).toEqual([]);
  expect([written!.closed, harness.session.openStreams]).toEqual([false, 1]);
});

test("answers to the server's PING and SETTINGS keep their order", () => {
  const harness = openSession();
  harness.receive(ping([1, 0, 0, 0, 0, 0, 0, 0]), settings(), ping([2, 0, 0, 0, 0, 0, 0, 0]), settings());
  expect(harness.wrote()).toEqual([
    "ping ack 0100000000000000",
    "settings ack",
    "ping ack 0200000000000000",
    "settings ack",
  ]);
});

test("a frame on a stream that has not left is an error: the server cannot know of the stream", () => {
  for (const frame of [windowUpdate(1, 5), headers(1, status200, { endStream: true }), rstStream(1, 7)]) {
    const harness: Harness = openSession();
    harness.post();
    expect(harness.receiveFirst(frame)).toMatchObject([{ type: "error", error: { errorCode: 1 } }]);
  }
});
