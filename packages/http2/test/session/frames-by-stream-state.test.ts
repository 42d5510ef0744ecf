import { describe, expect, test } from "vitest";
import {
  continuation,
  data,
  frame,
  goaway,
  headers,
  octets,
  ping,
  priority,
  pushPromise,
  rstStream,
  settings,
  windowUpdate,
} from "../support/frames.ts";
import { status200 } from "../support/header-block.ts";
import { type Harness, openSession } from "../support/session.ts";

/**
 * Every frame type on a stream in every state, as RFC 9113 §5.1 and §6 have it. `ignored` means no event and no octet
 * written; `error N` a connection error with that code; the rest is what `describeEvent` makes of the event.
 */

const onStream = (type: number, flags: number, id: number, payload: Uint8Array) => {
  const bytes = frame(type, flags, 0, payload);
  bytes.writeUInt32BE(id, 5);
  return bytes;
};

const frames: Record<string, (id: number) => Uint8Array> = {
  DATA: (id) => data(id, "x"),
  HEADERS: (id) => headers(id, status200),
  PRIORITY: (id) => priority(id),
  RST_STREAM: (id) => rstStream(id, 2),
  SETTINGS: (id) => onStream(4, 0, id, new Uint8Array(0)),
  PUSH_PROMISE: (id) => pushPromise(id, 2, status200),
  PING: (id) => onStream(6, 1, id, Buffer.from([0, 0, 0, 0, 0, 0, 0, 7])),
  GOAWAY: (id) => onStream(7, 0, id, goaway(0x7fff_ffff).subarray(9)),
  WINDOW_UPDATE: (id) => windowUpdate(id, 1),
  CONTINUATION: (id) => continuation(id, status200),
  unknown: (id) => frame(0x55, 0xff, id, [1, 2, 3]),
};

/** Brings a session to the state; returns the id of the stream that is in it. */
const states: Record<string, (harness: Harness) => number> = {
  "no stream (id 0)": () => 0,
  "idle, an id that the client has not used": () => 1,
  "idle, an id of the server's": () => 2,
  "idle, an id of the server's between those of the client": (harness) => {
    harness.posts(2);
    return 2;
  },
  "idle, behind an open one": (harness) => {
    harness.post();
    return 3;
  },
  open: (harness) => harness.post({ length: 100_000 }).id,
  "half-closed (local)": (harness) => harness.post().id,
  "half-closed (local), header section received": (harness) => {
    harness.post();
    harness.receive(headers(1, status200));
    return 1;
  },
  "closed by the server's END_STREAM": (harness) => {
    harness.post();
    harness.receive(headers(1, status200, { endStream: true }));
    return 1;
  },
  "closed by the server's RST_STREAM": (harness) => {
    harness.post();
    harness.receive(rstStream(1, 8));
    return 1;
  },
  "closed by this end's RST_STREAM": (harness) => {
    harness.session.reset(harness.sent(1)[0]!);
    return 1;
  },
  "closed by GOAWAY": (harness) => {
    harness.posts(2);
    harness.receive(goaway(1));
    return 3;
  },
};

const connectionError = Object.fromEntries(Object.keys(frames).map((name) => [name, "error 1"]));
const goawayTold = "goaway last 2147483647 code 0 unprocessed [] ";
const onAnyStream = { ...connectionError, PRIORITY: "ignored", unknown: "ignored" };
const ignored = { ...onAnyStream, WINDOW_UPDATE: "ignored", RST_STREAM: "ignored" };
const open = {
  ...onAnyStream,
  DATA: "failure 1 malformed code 1",
  HEADERS: "ignored",
  RST_STREAM: "failure 1 reset code 2",
  WINDOW_UPDATE: "ignored",
};
const ended = { ...ignored, DATA: "error 5", HEADERS: "error 5" };
const late = { ...ignored, DATA: "ignored", HEADERS: "ignored" };

const expected: Record<string, Record<string, string>> = {
  "no stream (id 0)": {
    ...connectionError,
    SETTINGS: "settings",
    // An answer that nobody asked for.
    PING: "ignored",
    GOAWAY: goawayTold,
    WINDOW_UPDATE: "ignored",
    unknown: "ignored",
  },
  "idle, an id that the client has not used": onAnyStream,
  "idle, an id of the server's": onAnyStream,
  "idle, an id of the server's between those of the client": onAnyStream,
  "idle, behind an open one": onAnyStream,
  open,
  "half-closed (local)": open,
  "half-closed (local), header section received": {
    ...open,
    DATA: "ignored",
    HEADERS: "failure 1 malformed code 1",
  },
  "closed by the server's END_STREAM": ended,
  "closed by the server's RST_STREAM": ended,
  "closed by this end's RST_STREAM": late,
  "closed by GOAWAY": late,
};

describe.each(Object.keys(states))("%s", (state) => {
  test.each(Object.keys(frames))("%s", (type) => {
    const harness = openSession();
    const id = states[state]!(harness);
    harness.wrote();
    const told = harness.told(frames[type]!(id));
    const wrote = harness.wrote();
    const outcome = expected[state]![type]!;
    if (outcome === "ignored") {
      expect(told).toEqual([]);
      expect(wrote).toEqual([]);
    } else if (outcome.startsWith("error")) {
      const code = outcome.split(" ")[1];
      expect(told).toEqual([`error code ${code}`]);
      expect(wrote).toEqual([`goaway last 0 code ${code}`]);
      expect(harness.session.state).toBe("closed");
    } else {
      expect(told).toEqual([outcome]);
      if (outcome.startsWith("failure 1 malformed")) expect(wrote).toEqual(["rstStream 1 code 1"]);
      // The answer to a reset is no reset (RFC 9113 §5.4.2).
      if (outcome.startsWith("failure 1 reset")) expect(wrote).toEqual([]);
    }
  });
});

