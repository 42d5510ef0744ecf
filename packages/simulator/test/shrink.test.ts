import { describe, expect, it } from "vitest";
import { shrink } from "../src/shrink/shrink.ts";
import type { Fault } from "../src/weather/fault.ts";
import { drawPlan, type Plan } from "../src/weather/plan.ts";

const pause = (at: number): Fault => ({ kind: "pause", at, duration: 1 });

describe("shrink", () => {
  it("leaves only the faults and requests that the failure needs", async () => {
    const { actors, ...rest } = drawPlan(1);
    const batch = { count: 40, every: 0, timeout: 1, idempotent: false, body: 1 };
    const limits = { deadline: undefined, expiration: undefined, abortAfter: undefined };
    const plan: Plan = {
      ...rest,
      faults: Array.from({ length: 20 }, (_, at) => pause(at)),
      actors: [
        { ...actors[0]!, place: 0, operations: [{ kind: "post", at: 1, batch: { ...batch, ...limits } }] },
        { ...actors[0]!, place: 1, operations: [{ kind: "resize", at: 1, size: 2 }] },
      ],
    };
    const fails = async ({ faults, actors }: Plan): Promise<boolean> => {
      const times = faults.map(({ at }) => at);
      const [operation] = actors.find(({ place }) => place === 0)?.operations ?? [];
      const count = operation?.kind === "post" ? operation.batch.count : 0;
      return times.includes(3) && times.includes(17) && count >= 5;
    };
    const shrunk = await shrink(plan, fails);
    expect(shrunk.faults.map(({ at }) => at)).toEqual([3, 17]);
    expect(shrunk.actors.map(({ place }) => place)).toEqual([0]);
    expect(shrunk.actors[0]!.operations).toMatchObject([{ kind: "post", batch: { count: 5 } }]);
  });
});
