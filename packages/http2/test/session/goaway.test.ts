import { describe, expect, test } from "vitest";
import { data, goaway, headers, octets, rstStream } from "../support/frames.ts";
import { status, status200 } from "../support/header-block.ts";
import { openSession } from "../support/session.ts";

const MOST = 0x7fff_ffff;

test("streams above the last id are given back, those up to it finish (RFC 9113 §6.8)", () => {
  const harness = openSession();
  const streams = harness.posts(4);
  const [event] = harness.receive(goaway(3, 0, '{"reason":"Shutdown"}'));
  expect(event).toMatchObject({
    type: "goaway",
    lastStreamId: 3,
    errorCode: 0,
    debug: '{"reason":"Shutdown"}',
    unprocessed: [streams[2], streams[3]],
  });
  expect(streams.map(({ closed }) => closed)).toEqual([false, false, true, true]);
  expect(harness.session.state).toBe("going-away");
  expect(harness.session.freeStreams).toBe(0);
  expect(harness.session.openStreams).toBe(2);
  expect(harness.told(headers(1, status200), data(1, "a", { endStream: true }))).toHaveLength(1);
  expect(harness.told(rstStream(3, 8))).toEqual(["failure 3 reset code 8"]);
  expect(harness.session.openStreams).toBe(0);
  expect(harness.session.state).toBe("going-away");
});

describe("an answer that has begun means that the request was processed", () => {
  test("GOAWAY below its stream does not give it back: it fails after the event, and is not called unprocessed", () => {
    const harness = openSession();
    const [first, begun, interim, untouched] = harness.posts(4);
    harness.receive(headers(3, status200), headers(5, status(103)));
    const events = harness.receive(goaway(1, 7));
    const failure = { type: "failure", failure: "reset", errorCode: 7, unprocessed: false };
    expect(events).toMatchObject([
      { type: "goaway", lastStreamId: 1, unprocessed: [untouched] },
      { ...failure, stream: begun },
      { ...failure, stream: interim },
    ]);
    expect(events[0]).toHaveProperty("unprocessed.length", 1);
    expect([first, begun, interim, untouched].map((stream) => stream!.closed)).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });

  test("REFUSED_STREAM is believed before the answer begins, and not after", () => {
    const harness = openSession();
    harness.posts(4);
    harness.receive(headers(3, status200), headers(5, status(103)));
    const events = harness.receive(...[1, 3, 5].map((id) => rstStream(id, 7)), rstStream(7, 8));
    expect(events.map((event) => event.type === "failure" && event.unprocessed)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

test("nothing is written in return", () => {
  const harness = openSession();
  harness.posts(2);
  harness.wrote();
  harness.receive(goaway(1));
  expect(harness.wrote()).toEqual([]);
});

test("0 gives everything back", () => {
  const harness = openSession();
  harness.posts(3);
  expect(harness.told(goaway(0, 0))).toEqual(["goaway last 0 code 0 unprocessed [1,3,5] "]);
});

test("2³¹ − 1, then the real id: one graceful shutdown", () => {
  const harness = openSession();
  harness.posts(3);
  expect(harness.told(goaway(MOST))).toEqual([`goaway last ${MOST} code 0 unprocessed [] `]);
  expect(harness.session.freeStreams).toBe(0);
  expect(harness.told(goaway(3))).toEqual(["goaway last 3 code 0 unprocessed [5] "]);
});

test("a second one that names a higher id gives nothing back: what was given up stays so", () => {
  const harness = openSession();
  harness.posts(3);
  harness.receive(goaway(1));
  expect(harness.told(goaway(5))).toEqual(["goaway last 1 code 0 unprocessed [] "]);
});

test("a second one with empty debug data is told as well", () => {
  const harness = openSession();
  expect(harness.told(goaway(0, 0, '{"reason":"BadCertificate"}'), goaway(0, 0))).toEqual([
    'goaway last 0 code 0 unprocessed [] {"reason":"BadCertificate"}',
    "goaway last 0 code 0 unprocessed [] ",
  ]);
});

test("the error code is passed on, registered or not", () => {
  const harness = openSession();
  expect(harness.told(goaway(0, 11), goaway(0, 0xffff_ffff))).toEqual([
    "goaway last 0 code 11 unprocessed [] ",
    "goaway last 0 code 4294967295 unprocessed [] ",
  ]);
});

describe("debug data", () => {
  const debugOf = (bytes: Uint8Array): string => {
    const [event] = openSession().receive(goaway(0, 0, bytes));
    return event?.type === "goaway" ? event.debug : expect.fail("no goaway event");
  };

  test("is read as UTF-8, whatever octets it holds", () => {
    expect(debugOf(Buffer.from("Überlast"))).toBe("Überlast");
    expect(debugOf(Uint8Array.of(0x61, 0xff, 0x62))).toBe("a\ufffdb");
  });

  test("is cut at 4,096 octets", () => {
    expect(debugOf(Buffer.alloc(4_096, "a"))).toHaveLength(4_096);
    expect(debugOf(Buffer.alloc(16_000, "a"))).toBe("a".repeat(4_096));
  });
});

test("late frames for streams that it left out are ignored", () => {
  const harness = openSession();
  harness.posts(2);
  harness.receive(goaway(1));
  expect(
    harness.told(octets(headers(3, status200), data(3, "x", { endStream: true }), rstStream(3, 7))),
  ).toEqual([]);
});
