import { expect, test } from "vitest";
import { OutputBuffer } from "../src/output-buffer.ts";
import { frame, octets, rstStream } from "./support/frames.ts";

test("what was written comes out in one piece, once", () => {
  const out = new OutputBuffer();
  expect(out.take()).toBeUndefined();
  out.writeFrame(0x6, 0x1, 0, Buffer.from("12345678"));
  out.writeUint32Frame(0x3, 5, 8);
  expect(out.length).toBe(17 + 13);
  expect(out.take()).toEqual(octets(frame(0x6, 0x1, 0, "12345678"), rstStream(5, 8)));
  expect(out.length).toBe(0);
  expect(out.take()).toBeUndefined();
});

test("frame headers hold the largest length, stream id and 32-bit number", () => {
  const out = new OutputBuffer();
  out.writeFrameHeader(0xff_ffff, 0xff, 0xff, 0x7fff_ffff);
  out.writeUint32Frame(0x8, 0x7fff_ffff, 0xffff_ffff);
  expect(out.take()!.toString("hex")).toBe("ffffffffff7fffffff0000040800" + "7fffffffffffffff");
});

test("grows beyond any size without losing what it holds", () => {
  const out = new OutputBuffer();
  const parts: Buffer[] = [];
  for (let i = 0; i < 300; i++) {
    const payload = Buffer.alloc(i * 7, i);
    out.writeFrame(0, 0, i, payload);
    parts.push(frame(0, 0, i, payload));
  }
  out.writeFrame(0, 0, 1, Buffer.alloc(100_000, 1));
  parts.push(frame(0, 0, 1, Buffer.alloc(100_000, 1)));
  expect(out.take()!.equals(Buffer.concat(parts))).toBe(true);
});

test("short and long pieces are appended alike, whole or in part", () => {
  for (const length of [1, 47, 48, 49, 200]) {
    const source = Buffer.from(Array.from({ length }, (_, i) => i));
    const out = new OutputBuffer();
    out.reserve(2 * length);
    out.append(source, 0, length);
    out.append(source, 1, length);
    expect(out.take()).toEqual(Buffer.concat([source, source.subarray(1)]));
  }
});

test("a taken piece is never written to again, unless it was given back", () => {
  const out = new OutputBuffer();
  out.writeFrame(0, 0, 1, Buffer.from("first"));
  const first = out.take()!;
  const copy = Buffer.from(first);
  for (let i = 0; i < 100; i++) out.writeFrame(0, 0, 3, Buffer.from("second"));
  const second = out.take()!;
  expect(first).toEqual(copy);
  expect(second.buffer).not.toBe(first.buffer);
});

test("memory that was given back serves again", () => {
  const out = new OutputBuffer();
  out.writeFrame(0, 0, 1, Buffer.from("first"));
  const first = out.take()!;
  out.recycle(first);
  out.writeFrame(0, 0, 1, Buffer.from("second"));
  const second = out.take()!;
  expect(second.buffer).not.toBe(first.buffer);
  out.writeFrame(0, 0, 1, Buffer.from("third"));
  const third = out.take()!;
  expect(third.buffer).toBe(first.buffer);
  expect(third).toEqual(frame(0, 0, 1, "third"));
});

test("a piece has room until the next frame might not fit into 131,072 octets", () => {
  const out = new OutputBuffer();
  let frames = 0;
  for (; out.hasRoom; frames++) out.writeFrame(0, 0, 1, Buffer.alloc(16_384));
  expect(frames).toBe(7);
  expect(out.take()!.length).toBeLessThanOrEqual(131_072);
  expect(out.hasRoom).toBe(true);
});

test("what is discarded never comes out", () => {
  const out = new OutputBuffer();
  for (let i = 0; i < 20; i++) out.writeFrame(0, 0, 1, Buffer.alloc(16_000));
  out.discard();
  expect([out.length, out.take()]).toEqual([0, undefined]);
  out.writeFrame(0, 0, 1, Buffer.from("after"));
  expect(out.take()).toEqual(frame(0, 0, 1, "after"));
});

test("a piece that had to grow beyond the usual is not kept, and trim keeps none", () => {
  const out = new OutputBuffer();
  const huge = fill(out, 2_000_000);
  out.recycle(huge);
  fill(out, 10);
  expect(fill(out, 10).buffer.byteLength).toBeLessThan(huge.buffer.byteLength);
  const usual = fill(out, 10);
  out.recycle(usual);
  out.trim();
  fill(out, 10);
  expect(fill(out, 10).buffer).not.toBe(usual.buffer);

  function fill(buffer: OutputBuffer, length: number): Buffer {
    buffer.writeFrame(0, 0, 1, Buffer.alloc(length));
    return buffer.take()!;
  }
});
