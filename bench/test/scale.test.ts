import { expect, it } from "vitest";
import { thisMachine } from "../src/machine.ts";
import { silentProgress } from "../src/progress.ts";
import { measureScale } from "../src/scale.ts";
import { scalePublication } from "../src/scale-page.ts";
import { PATIENCE } from "./small-options.ts";

it(
  "measures the cost of a notification as notifications, apps, connections, payloads and processes grow",
  async () => {
    const report = await measureScale(
      {
        notifications: [200, 400],
        apps: [1, 3],
        connections: [1, 2],
        payloads: [100, 4_096],
        processes: [1, 2],
        count: 300,
        streams: 50,
        rounds: 1,
        cores: undefined,
        tokens: 20,
      },
      silentProgress,
    );
    expect(report.series.map(({ name, points }) => [name, points.map(({ size }) => size)])).toEqual([
      ["notifications", [200, 400]],
      ["apps", [1, 3]],
      ["connections", [1, 2]],
      ["payload", [100, 4_096]],
      ["processes", [1, 2]],
    ]);
    for (const { points } of report.series) {
      for (const { cost, rounds } of points) expect([cost > 0, rounds.length]).toEqual([true, 1]);
    }
    expect(report.memory.map(({ apps }) => apps)).toEqual([1, 3]);
    const { text, charts } = scalePublication(report, thisMachine());
    expect(text).toContain("| apps in one process, a key each | 3 |");
    expect(Object.keys(charts)).toHaveLength(5);
  },
  PATIENCE,
);
