import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameReader } from "../src/frame-reader.ts";
import { ErrorCode, ProtocolError } from "../src/index.ts";
import { data, frame, octets, ping, settings } from "./support/frames.ts";

/** Reads the chunks; each frame becomes one line. */
function read(reader: FrameReader, chunks: readonly Uint8Array[]): string[] {
  const frames: string[] = [];
  const sink = {
    frame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
      frames.push(`${type} ${flags} ${streamId} ${bytes.toString("hex", start, end)}`);
    },
  };
  for (const chunk of chunks) reader.read(Buffer.from(chunk), sink);
  return frames;
}

const bytes = octets(
  settings([3, 100], [4, 65_535]),
  ping(),
  data(0x7fff_ffff, "hello", { endStream: true }),
  frame(0xff, 0xff, 0, []),
  data(1, new Uint8Array(1_200).fill(7)),
  frame(0x1, 0x5, 3, [1]),
);
const frames = read(new FrameReader(16_384), [bytes]);

describe("frames come out the same", () => {
  test("when everything comes in one chunk", () => {
    expect(frames).toHaveLength(6);
    expect(frames[1]).toBe("6 0 0 0001020304050607");
    expect(frames[2]).toBe("0 1 2147483647 68656c6c6f");
    expect(frames[3]).toBe("255 255 0 ");
  });

  test("for every single cut", () => {
    for (let cut = 0; cut <= bytes.length; cut++) {
      const chunks = [bytes.subarray(0, cut), bytes.subarray(cut)];
      expect(read(new FrameReader(16_384), chunks), `cut at ${cut}`).toEqual(frames);
    }
  });

  test("for chunks of every size, from single octets on", () => {
    for (let size = 1; size <= 40; size++) {
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
      expect(read(new FrameReader(16_384), chunks), `chunks of ${size}`).toEqual(frames);
    }
  });

  test("for any cuts, empty chunks among them", () => {
    const cuts = fc.array(fc.nat({ max: bytes.length }), { maxLength: 20 });
    fc.assert(
      fc.property(cuts, (places) => {
        const ends = [...places.sort((a, b) => a - b), bytes.length];
        let from = 0;
        const chunks = ends.map((to) => {
          const chunk = bytes.subarray(from, to);
          from = to;
          return chunk;
        });
        expect(read(new FrameReader(16_384), chunks)).toEqual(frames);
      }),
    );
  });
});

test("the reserved bit of the stream id is ignored (RFC 9113 §4.1)", () => {
  const reserved = Buffer.from(ping());
  reserved[5] = 0x80;
  expect(read(new FrameReader(16_384), [reserved])).toEqual(read(new FrameReader(16_384), [ping()]));
});

describe("a frame that is larger than allowed (RFC 9113 §4.2)", () => {
  test("is allowed up to the limit", () => {
    const largest = data(1, new Uint8Array(16_384));
    expect(read(new FrameReader(16_384), [largest])).toHaveLength(1);
    expect(read(new FrameReader(16_384), [largest.subarray(0, 5), largest.subarray(5)])).toHaveLength(1);
  });

  test("is refused as soon as its length is known, before any payload is kept", () => {
    const header = [0x00, 0x40, 0x01, 0, 0, 0, 0, 0, 1];
    for (const chunks of [[header], header.map((octet) => [octet]), [[0x00, 0x40], header.slice(2)]]) {
      const reader = new FrameReader(16_384);
      try {
        read(
          reader,
          chunks.map((chunk) => Uint8Array.from(chunk)),
        );
        expect.fail("it was accepted");
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
        expect((error as ProtocolError).errorCode).toBe(ErrorCode.FRAME_SIZE_ERROR);
      }
    }
  });

  test("of the largest length that can be written is refused too", () => {
    const header = Uint8Array.from([0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1]);
    expect(() => read(new FrameReader(16_384), [header])).toThrow("16777215");
  });
});
