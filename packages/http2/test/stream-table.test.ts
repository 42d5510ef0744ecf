import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultSettings, FieldList } from "../src/index.ts";
import { ClientStream } from "../src/stream.ts";
import { StreamTable } from "../src/stream-table.ts";

const request = {
  method: "POST",
  path: "/",
  sharedFields: FieldList.empty,
  ownFields: FieldList.empty,
  content: new Uint8Array(0),
};
const streamOf = (id: number) => new ClientStream(id, undefined, request, defaultSettings);

describe("the table of open streams", () => {
  it("finds, forgets and lists streams as a Map would, whichever end first", () => {
    // Each step opens a stream, or ends one of those that are open.
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.constant("open" as const) },
      { weight: 2, arbitrary: fc.nat() },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 2_000 }), (steps) => {
        const table = new StreamTable<undefined>();
        const model = new Map<number, ClientStream<undefined>>();
        let id = 1;
        for (const action of steps) {
          if (action === "open") {
            const stream = streamOf(id);
            table.add(stream);
            model.set(id, stream);
            id += 2;
          } else if (model.size > 0) {
            const ended = [...model.keys()][action % model.size]!;
            table.delete(ended);
            model.delete(ended);
          }
          expect(table.size).toBe(model.size);
        }
        for (const [lowest, highest] of [
          [1, id],
          [id - 20, id - 10],
          [3, 3],
          [id, id + 2],
        ] as const) {
          const within = [...model.values()].filter((stream) => stream.id >= lowest && stream.id <= highest);
          if (lowest > 0) expect(table.between(lowest, highest)).toEqual(within);
        }
        expect(table.values()).toEqual([...model.values()]);
        for (let asked = 1; asked <= id; asked += 2) expect(table.get(asked)).toBe(model.get(asked));
      }),
    );
  });

  it("keeps a stream that outlives very many others", () => {
    const table = new StreamTable<undefined>();
    const old = streamOf(1);
    table.add(old);
    for (let id = 3; id < 20_001; id += 2) {
      table.add(streamOf(id));
      table.delete(id);
    }
    expect(table.get(1)).toBe(old);
    expect(table.values()).toEqual([old]);
    table.delete(1);
    expect([table.size, table.get(1)]).toEqual([0, undefined]);
  });

  it("ignores an id that is not open", () => {
    const table = new StreamTable<undefined>();
    table.add(streamOf(1));
    table.delete(3);
    table.delete(129);
    expect(table.size).toBe(1);
  });
});
