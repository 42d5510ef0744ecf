import { once } from "node:events";
import { connect } from "node:http2";
import { describe, expect, it } from "vitest";
import { bundle } from "../src/bundle.ts";
import { SINK_SOURCE, startServer } from "../src/server.ts";
import { answers, frame, PREFACE, settingsFrame } from "../src/sink/frames.ts";
import { SinkSession } from "../src/sink/session.ts";
import { PATIENCE, small } from "./small-options.ts";

const END_HEADERS = 0x4;
const END_STREAM = 0x1;

describe("the sink's session", () => {
  const request = Buffer.concat([
    PREFACE,
    settingsFrame(1),
    frame(1, END_HEADERS, 1, Buffer.from([0x83])),
    frame(0, END_STREAM, 1, Buffer.from("hello")),
    frame(1, END_HEADERS | END_STREAM, 3, Buffer.from([0x83])),
    frame(6, 0, 0, Buffer.from("12345678")),
  ]);

  it("finds the same requests in chunks of any size", () => {
    for (let size = 1; size <= request.length; size++) {
      const session = new SinkSession();
      const completed: number[] = [];
      const replies: Buffer[] = [];
      for (let at = 0; at < request.length; at += size) {
        const step = session.receive(request.subarray(at, at + size));
        completed.push(...step.completed);
        replies.push(...step.replies);
      }
      expect(completed, `chunks of ${size}`).toEqual([1, 3]);
      expect(session.bodyBytes).toBe(5);
      // SETTINGS and PING are acknowledged (RFC 9113 §6.5.3 and §6.7).
      expect(Buffer.concat(replies)).toEqual(
        Buffer.concat([frame(4, 1, 0, Buffer.alloc(0)), frame(6, 1, 0, Buffer.from("12345678"))]),
      );
    }
  });

  it("refuses input other than HTTP/2", () => {
    expect(() => new SinkSession().receive(Buffer.from("POST /3/device/a HTTP/1.1\r\n"))).toThrow("preface");
  });

  it("answers with HEADERS that end the stream, `:status: 200` and nothing else", () => {
    expect(answers([5])).toEqual(frame(1, END_HEADERS | END_STREAM, 5, Buffer.from([0x88])));
  });
});

it(
  "answers node:http2 after the given delay, and reports the actual delay",
  async () => {
    await using files = await bundle([SINK_SOURCE]);
    await using server = await startServer("sink", files, { ...small, cores: undefined, delay: 20 });
    const session = connect(server.origin, { ca: server.ca });
    const start = performance.now();
    const stream = session.request({ ":method": "POST", ":path": "/3/device/a" });
    stream.end("{}");
    const [headers] = await once(stream, "response");
    const elapsed = performance.now() - start;
    session.destroy();
    expect(headers[":status"]).toBe(200);
    expect(elapsed).toBeGreaterThanOrEqual(20);
    const statistics = await server.statistics?.();
    expect(statistics).toMatchObject({ connections: 1, requests: 1, bodyBytes: 2 });
    expect(statistics?.meanDelay).toBeGreaterThanOrEqual(20);
  },
  PATIENCE,
);
