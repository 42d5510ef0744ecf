import { describe, expect, test } from "vitest";
import {
  continuation,
  data,
  frame,
  goaway,
  headers,
  octets,
  ping,
  rstStream,
  settings,
  windowUpdate,
} from "../support/frames.ts";
import { block, incremental, indexed, status200 } from "../support/header-block.ts";
import { openSession } from "../support/session.ts";

const head = octets(status200, block(["apns-id", "0123456789"]));

test("a header block may be cut into CONTINUATION frames anywhere (RFC 9113 §4.3)", () => {
  for (let cut = 0; cut <= head.length; cut++) {
    const harness = openSession();
    const stream = harness.post();
    expect(
      harness.told(
        headers(1, head.subarray(0, cut), { endHeaders: false, endStream: true }),
        continuation(1, head.subarray(cut)),
      ),
    ).toEqual(["response 1 200 body "]);
    expect(stream.fields).toEqual([":status", "200", "apns-id", "0123456789"]);
  }
});

test("END_STREAM of the HEADERS frame takes effect after the last CONTINUATION", () => {
  const harness = openSession();
  harness.post();
  expect(harness.told(headers(1, head, { endHeaders: false, endStream: true }))).toEqual([]);
  expect(harness.told(continuation(1, "", false))).toEqual([]);
  expect(harness.told(continuation(1, ""))).toEqual(["response 1 200 body "]);
});

test("padding of the first frame does not get into the block", () => {
  const harness = openSession();
  harness.post();
  expect(
    harness.told(
      headers(1, head.subarray(0, 4), { endHeaders: false, padding: 5, priority: true }),
      continuation(1, head.subarray(4)),
      data(1, "", { endStream: true }),
    ),
  ).toEqual(["response 1 200 body "]);
});

describe("while a header block is open, any frame but its CONTINUATION is PROTOCOL_ERROR (RFC 9113 §4.3, §6.10)", () => {
  const intruders: [string, Uint8Array][] = [
    ["DATA of the same stream", data(1, "x")],
    ["HEADERS of the same stream", headers(1, head)],
    ["HEADERS of another stream", headers(3, head)],
    ["CONTINUATION of another stream", continuation(3, head)],
    ["CONTINUATION without a stream", continuation(0, head)],
    ["RST_STREAM", rstStream(1, 0)],
    ["SETTINGS", settings()],
    ["PING", ping()],
    ["GOAWAY", goaway(1)],
    ["WINDOW_UPDATE", windowUpdate(0, 1)],
    ["an unknown frame", frame(0x77, 0, 0)],
  ];
  test.each(intruders)("%s", (_, bytes) => {
    const harness = openSession();
    harness.posts(2);
    harness.wrote();
    expect(harness.told(headers(1, head.subarray(0, 4), { endHeaders: false }), bytes)).toEqual([
      "error code 1",
    ]);
    expect(harness.wrote()).toEqual(["goaway last 0 code 1"]);
  });
});

test("CONTINUATION after a block that has ended is PROTOCOL_ERROR", () => {
  const harness = openSession();
  harness.post();
  expect(harness.told(headers(1, head), continuation(1, ""))).toEqual(["error code 1"]);
});

test("a block that is no HPACK is COMPRESSION_ERROR for the connection (RFC 9113 §4.3)", () => {
  for (const bad of [[0x80], [0xff, 0xff], [0x40, 0x85, 0x00]]) {
    const harness = openSession();
    harness.post();
    harness.wrote();
    expect(harness.told(headers(1, bad))).toEqual(["error code 9"]);
    expect(harness.wrote()).toEqual(["goaway last 0 code 9"]);
  }
});

test("a block for a stream that is not waited for any more still changes the table (RFC 9113 §4.3)", () => {
  const harness = openSession();
  const [first, second, third] = harness.sent(3);
  harness.session.reset(first!);
  harness.receive(headers(1, octets(status200, incremental("x-a", "1")), { endStream: true }));
  harness.receive(headers(3, octets(status200, indexed(62)), { endStream: true }));
  expect(second!.fields).toEqual([":status", "200", "x-a", "1"]);
  harness.receive(
    headers(5, octets(status200, indexed(62), incremental("bad name", "1")), { endStream: true }),
  );
  const next = harness.post();
  harness.receive(headers(next.id, octets(status200, indexed(62 + 1)), { endStream: true }));
  expect(third!.status).toBe(0);
  expect(next.fields).toEqual([":status", "200", "x-a", "1"]);
});

test("a block for a stream that is not waited for any more must be HPACK all the same", () => {
  const harness = openSession();
  harness.session.reset(harness.sent(1)[0]!);
  expect(harness.told(headers(1, [0x80]))).toEqual(["error code 9"]);
});

test("the table size that this end announced holds once the peer has acknowledged it", () => {
  const harness = openSession({ headerTableSize: 0 });
  harness.posts(3);
  // Not acknowledged yet: the table has its initial 4,096 octets.
  expect(
    harness.told(headers(1, octets(status200, incremental("x-a", "1")), { endStream: true })),
  ).toHaveLength(1);
  expect(harness.told(headers(3, octets(status200, indexed(62)), { endStream: true }))).toHaveLength(1);
  harness.receive(frame(4, 1, 0));
  expect(harness.told(headers(5, status200, { endStream: true }))).toEqual(["error code 9"]);
});
