import { encodeFrame, type Frame, FrameReader, flags, uint32 } from "@apnskit/testkit/http2/frames";
import { describe, expect, it } from "vitest";
import { StreamBook } from "../src/apns/stream-book.ts";

function frame(...args: Parameters<typeof encodeFrame>): Frame {
  return new FrameReader().read(encodeFrame(...args)).next().value as Frame;
}

const headers = (id: number): Frame => frame("HEADERS", flags.END_HEADERS, id, Buffer.alloc(1));
const data = (id: number, octets: number): Frame => frame("DATA", flags.END_STREAM, id, Buffer.alloc(octets));
const acknowledgement = frame("SETTINGS", flags.ACK, 0, Buffer.alloc(0));

function writeAll(book: StreamBook, frames: readonly Frame[]): void {
  for (const one of frames) book.written(one);
}

function violationsOf(script: (book: StreamBook) => void): string[] {
  const violations: string[] = [];
  script(new StreamBook((text) => violations.push(text)));
  return violations;
}

describe("StreamBook", () => {
  it("finds nothing wrong with requests in order", () => {
    const violations = violationsOf((book) => {
      book.announce({ maxConcurrentStreams: 1 });
      writeAll(book, [acknowledgement, headers(1), data(1, 10)]);
      book.serverEnded(1, false);
      writeAll(book, [headers(3), data(3, 10)]);
    });
    expect(violations).toEqual([]);
  });

  it.each<[string, (book: StreamBook) => void]>([
    ["opened after stream 3", (book) => writeAll(book, [headers(3), headers(1)])],
    [
      "the limit is 1",
      (book) => {
        book.announce({ maxConcurrentStreams: 1 });
        writeAll(book, [acknowledgement, headers(1), headers(3)]);
      },
    ],
    [
      "over its window",
      (book) => {
        book.announce({ initialWindowSize: 9 });
        writeAll(book, [acknowledgement, headers(1), data(1, 10)]);
      },
    ],
    [
      "over its window",
      (book) => {
        book.announce({ initialWindowSize: 0 });
        book.written(acknowledgement);
        book.announce({ initialWindowSize: 10 });
        // The stream that a raised limit allows comes before the acknowledgement.
        writeAll(book, [headers(1), data(1, 10), acknowledgement]);
      },
    ],
    [
      "over the connection's window",
      (book) => {
        book.announce({ initialWindowSize: 100_000, maxFrameSize: 100_000 });
        writeAll(book, [acknowledgement, headers(1), data(1, 70_000)]);
      },
    ],
    ["the limit is 16384", (book) => writeAll(book, [headers(1), data(1, 17_000)])],
    ["not open", (book) => writeAll(book, [data(1, 10)])],
    ["after its end", (book) => writeAll(book, [headers(1), data(1, 1), data(1, 1)])],
    ["idle stream", (book) => book.written(frame("RST_STREAM", 0, 5, uint32(8)))],
    ["never sent", (book) => book.written(acknowledgement)],
    [
      "own GOAWAY",
      (book) => {
        book.written(frame("GOAWAY", 0, 0, Buffer.concat([uint32(0), uint32(0)])));
        book.written(headers(1));
      },
    ],
  ])("finds: %s", (text, script) => {
    expect(violationsOf(script).join()).toContain(text);
  });
});
