import { expect, it } from "vitest";
import { thisMachine } from "../src/machine.ts";
import { silentProgress } from "../src/progress.ts";
import { json } from "../src/publish.ts";
import { ROSTER } from "../src/roster.ts";
import { installedServers } from "../src/server.ts";
import { measureThroughput } from "../src/throughput.ts";
import { throughputPublication } from "../src/throughput-page.ts";
import { PATIENCE, small } from "./small-options.ts";

it(
  "measures every installed client, in the given number of rounds",
  async () => {
    const report = await measureThroughput({ ...small, rounds: 2 }, silentProgress);
    const taking = ROSTER.filter((entrant) => entrant.missing?.() === undefined);
    const expected = ["one", "each"].flatMap((workload) =>
      taking
        .filter(({ workloads }) => workloads.some((name) => name === workload))
        .map(({ name }) => [name, workload]),
    );
    expect(report.rows.map((row) => [row.name, row.workload])).toEqual(expected);
    expect(Object.keys(report.skipped)).toHaveLength(ROSTER.length - taking.length);
    for (const row of report.rows) {
      expect(row.failures, row.name).toEqual({});
      expect(row.rounds, row.name).toHaveLength(2);
      expect(row.perSecond.median, row.name).toBeGreaterThan(0);
      expect(row.perCpuSecond.min, row.name).toBeLessThanOrEqual(row.perCpuSecond.max);
    }
  },
  PATIENCE,
);

it(
  "runs on every installed server, and writes a page, charts and JSON",
  async () => {
    for (const server of installedServers()) {
      const report = await measureThroughput(
        { ...small, server, only: ["pool", "node-http2"] },
        silentProgress,
      );
      expect(report.rows.map(({ failures }) => failures)).toEqual([{}, {}, {}, {}]);
      const machine = thisMachine();
      const { name, text, charts } = throughputPublication(report, machine);
      expect(name).toBe(`throughput-${server}-200`);
      expect(text).toContain("| Pool.post |");
      for (const file of Object.keys(charts)) expect(text).toContain(`(benchmarks/${file})`);
      expect(JSON.parse(json(machine, report))).toMatchObject({
        bench: "throughput",
        machine: { cores: machine.cores },
      });
    }
  },
  PATIENCE,
);

it("refuses an unknown client, and names the known clients", async () => {
  await expect(measureThroughput({ ...small, only: ["nobody"] }, silentProgress)).rejects.toThrow(
    /no contender "nobody"; known are pool, connection/,
  );
});
