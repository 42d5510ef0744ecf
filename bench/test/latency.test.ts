import { expect, it } from "vitest";
import { measureLatency } from "../src/latency.ts";
import { latencyPublication } from "../src/latency-page.ts";
import { thisMachine } from "../src/machine.ts";
import { silentProgress } from "../src/progress.ts";
import { PATIENCE, small } from "./small-options.ts";

it(
  "measures round trips, a fixed rate and the ceiling",
  async () => {
    const report = await measureLatency(
      {
        ...small,
        roundTrips: 50,
        delays: [0, 20],
        rate: 500,
        seconds: 0.2,
        connections: [1, 2],
        only: ["pool", "node-http2"],
      },
      silentProgress,
    );
    expect(report.roundTrips.map(({ name }) => name)).toEqual(["pool", "node-http2"]);
    expect(report.openLoops.map(({ name, delay, failed }) => [name, delay, failed])).toEqual([
      ["pool", 0, 0],
      ["node-http2", 0, 0],
      ["pool", 20, 0],
      ["node-http2", 20, 0],
    ]);
    expect(report.ceilings.map(({ connections, ceiling, failed }) => [connections, ceiling, failed])).toEqual(
      [
        [1, 5_000, 0],
        [1, 5_000, 0],
        [2, 10_000, 0],
        [2, 10_000, 0],
      ],
    );
    for (const { latency, delay } of report.openLoops) {
      expect(latency.p50).toBeGreaterThanOrEqual(delay);
      expect(latency.p50).toBeLessThanOrEqual(latency.max);
    }
    for (const { share } of report.ceilings) {
      expect(share.median).toBeGreaterThan(0);
      // No answer arrives before its delay is over.
      expect(share.median).toBeLessThanOrEqual(1);
    }
    expect(latencyPublication(report, thisMachine()).text).toContain("Share of the ceiling");
  },
  PATIENCE,
);
