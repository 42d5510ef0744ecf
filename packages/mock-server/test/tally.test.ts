import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Tally } from "../src/ledger/tally.ts";

describe("a tally", () => {
  test("agrees with a Map over any sequence of ids, while it grows", () => {
    const id = fc.oneof(fc.uuid(), fc.string({ maxLength: 4 }), fc.constantFrom("a", "b", "c"));
    const steps = fc.array(fc.tuple(id, fc.boolean()), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (sequence) => {
        const tally = new Tally(1);
        const model = new Map<string, { arrived: number; acted: number }>();
        for (const [name, acted] of sequence) {
          const counts = model.get(name) ?? { arrived: 0, acted: 0 };
          model.set(name, counts);
          counts.arrived++;
          tally.arrive(name);
          if (!acted) continue;
          counts.acted++;
          tally.act(name);
        }
        for (const [name, counts] of model) expect(tally.get(name)).toEqual(counts);
        expect(tally.summary().ids).toBe(model.size);
      }),
    );
  });

  test("takes a UUID in capitals for the same one", () => {
    const tally = new Tally();
    const id = randomUUID();
    tally.arrive(id.toUpperCase());
    expect(tally.get(id)).toEqual({ arrived: 1, acted: 0 });
  });

  test("keeps two hundred thousand ids apart", () => {
    const tally = new Tally();
    const ids = Array.from({ length: 200_000 }, () => randomUUID());
    for (const id of ids) tally.arrive(id);
    for (const id of ids.slice(0, 1000)) tally.act(id);
    tally.act(ids[0]!);
    expect(tally.summary()).toEqual({
      ids: 200_000,
      arrived: 200_000,
      acted: 1001,
      repeated: 1,
      neverActed: 199_000,
    });
  });

  test("stops at 65,535, and does not spill from one count into the other", () => {
    const tally = new Tally();
    for (let i = 0; i < 66_000; i++) {
      tally.act("x");
      tally.arrive("x");
    }
    expect(tally.get("x")).toEqual({ arrived: 65_535, acted: 65_535 });
  });
});
