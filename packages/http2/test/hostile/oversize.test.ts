import { describe, expect, test } from "vitest";
import { continuation, data, headers, octets } from "../support/frames.ts";
import { block, incremental, indexed, status200, text } from "../support/header-block.ts";
import { mustEqual, retainedBy } from "../support/memory.ts";
import { type Harness, openSession } from "../support/session.ts";

const MEGABYTE = 1_000_000;

/** Sends a header block in as many frames as it takes. */
function sendBlock(harness: Harness, streamId: number, bytes: Uint8Array): string[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 16_384) {
    const part = bytes.subarray(at, at + 16_384);
    const endHeaders = at + 16_384 >= bytes.length;
    frames.push(
      at === 0
        ? headers(streamId, part, { endHeaders, endStream: true })
        : continuation(streamId, part, endHeaders),
    );
  }
  return harness.told(...frames);
}

function waiting(): Harness {
  const harness = openSession();
  harness.post();
  harness.wrote();
  return harness;
}

describe("header list over the bound", () => {
  test("of many small fields: the stream is reset with ENHANCE_YOUR_CALM, the connection lives on", () => {
    const harness = waiting();
    const many = octets(status200, ...Array.from({ length: 1_000 }, (_, i) => block([`x-${i}`, "v"])));
    expect(sendBlock(harness, 1, many)).toEqual(["failure 1 headers-too-large code 11"]);
    expect(harness.wrote()).toEqual(["rstStream 1 code 11"]);
    expect(harness.session.state).toBe("open");
  });

  test("by a single header: the stream is reset with ENHANCE_YOUR_CALM", () => {
    const harness = waiting();
    expect(sendBlock(harness, 1, octets(status200, block(["x", "v".repeat(20_000)])))).toEqual([
      "failure 1 headers-too-large code 11",
    ]);
  });

  test("by a single name: the stream is reset with ENHANCE_YOUR_CALM", () => {
    const harness = waiting();
    expect(sendBlock(harness, 1, octets(status200, block(["x".repeat(20_000), "v"])))).toEqual([
      "failure 1 headers-too-large code 11",
    ]);
  });

  test("again and again: memory stays bounded", () => {
    const harness = openSession();
    const large = octets(
      status200,
      incremental("x", "v".repeat(30_000)),
      incremental("y", "w".repeat(30_000)),
    );
    const retained = retainedBy(() => {
      for (let i = 0; i < 300; i++) {
        const { id } = harness.post();
        mustEqual(sendBlock(harness, id, large), [`failure ${id} headers-too-large code 11`]);
      }
      harness.take();
      return harness;
    });
    expect(retained).toBeLessThan(MEGABYTE);
  });
});

describe("HPACK bomb", () => {
  test("a large entry that is referred to 60,000 times is never unfolded in memory", () => {
    const harness = waiting();
    // Unfolded: 60,000 × 4,000 octets, 240 megabytes.
    const bomb = octets(incremental("x", "v".repeat(4_000)), Buffer.alloc(60_000, indexed(62)[0]!));
    let told: string[] = [];
    const retained = retainedBy(() => {
      told = sendBlock(harness, 1, bomb);
      return harness;
    });
    expect(told).toEqual(["failure 1 headers-too-large code 11"]);
    expect(retained).toBeLessThan(MEGABYTE);
  });

  test("Huffman code that unfolds to much more than was sent counts unfolded", () => {
    const harness = waiting();
    // 12,000 octets of code for 19,200 zeros.
    const coded = octets([0x00], text("x"), [0xff, ...[0x80 | ((12_000 - 127) & 0x7f), (12_000 - 127) >> 7]]);
    expect(sendBlock(harness, 1, octets(status200, coded, new Uint8Array(12_000)))).toEqual([
      "failure 1 headers-too-large code 11",
    ]);
  });

  test("the table that a bomb leaves behind is within its bound: what follows is answered", () => {
    const harness = waiting();
    sendBlock(
      harness,
      1,
      octets(...Array.from({ length: 300 }, (_, i) => incremental(`x-${i}`, "v".repeat(100)))),
    );
    const { id } = harness.post();
    expect(harness.told(headers(id, status200, { endStream: true }))).toEqual([`response ${id} 200 body `]);
    const next = harness.post();
    // Some 30 entries of 137 octets or so fit into 4,096.
    expect(harness.told(headers(next.id, octets(status200, indexed(62 + 40)), { endStream: true }))).toEqual([
      "error code 9",
    ]);
  });
});

