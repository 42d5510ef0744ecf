import { expect, it } from "vitest";
import { thisMachine } from "../src/machine.ts";
import { measureCase } from "../src/micro/case.ts";
import { measureMicro } from "../src/micro.ts";
import { microPublication } from "../src/micro-page.ts";
import { silentProgress } from "../src/progress.ts";
import { PATIENCE } from "./small-options.ts";

it(
  "measures an operation of every part of the engine",
  async () => {
    const report = await measureMicro(
      { samples: 1, sampleTime: 0.1, match: undefined, cores: undefined },
      silentProgress,
    );
    const groups = new Set(report.rows.map((row) => row.group));
    expect([...groups]).toEqual(["frames", "HPACK", "session", "queue", "assignment", "deadlines"]);
    for (const { name, perOperation } of report.rows) expect(perOperation.median, name).toBeGreaterThan(0);
    expect(microPublication(report, thisMachine()).text).toContain("| frames: ");
  },
  PATIENCE,
);

it("runs operations in a whole number of batches", () => {
  const seen: number[] = [];
  const { times } = measureCase(
    { group: "test", name: "batches", batch: 7, prepare: () => (count) => seen.push(count) },
    2,
    0.001,
  );
  expect(times % 7).toBe(0);
  expect(seen.every((count) => count % 7 === 0)).toBe(true);
});
