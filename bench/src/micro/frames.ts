import { FrameReader } from "../../../packages/http2/src/frame-reader.ts";
import { answers } from "../sink/frames.ts";
import type { MicroCase } from "./case.ts";

const FRAMES = 1_000;
const CUT = 97;

function reading(name: string, cut: (bytes: Buffer) => Buffer[]): MicroCase {
  return {
    group: "frames",
    name,
    batch: FRAMES,
    prepare() {
      const chunks = cut(answers(Array.from({ length: FRAMES }, (_, index) => index * 2 + 1)));
      const reader = new FrameReader(16_384);
      let seen = 0;
      const sink = {
        frame(_type: number, _flags: number, streamId: number): boolean {
          seen += streamId;
          return true;
        },
      };
      return (times) => {
        for (let done = 0; done < times; done += FRAMES) for (const chunk of chunks) reader.read(chunk, sink);
        return seen;
      };
    },
  };
}

export const frameCases: readonly MicroCase[] = [
  reading("read an answer, 1,000 in one chunk", (bytes) => [bytes]),
  reading(`read an answer, chunks of ${CUT} bytes`, (bytes) =>
    Array.from({ length: Math.ceil(bytes.length / CUT) }, (_, index) =>
      bytes.subarray(index * CUT, (index + 1) * CUT),
    ),
  ),
];
