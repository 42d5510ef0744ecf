import { describe, expect, test } from "vitest";
import { Decoder, FieldError, FieldList, type Indexing } from "../../src/index.ts";
import { Flags, goaway, SettingId, settings } from "../support/frames.ts";
import { type Harness, openSession } from "../support/session.ts";
import { parseFrames, type WireFrame } from "../support/wire.ts";

/** The fields of the one header block that these frames carry. */
function fieldsOf(decoder: Decoder, frames: readonly WireFrame[]): string[] {
  const block = Buffer.concat(
    frames.filter(({ type }) => type === "headers" || type === "continuation").map(({ payload }) => payload),
  );
  return decoder.decode(block, 0, block.length);
}

function frames(harness: Harness): WireFrame[] {
  return parseFrames(harness.session.takeOutput());
}

test("a request without a body is one HEADERS frame that ends its stream", () => {
  const harness = openSession();
  const stream = harness.post({ method: "GET", path: "/x" });
  expect(stream).toMatchObject({ id: 1, owner: 0, method: "GET", closed: false, unsent: 0 });
  const [only, ...others] = frames(harness);
  expect(others).toEqual([]);
  expect(only).toMatchObject({ type: "headers", flags: Flags.endHeaders | Flags.endStream, streamId: 1 });
  expect(fieldsOf(new Decoder(1_000), [only!])).toEqual([
    ":method",
    "GET",
    ":scheme",
    "https",
    ":authority",
    "example.com",
    ":path",
    "/x",
  ]);
});

test("a request with a body is HEADERS and DATA; DATA ends the stream", () => {
  const harness = openSession();
  harness.post({ content: Buffer.from("{}") });
  const [head, body] = frames(harness);
  expect(head).toMatchObject({ type: "headers", flags: Flags.endHeaders, streamId: 1 });
  expect(body).toMatchObject({
    type: "data",
    flags: Flags.endStream,
    streamId: 1,
    payload: Buffer.from("{}"),
  });
});

test("pseudo-header fields come first, then shared ones, then the request's own (RFC 9113 §8.3)", () => {
  const harness = openSession();
  const indexing = (name: string): Indexing => (name === "apns-topic" ? "indexed" : "literal");
  const sharedFields = FieldList.from([["apns-topic", "com.example.app"]], indexing);
  const ownFields = FieldList.from([["apns-id", "1"]], indexing);
  const decoder = new Decoder(1_000);
  for (let i = 0; i < 3; i++) {
    harness.post({ path: `/${i}`, sharedFields, ownFields });
    expect(fieldsOf(decoder, frames(harness))).toEqual(
      [
        [":method", "POST", ":scheme", "https", ":authority", "example.com", ":path", `/${i}`],
        ["apns-topic", "com.example.app", "apns-id", "1"],
      ].flat(),
    );
  }
});

test("stream ids are odd and go up by two (RFC 9113 §5.1.1)", () => {
  const harness = openSession();
  expect(harness.posts(4).map(({ id }) => id)).toEqual([1, 3, 5, 7]);
  expect(harness.session.openStreams).toBe(4);
});

test("lastStreamId is the id that was used last, however its stream ended", () => {
  const harness = openSession();
  expect(harness.session.lastStreamId).toBe(0);
  const [first] = harness.posts(3);
  harness.session.reset(first!);
  expect(harness.session.lastStreamId).toBe(5);
});

test("constant fields cost one octet each from the second request on", () => {
  const harness = openSession();
  const sharedFields = FieldList.from([["apns-topic", "com.example.app"]], () => "indexed");
  const lengths = [1, 2, 3].map(() => {
    harness.post({ path: "/p", sharedFields });
    return frames(harness)[0]!.payload.length;
  });
  // :method, :scheme, :authority, the path's name, length and two octets, apns-topic.
  expect(lengths[1]).toBe(3 + 4 + 1);
  expect(lengths[2]).toBe(lengths[1]);
  expect(lengths[0]).toBeGreaterThan(20);
});

