import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../src/build/bundle.ts";
import type { Told } from "../src/command/order.ts";
import { WorkerProcess } from "../src/command/worker-process.ts";
import { run } from "../src/run.ts";
import { drawPlan } from "../src/weather/plan.ts";

const SEEDS = 6;

/** The binary of another version, where the tests of the packed packages have installed it. */
function binary(major: number): string {
  const name = `node-${major}-${process.platform}-${process.arch}`;
  return resolve(import.meta.dirname, "../../runtimes/tools/node_modules", name, "bin/node");
}

describe("the same seed", () => {
  let directory: string;
  let worker: WorkerProcess;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "apnskit-simulator-"));
    const file = join(directory, "worker.mjs");
    await bundle(file);
    worker = new WorkerProcess(file);
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  async function hashes(from: number, count: number, by = worker): Promise<Map<number, string>> {
    const found = new Map<number, string>();
    for await (const { seed, hash } of by.carryOut({ kind: "seeds", from, count })) found.set(seed, hash);
    return found;
  }

  it("has the same trace in two processes", async () => {
    const first = await hashes(1, SEEDS);
    expect(first.size).toBe(SEEDS);
    expect(new Set(first.values()).size).toBe(SEEDS);
    expect(await hashes(1, SEEDS)).toEqual(first);
  });

  for (const major of [22, 24]) {
    it.skipIf(!existsSync(binary(major)))(`has the same trace on Node.js ${major}`, async () => {
      const other = new WorkerProcess(join(directory, "worker.mjs"), undefined, binary(major));
      expect(await hashes(1, SEEDS, other)).toEqual(await hashes(1, SEEDS));
    });
  }

  it("has the same trace whatever ran before it in its process", async () => {
    const after = await hashes(1, SEEDS);
    for (const seed of [3, SEEDS]) expect(await hashes(seed, 1)).toEqual(new Map([[seed, after.get(seed)]]));
  });

  it("has the same trace with and without its text", async () => {
    const plan = drawPlan(5);
    const told: Told[] = [];
    for (const verbose of [false, true]) {
      for await (const one of worker.carryOut({ kind: "plan", plan, verbose })) told.push(one);
    }
    expect(told.map(({ hash }) => hash)).toEqual([told[0]!.hash, told[0]!.hash]);
    expect(told.map(({ trace }) => trace.length > 0)).toEqual([false, true]);
  });

  it("has the same trace with campaigns that are killed, and with many apps", async () => {
    const withMore = Array.from({ length: 60 }, (_, seed) => drawPlan(seed)).filter(
      ({ campaigns, apps }) => campaigns.length > 0 || apps.length > 0,
    );
    expect(withMore.some(({ campaigns }) => campaigns.some(({ blows }) => blows.length > 0))).toBe(true);
    expect(withMore.some(({ apps }) => apps.length > 0)).toBe(true);
    for (const plan of withMore.slice(0, 3)) {
      const { hash } = await run(plan);
      expect((await hashes(plan.seed, 1)).get(plan.seed)).toBe(hash);
    }
  });

  it("has the same trace in the process of a test", async () => {
    const { hash } = await run(drawPlan(2));
    expect((await run(drawPlan(2))).hash).toBe(hash);
    expect((await hashes(2, 1)).get(2)).toBe(hash);
  });

  it("leaves the machine as it was", async () => {
    const before = { setTimeout: globalThis.setTimeout, reference: globalThis.WeakRef };
    await run(drawPlan(1));
    expect(globalThis.WeakRef).toBe(before.reference);
    expect(globalThis.setTimeout).toBe(before.setTimeout);
  });
});
