import { expect, it } from "vitest";
import { thisMachine } from "../src/machine.ts";
import { growth, measureMemory } from "../src/memory.ts";
import { memoryPublication } from "../src/memory-page.ts";
import { silentProgress } from "../src/progress.ts";
import { PATIENCE, small } from "./small-options.ts";

it(
  "measures the memory of a queued request, and memory during a stream",
  async () => {
    const report = await measureMemory(
      { ...small, queued: 20_000, streamed: 2_000, sampleInterval: 5 },
      silentProgress,
    );
    expect(report.queued).toMatchObject({ count: 20_000, settled: 20_000 });
    expect(report.queued.requestBytes).toBeGreaterThan(0);
    expect(report.queued.queuedBytes).toBeGreaterThan(report.queued.requestBytes);
    expect(report.streamed).toMatchObject({ count: 2_000, accepted: 2_000, failures: {} });
    expect(report.streamed.samples.at(-1)?.done).toBe(2_000);
    const { text, charts } = memoryPublication(report, thisMachine());
    expect(text).toContain("| requests queued at once | 20,000 |");
    expect(charts["memory-streaming.svg"]).toContain("resident set");
  },
  PATIENCE,
);

it("takes growth from the first tenth of a run to the last, without the reading before the run", () => {
  const samples = Array.from({ length: 21 }, (_, index) => ({
    seconds: index,
    done: index,
    heap: 0,
    resident: index === 0 ? 1 : 1_000 + index,
  }));
  expect(growth(samples)).toBe(18);
});