describe("a header block that is longer than the peer's frames (RFC 9113 §4.3, §6.10)", () => {
  const large = { maxRequestHeaderListSize: 100_000 };
  const long = FieldList.from([["x-long", "v".repeat(40_000)]], () => "literal");

  test("goes on in CONTINUATION frames, END_HEADERS on the last one", () => {
    const harness = openSession(large);
    harness.post({ sharedFields: long, content: Buffer.from("body") });
    const all = frames(harness);
    expect(all.map(({ type, flags, streamId, payload }) => [type, flags, streamId, payload.length])).toEqual([
      ["headers", 0, 1, 16_384],
      ["continuation", 0, 1, 16_384],
      ["continuation", Flags.endHeaders, 1, expect.any(Number)],
      ["data", Flags.endStream, 1, 4],
    ]);
    expect(fieldsOf(new Decoder(100_000), all).slice(-2)).toEqual(["x-long", "v".repeat(40_000)]);
  });

  test("END_STREAM stays on the HEADERS frame when there is no body", () => {
    const harness = openSession(large);
    harness.post({ sharedFields: long });
    expect(frames(harness).map(({ type, flags }) => [type, flags])).toEqual([
      ["headers", Flags.endStream],
      ["continuation", 0],
      ["continuation", Flags.endHeaders],
    ]);
  });

  test("stays in one frame when the peer takes larger ones", () => {
    const harness = openSession(large, [[SettingId.maxFrameSize, 65_536]]);
    harness.post({ sharedFields: long });
    expect(frames(harness)).toHaveLength(1);
  });

  test("that fills its frame to the last octet needs no other", () => {
    const harness = openSession(large);
    const at = (length: number) => {
      const ownFields = FieldList.from([["x", "v".repeat(length)]], () => "literal");
      harness.post({ ownFields });
      return frames(harness);
    };
    at(1);
    const length = 16_384 - (at(10_000)[0]!.payload.length - 10_000);
    expect(at(length).map(({ payload }) => payload.length)).toEqual([16_384]);
    expect(at(length + 1).map(({ payload }) => payload.length)).toEqual([16_384, 1]);
    // The value's length takes one octet more from here on.
    const two = at(length + 16_384 - 1);
    expect(two.map(({ payload }) => payload.length)).toEqual([16_384, 16_384]);
    expect(two.map(({ flags }) => flags)).toEqual([Flags.endStream, Flags.endHeaders]);
  });
});

describe("refused requests", () => {
  test("an error says that no stream is free; nothing is sent", () => {
    const harness = openSession({}, [[SettingId.maxConcurrentStreams, 1]]);
    harness.post();
    harness.session.takeOutput();
    expect(() => harness.post()).toThrow("no stream is free");
    expect(harness.session.takeOutput()).toBeUndefined();
  });

  test("after GOAWAY, after an error and after abandon", () => {
    const going = openSession();
    going.receive(goaway(0x7fff_ffff));
    expect(() => going.post()).toThrow("no stream is free");
    const abandoned = openSession();
    abandoned.session.abandon();
    expect(() => abandoned.post()).toThrow("no stream is free");
    const failed = openSession();
    failed.receive(settings([SettingId.enablePush, 1]));
    expect(() => failed.post()).toThrow("no stream is free");
  });

  test("a method that is no token is refused before anything is written", () => {
    const harness = openSession();
    for (const method of ["", "GET /", "GET\r\nx: y", "P\u00d6ST", "POST\0"]) {
      expect(() => harness.post({ method })).toThrow(FieldError);
    }
    expect(harness.session.takeOutput()).toBeUndefined();
    expect(harness.session.openStreams).toBe(0);
    expect(harness.post({ method: "M-SEARCH" }).id).toBe(1);
  });
});

describe("stream ids run out (RFC 9113 §5.1.1)", () => {
  test("the last ones are used up, then only a new connection helps", () => {
    const harness = openSession({ firstStreamId: 0x7fff_ffff - 4 });
    expect(harness.session.freeStreams).toBe(3);
    expect(harness.session.exhausted).toBe(false);
    expect(harness.posts(3).map(({ id }) => id)).toEqual([0x7fff_fffb, 0x7fff_fffd, 0x7fff_ffff]);
    expect(harness.session.exhausted).toBe(true);
    expect(harness.session.freeStreams).toBe(0);
    expect(() => harness.post()).toThrow("no stream is free");
    expect(harness.wrote().map((line) => line.split(" ")[1])).toEqual([
      "2147483643",
      "2147483645",
      "2147483647",
    ]);
  });

  test("a session may begin with the very last id", () => {
    const harness = openSession({ firstStreamId: 0x7fff_ffff });
    expect(harness.session.freeStreams).toBe(1);
    expect(harness.session.exhausted).toBe(false);
    harness.post();
    expect(harness.session.exhausted).toBe(true);
  });
});

test("memory that was given back is used again without disturbing what is on its way", () => {
  const harness = openSession();
  const outputs: Buffer[] = [];
  const memory: ArrayBufferLike[] = [];
  for (let i = 0; i < 4; i++) {
    harness.post({ content: Buffer.from(`body ${i}`) });
    const taken = harness.session.takeOutput()!;
    outputs.push(Buffer.from(taken));
    memory.push(taken.buffer);
    harness.session.recycle(taken);
  }
  expect(memory[2]).toBe(memory[0]);
  expect(memory[3]).toBe(memory[1]);
  expect(harness.session.outputLength).toBe(0);
  expect(outputs.map((output) => parseFrames(output)[1]!.payload.toString())).toEqual([
    "body 0",
    "body 1",
    "body 2",
    "body 3",
  ]);
});
