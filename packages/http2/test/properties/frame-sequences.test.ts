import fc from "fast-check";
import { expect, test } from "vitest";
import { sessionTarget } from "../../fuzz/session-target.ts";
import {
  continuation,
  data,
  frame,
  goaway,
  headers,
  octets,
  ping,
  priority,
  pushPromise,
  rstStream,
  settings,
  settingsAck,
  windowUpdate,
} from "../support/frames.ts";
import { block, incremental, indexed, status, status200, tableSize } from "../support/header-block.ts";

/**
 * Whatever frames a server sends: `receive` throws nothing, the same events and the same output come of the same octets
 * however they are cut, every stream ends exactly once, and no bound is passed. `sessionTarget` checks all that for one
 * sequence of octets; here the sequences are made of frames that make some sense.
 */

const id = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(1, 3, 5, 7) },
  fc.constantFrom(0, 2, 9, 0x7fff_ffff),
);
const number = fc.oneof(
  fc.nat({ max: 100 }),
  fc.constantFrom(0, 1, 16_384, 65_535, 65_536, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff),
);

const headerBlock = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constant(octets(status200)) },
      fc.constantFrom(100, 103, 101, 404, 999).map((code) => octets(status(code))),
      fc.constantFrom("0", "5", "x").map((length) => block(["content-length", length])),
      fc
        .tuple(fc.constantFrom("x-a", "Bad", "connection", ""), fc.constantFrom("v", "a\nb", "v".repeat(300)))
        .map(([name, value]) => incremental(name, value)),
      fc.nat({ max: 80 }).map((index) => octets(indexed(index))),
      fc.constantFrom(0, 100, 4_096, 5_000).map((size) => octets(tableSize(size))),
      fc.uint8Array({ maxLength: 10 }).map((bytes) => octets(bytes)),
    ),
    { maxLength: 4 },
  )
  .map((parts) => octets(...parts));

const flag = fc.boolean();
const padding = fc.option(fc.nat({ max: 20 }), { nil: undefined });

const anyFrame = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(id, headerBlock, flag, flag, padding, flag)
      .map(([streamId, bytes, endStream, endHeaders, pad, withPriority]) =>
        headers(streamId, bytes, {
          endStream,
          endHeaders,
          priority: withPriority,
          ...(pad === undefined ? {} : { padding: pad }),
        }),
      ),
  },
  { weight: 3, arbitrary: fc.tuple(id, headerBlock, flag).map((args) => continuation(...args)) },
  {
    weight: 5,
    arbitrary: fc.tuple(id, fc.nat({ max: 40 }), flag, padding).map(([streamId, length, endStream, pad]) =>
      data(streamId, Buffer.alloc(length, "d"), {
        endStream,
        ...(pad === undefined ? {} : { padding: pad }),
      }),
    ),
  },
  { weight: 2, arbitrary: fc.tuple(id, number).map((args) => windowUpdate(...args)) },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.tuple(fc.nat({ max: 8 }), number), { maxLength: 4 })
      .map((list) => settings(...list)),
  },
  fc.tuple(id, number).map((args) => rstStream(...args)),
  fc
    .tuple(id, number, fc.string({ maxLength: 20 }))
    .map(([last, code, debug]) => goaway(last, code, Buffer.from(debug))),
  flag.map((ack) => ping([1, 2, 3, 4, 5, 6, 7, 8], ack)),
  fc.constant(settingsAck),
  id.map(priority),
  fc.tuple(id, headerBlock).map(([streamId, bytes]) => pushPromise(streamId, 2, bytes)),
  fc
    .tuple(fc.nat({ max: 255 }), fc.nat({ max: 255 }), id, fc.uint8Array({ maxLength: 30 }))
    .map(([type, flags, streamId, payload]) => frame(type, flags, streamId, payload)),
);

test("sequences of frames keep every promise of the session", () => {
  const property = fc.property(
    fc.nat({ max: 4 }),
    fc.array(anyFrame, { maxLength: 25, size: "max" }),
    (scenario, frames) => {
      sessionTarget.run(octets([scenario], ...frames));
    },
  );
  fc.assert(property, { numRuns: 1_000 });
});

test("sequences of any octets keep every promise of the session", () => {
  const property = fc.property(fc.uint8Array({ maxLength: 400, size: "max" }), (bytes) => {
    sessionTarget.run(Buffer.from(bytes));
  });
  fc.assert(property, { numRuns: 500 });
});

test("answers that follow the rules are all answers, however their frames are cut and interleaved", () => {
  const answer = (streamId: number) =>
    fc
      .tuple(fc.constantFrom(200, 400, 410), fc.array(fc.nat({ max: 100 }), { maxLength: 4 }), flag)
      .map(([code, lengths, trailers]) => [
        headers(streamId, status(code), { endStream: false }),
        ...lengths.map((length) => data(streamId, Buffer.alloc(length, "d"))),
        trailers
          ? headers(streamId, block(["x-sum", "7"]), { endStream: true })
          : data(streamId, "", { endStream: true }),
      ]);
  // Scenario 3 has the streams 1, 3 and 5 open.
  const property = fc.property(
    answer(1),
    answer(3),
    answer(5),
    fc.infiniteStream(fc.nat({ max: 2 })),
    (a, b, c, turn) => {
      const queues = [a.slice(), b.slice(), c.slice()];
      const frames: Uint8Array[] = [];
      for (const which of turn) {
        if (queues.every(({ length }) => length === 0)) break;
        const next = queues[which]!.shift();
        if (next) frames.push(next);
      }
      // Requests that were made on the way have the ids 7, 9 and 11. There is nothing but answers.
      expect(sessionTarget.run(octets([3], ...frames))).toBe("3 1|11|3|5|7|9|response|settings");
    },
  );
  fc.assert(property, { numRuns: 200 });
});
