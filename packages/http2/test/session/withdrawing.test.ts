import { describe, expect, test } from "vitest";
import { Decoder, FieldList } from "../../src/index.ts";
import { headers, SettingId, settings, windowUpdate } from "../support/frames.ts";
import { status200 } from "../support/header-block.ts";
import { isCollected, mustEqual, retainedBy } from "../support/memory.ts";
import { openSession } from "../support/session.ts";
import { parseFrames } from "../support/wire.ts";

describe("requests of which nothing has been taken", () => {
  test("are recalled together, oldest first, and without a trace; the others go on", () => {
    const harness = openSession();
    const [written] = harness.sent(1);
    harness.wrote();
    const unwritten = harness.posts(3, 10);
    expect(harness.session.recall()).toEqual(unwritten);
    expect(unwritten.map(({ closed, progress }) => [closed, progress])).toEqual(
      unwritten.map(() => [true, "unwritten"]),
    );
    expect([written!.closed, harness.session.openStreams, harness.session.outputLength]).toEqual([
      false,
      1,
      0,
    ]);
    expect(harness.wrote()).toEqual([]);
    expect(harness.session.recall()).toEqual([]);
    expect(harness.told(headers(written!.id, status200))).toHaveLength(0);
    const next = harness.post();
    expect(harness.wrote().join()).toContain(`headers ${next.id} `);
  });

  test("are recalled while a lowered stream limit keeps them waiting", () => {
    const harness = openSession();
    const [first] = harness.sent(1);
    harness.wrote();
    const waiting = harness.posts(2);
    harness.receiveFirst(settings([SettingId.maxConcurrentStreams, 1]));
    expect(harness.wrote()).toEqual(["settings ack"]);
    expect(harness.session.recall()).toEqual(waiting);
    harness.receive(headers(first!.id, status200, { endStream: true }));
    expect(harness.wrote()).toEqual([]);
  });
});

describe("a request that is reset before it is taken", () => {
  test("leaves no trace: no frame, no window, no octet that waits", () => {
    const harness = openSession();
    const before = harness.session.sendWindow;
    const stream = harness.post({ length: 10_000 });
    expect(harness.session.outputLength).toBeGreaterThanOrEqual(10_000);
    expect(harness.session.sendWindow).toBe(before - 10_000);
    harness.session.reset(stream);
    expect(stream).toMatchObject({ closed: true, progress: "unwritten" });
    expect(harness.session.outputLength).toBe(0);
    expect(harness.session.sendWindow).toBe(before);
    expect(harness.session.waiting).toBe(0);
    expect(harness.wrote()).toEqual([]);
  });

  test("leaves out its id, and HPACK stays right for those around it", () => {
    const harness = openSession();
    const decoder = new Decoder(10_000);
    const post = (name: string) => {
      return harness.post({ ownFields: FieldList.from([[`x-${name}`, name]], () => "indexed") });
    };
    const streams = ["a", "b", "c", "b", "a"].map(post);
    harness.session.reset(streams[0]!);
    harness.session.reset(streams[2]!);
    const blocks = parseFrames(harness.take());
    expect(blocks.map(({ streamId }) => streamId)).toEqual([3, 7, 9]);
    const values = blocks.map(({ payload }) => decoder.decode(payload, 0, payload.length).at(-1));
    expect(values).toEqual(["b", "b", "a"]);
  });

  test("was never opened for the server: an answer on its id ends the connection", () => {
    const harness = openSession();
    const [first] = harness.posts(2);
    harness.session.reset(first!);
    expect(harness.told(headers(1, status200))).toEqual(["error code 5"]);
  });

  test("gives back its place among the streams that the server allows", () => {
    const harness = openSession({}, [[SettingId.maxConcurrentStreams, 1]]);
    harness.session.reset(harness.post());
    expect(harness.session.freeStreams).toBe(1);
    harness.post();
    expect(harness.wrote()).toHaveLength(1);
  });
});

