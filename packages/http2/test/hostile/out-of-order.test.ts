import { describe, expect, test } from "vitest";
import {
  continuation,
  data,
  goaway,
  headers,
  pushPromise,
  rstStream,
  settings,
  windowUpdate,
} from "../support/frames.ts";
import { status200 } from "../support/header-block.ts";
import { openSession } from "../support/session.ts";

/** One octet sequence that the server sends while stream 1 waits, and how the connection ends. */
const connectionErrors: [name: string, bytes: Uint8Array, code: number][] = [
  ["DATA on an idle stream", data(3, "x"), 1],
  ["answer to a stream that was never opened", headers(99, status200, { endStream: true }), 1],
  ["answer to an even stream", headers(2, status200), 1],
  ["RST_STREAM on an idle stream", rstStream(99, 0), 1],
  ["WINDOW_UPDATE on an idle stream", windowUpdate(99, 1), 1],
  ["PUSH_PROMISE", pushPromise(1, 2, status200), 1],
  ["PUSH_PROMISE on an idle stream", pushPromise(99, 2, status200), 1],
  ["CONTINUATION out of nowhere", continuation(1, status200), 1],
  ["window overflow of the connection", windowUpdate(0, 0x7fff_ffff), 3],
  [
    "window overflow through SETTINGS",
    Buffer.concat([windowUpdate(1, 0x7fff_0000), settings([4, 0x7fff_ffff])]),
    3,
  ],
];

test.each(connectionErrors)(
  "%s ends the connection; requests are not lost, the caller gets them back",
  (_, bytes, code) => {
    const harness = openSession();
    const stream = harness.post();
    harness.wrote();
    expect(harness.told(bytes)).toEqual([`error code ${code}`]);
    expect(harness.wrote()).toEqual([`goaway last 0 code ${code}`]);
    expect(harness.session.abandon()).toEqual([stream]);
  },
);

test("DATA without HEADERS costs the server its stream, not the connection", () => {
  const harness = openSession();
  harness.posts(2);
  harness.wrote();
  expect(harness.told(data(1, "x", { endStream: true }))).toEqual(["failure 1 malformed code 1"]);
  expect(harness.wrote()).toEqual(["rstStream 1 code 1"]);
  expect(harness.told(headers(3, status200, { endStream: true }))).toEqual(["response 3 200 body "]);
});

test("window overflow of a stream costs the server its stream", () => {
  const harness = openSession();
  harness.posts(2);
  harness.wrote();
  expect(harness.told(windowUpdate(1, 0x7fff_ffff))).toEqual(["failure 1 flow-control code 3"]);
  expect(harness.wrote()).toEqual(["rstStream 1 code 3"]);
  expect(harness.session.state).toBe("open");
});

describe("compressed garbage after GOAWAY", () => {
  test("ends the connection with COMPRESSION_ERROR, on a stream that was spared and on one that was not", () => {
    for (const id of [1, 3]) {
      const harness = openSession();
      harness.posts(2);
      harness.receive(goaway(1));
      harness.wrote();
      expect(harness.told(headers(id, [0xff, 0xff, 0xff, 0xff, 0xff]))).toEqual(["error code 9"]);
      expect(harness.wrote()).toEqual(["goaway last 0 code 9"]);
    }
  });
});

test("plain garbage never gets past the frame reader or the stream rules", () => {
  // A fixed pattern of all octets, begun at each of them.
  const pattern = Buffer.from(Array.from({ length: 2_048 }, (_, i) => (i * 167 + (i >> 8) * 13) & 0xff));
  for (let from = 0; from < 256; from++) {
    const harness = openSession();
    harness.post();
    const told = harness.told(pattern.subarray(from));
    expect(told.filter((line) => line.startsWith("response"))).toEqual([]);
  }
});