describe("megabyte bodies", () => {
  test("are given up at the bound, and what still comes of them is not kept", () => {
    const harness = openSession();
    harness.posts(10);
    harness.wrote();
    const part = new Uint8Array(16_384);
    const retained = retainedBy(() => {
      for (let id = 1; id < 20; id += 2) {
        mustEqual(harness.told(headers(id, status200)), []);
        const told: string[] = [];
        for (let i = 0; i < 100; i++) told.push(...harness.told(data(id, part)));
        mustEqual(told, [`failure ${id} body-too-large code 8`]);
      }
      return harness;
    });
    expect(retained).toBeLessThan(MEGABYTE);
    expect(harness.session.openStreams).toBe(0);
    expect(harness.wrote()).toContain("rstStream 1 code 8");
  });

  test("that never stop after the reset end the connection with ENHANCE_YOUR_CALM", () => {
    const harness = waiting();
    harness.receive(headers(1, status200));
    const part = Buffer.concat(Array.from({ length: 50 }, () => data(1, new Uint8Array(16_384))));
    let told: string[] = [];
    for (let i = 0; i < 1_000 && harness.session.state === "open"; i++) {
      told = harness.told(part);
      harness.take();
    }
    expect(told).toEqual(["error code 11"]);
  });
});

describe("slow drip", () => {
  const bytes = octets(
    headers(1, octets(status200, block(["apns-id", "x"]))),
    ...Array.from({ length: 1_000 }, (_, i) => data(1, String(i % 10))),
    data(1, "", { endStream: true }),
  );

  test("of one octet at a time is understood like any other, in bounded memory", () => {
    const harness = waiting();
    const retained = retainedBy(() => {
      for (let i = 0; i < bytes.length - 1; i++) {
        mustEqual(harness.session.receive(bytes.subarray(i, i + 1)), []);
      }
      return harness;
    });
    expect(retained).toBeLessThan(MEGABYTE);
    expect(harness.told(bytes.subarray(bytes.length - 1))).toEqual([
      `response 1 200 body ${"0123456789".repeat(100)}`,
    ]);
  });

  test("of a frame that is announced large and never completed keeps no more than what came", () => {
    const begun = data(1, new Uint8Array(16_384)).subarray(0, 20);
    const sessions = (bytes: Uint8Array) =>
      retainedBy(() =>
        Array.from({ length: 300 }, () => {
          const harness = waiting();
          harness.receive(bytes);
          return harness;
        }),
      );
    sessions(begun);
    // Frames of 16 KiB each would come to almost 5 megabytes.
    expect(sessions(begun) - sessions(new Uint8Array(0))).toBeLessThan(MEGABYTE);
  });

  test("of bodies in single-octet DATA frames takes no more memory than the bodies", () => {
    const harness = openSession();
    const streams = harness.posts(20);
    harness.take();
    const retained = retainedBy(() => {
      for (const { id } of streams) harness.receive(headers(id, status200));
      const drip = streams.map(({ id }) => data(id, "x"));
      for (let i = 0; i < 10_000; i++) harness.receive(...drip);
      harness.take();
      return harness;
    });
    expect(streams.every(({ bodyLength }) => bodyLength === 10_000)).toBe(true);
    // 200,000 octets came; growing by doubling may take twice that, and as much again for the room grown out of.
    expect(retained).toBeLessThan(1.5 * MEGABYTE);
  });
});