describe("a request that is reset when a part of it has left", () => {
  test("takes back the body that is not taken: only RST_STREAM follows its header section", () => {
    const harness = openSession({}, [[SettingId.initialWindowSize, 0]]);
    const [stream] = harness.sent(1, 500);
    expect(stream!.progress).toBe("begun");
    harness.wrote();
    const before = harness.session.sendWindow;
    // After a suspension: the window comes, and then the deadline is looked at.
    harness.receiveFirst(windowUpdate(1, 1_000), settings([SettingId.initialWindowSize, 1_000]));
    harness.session.reset(stream!);
    expect(harness.wrote()).toEqual(["settings ack", "rstStream 1 code 8"]);
    expect(harness.session.sendWindow).toBe(before + 500);
    expect(stream!.progress).toBe("begun");
  });

  test("is told apart from one that has left whole", () => {
    const harness = openSession();
    const [stream] = harness.sent(1, 500);
    harness.session.reset(stream!);
    expect(stream!.progress).toBe("written");
  });
});

test("requests that are given up while nothing is taken keep no memory", () => {
  const harness = openSession();
  const retained = retainedBy(() => {
    for (let i = 0; i < 30_000; i++) {
      harness.session.reset(harness.post({ path: `/3/device/${i}`, content: Buffer.alloc(4_096) }));
    }
    mustEqual([harness.session.openStreams, harness.session.outputLength], [0, 0]);
    return harness;
  });
  expect(retained).toBeLessThan(1_000_000);
});

test("the body of a request that was reset is not kept, whether or not its stream had begun", async () => {
  const harness = openSession({}, [[SettingId.initialWindowSize, 0]]);
  const bodies = [Buffer.alloc(1_000), Buffer.alloc(1_000)];
  const references = bodies.map((body) => new WeakRef<object>(body));
  const reset = (take: boolean): void => {
    const stream = harness.post({ content: bodies.pop()! });
    if (take) harness.wrote();
    harness.session.reset(stream);
  };
  reset(true);
  reset(false);
  for (const reference of references) expect(await isCollected(reference)).toBe(true);
  expect(harness.session.openStreams).toBe(0);
});

describe("outputLength", () => {
  test("is exact for frames, and 0 when nothing is left to be taken", () => {
    const harness = openSession();
    harness.session.ping(1);
    harness.receiveFirst(settings());
    expect(harness.session.outputLength).toBe(17 + 9);
    expect(harness.take()).toHaveLength(17 + 9);
    expect(harness.session.outputLength).toBe(0);
  });

  test("is never less than what comes out, and leaves out what waits for window", () => {
    const harness = openSession({ maxRequestHeaderListSize: 100_000 }, [
      [SettingId.initialWindowSize, 20_000],
    ]);
    const ownFields = FieldList.from([["x", "v".repeat(3_000)]], () => "literal");
    for (const length of [0, 1, 4_096, 16_384, 30_000]) harness.post({ length, ownFields });
    const announced = harness.session.outputLength;
    expect(harness.session.waiting).toBe(10_000);
    const taken = harness.take().length;
    expect(taken).toBeGreaterThan(announced - 5 * 250);
    expect(taken).toBeLessThanOrEqual(announced);
    expect(harness.session.outputLength).toBe(0);
    expect(harness.session.waiting).toBe(10_000);
  });
});

test("a thousand requests come out in pieces of at most 131,072 octets, in order", () => {
  const harness = openSession({}, [[SettingId.initialWindowSize, 1_000_000]]);
  harness.receive(windowUpdate(0, 100_000_000));
  harness.wrote();
  harness.posts(1_000, 4_096);
  const pieces: Buffer[] = [];
  for (let piece = harness.session.takeOutput(); piece; piece = harness.session.takeOutput()) {
    expect(piece.length).toBeLessThanOrEqual(131_072);
    pieces.push(piece);
  }
  expect(pieces.length).toBeGreaterThan(30);
  const frames = pieces.flatMap((piece) => parseFrames(piece));
  const ids = frames.filter(({ type }) => type === "headers").map(({ streamId }) => streamId);
  expect(ids).toEqual(Array.from({ length: 1_000 }, (_, i) => 2 * i + 1));
  expect(frames.filter(({ type, flags }) => type === "data" && flags === 1)).toHaveLength(1_000);
});

test("a body that the end of a piece cuts goes on in the next piece", () => {
  const harness = openSession({}, [[SettingId.initialWindowSize, 2_000_000]]);
  harness.receive(windowUpdate(0, 2_000_000));
  harness.wrote();
  harness.post({ length: 1_000_000 });
  harness.post({ length: 10 });
  const octets = parseFrames(harness.take()).filter(({ type }) => type === "data");
  expect(octets.reduce((sum, { payload }) => sum + payload.length, 0)).toBe(1_000_010);
  expect(octets.at(-1)).toMatchObject({ streamId: 3, flags: 1 });
});