describe("frames of a wrong length (RFC 9113 §4.2, §6) are FRAME_SIZE_ERROR", () => {
  const cases: [string, Uint8Array][] = [
    ["DATA that is padded, without a pad length", frame(0, 8, 1)],
    ["HEADERS that is padded, without a pad length", frame(1, 0xc, 1)],
    ["HEADERS without room for its priority fields", frame(1, 0x24, 1, [0, 0, 0, 0])],
    ["HEADERS without room for pad length and priority fields", frame(1, 0x2c, 1, [0, 0, 0, 0, 0])],
    ["PRIORITY of 4 octets", frame(2, 0, 1, [0, 0, 0, 0])],
    ["PRIORITY of 6 octets", frame(2, 0, 1, [0, 0, 0, 0, 0, 0])],
    ["RST_STREAM of 3 octets", frame(3, 0, 1, [0, 0, 0])],
    ["RST_STREAM of 5 octets", frame(3, 0, 1, [0, 0, 0, 0, 0])],
    ["SETTINGS of 5 octets", frame(4, 0, 0, [0, 3, 0, 0, 0])],
    ["SETTINGS of 7 octets", frame(4, 0, 0, [0, 3, 0, 0, 0, 1, 0])],
    ["SETTINGS with ACK that is not empty", frame(4, 1, 0, [0, 3, 0, 0, 0, 1])],
    ["PING of 7 octets", frame(6, 0, 0, [0, 0, 0, 0, 0, 0, 0])],
    ["PING of 9 octets", frame(6, 1, 0, [0, 0, 0, 0, 0, 0, 0, 0, 0])],
    ["GOAWAY of 7 octets", frame(7, 0, 0, [0, 0, 0, 0, 0, 0, 0])],
    ["WINDOW_UPDATE of 3 octets", frame(8, 0, 0, [0, 0, 1])],
    ["WINDOW_UPDATE of 5 octets", frame(8, 0, 1, [0, 0, 0, 0, 1])],
  ];
  test.each(cases)("%s", (_, bytes) => {
    const harness = openSession();
    harness.post();
    harness.wrote();
    expect(harness.told(bytes)).toEqual(["error code 6"]);
    expect(harness.wrote()).toEqual(["goaway last 0 code 6"]);
  });
});

describe("padding as long as the frame or longer (RFC 9113 §6.1, §6.2) is PROTOCOL_ERROR", () => {
  const cases: [string, Uint8Array][] = [
    ["DATA, one octet too much", frame(0, 8, 1, [3, 1, 2])],
    ["DATA, all that can be written", frame(0, 8, 1, [255, 1, 2])],
    ["HEADERS, one octet too much", frame(1, 0xc, 1, [2, 0x88])],
    ["HEADERS with priority fields", frame(1, 0x2c, 1, [1, 0, 0, 0, 0, 0])],
  ];
  test.each(cases)("%s", (_, bytes) => {
    const harness = openSession();
    harness.post();
    expect(harness.told(bytes)).toEqual(["error code 1"]);
  });
});

test("flags that a frame type does not define are ignored (RFC 9113 §4.1)", () => {
  const harness = openSession();
  harness.post();
  expect(harness.told(frame(8, 0xff, 0, [0, 0, 0, 1]), frame(3, 0xff, 1, [0, 0, 0, 8]))).toEqual([
    "failure 1 reset code 8",
  ]);
  expect(harness.told(frame(6, 0xfe, 0, new Uint8Array(8)), frame(4, 0xfe, 0))).toEqual(["settings"]);
});

test("reserved bits of ids and increments are ignored (RFC 9113 §6.8, §6.9)", () => {
  const harness = openSession();
  harness.posts(2);
  const window = harness.session.sendWindow;
  expect(harness.told(frame(8, 0, 0, [0x80, 0, 0, 5]))).toEqual([]);
  expect(harness.session.sendWindow).toBe(window + 5);
  expect(harness.told(frame(7, 0, 0, [0x80, 0, 0, 1, 0, 0, 0, 0]))).toEqual([
    "goaway last 1 code 0 unprocessed [3] ",
  ]);
});

test("after a connection error nothing more is taken, and nothing more written", () => {
  const harness = openSession();
  harness.post();
  harness.wrote();
  expect(harness.told(data(0, "x"), headers(1, status200, { endStream: true }))).toEqual(["error code 1"]);
  expect(harness.wrote()).toEqual(["goaway last 0 code 1"]);
  expect(harness.told(octets(ping(), settings(), data(0, "x")))).toEqual([]);
  harness.session.ping(1);
  expect(harness.wrote()).toEqual([]);
});

test("events before a connection error are told, the error last", () => {
  const harness = openSession();
  harness.post();
  expect(harness.told(settings(), headers(1, status200, { endStream: true }), data(1, "x"))).toEqual([
    "settings",
    "response 1 200 body ",
    "error code 5",
  ]);
});
