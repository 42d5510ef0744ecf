import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { bundle } from "../src/build/bundle.ts";
import { simulate } from "../src/command/simulate.ts";
import { WorkerProcess } from "../src/command/worker-process.ts";
import { MUTANTS } from "../src/mutants/mutants.ts";

describe("the simulation", () => {
  it("finds nothing in the first seeds", async () => {
    const lines: string[] = [];
    const flags = { seeds: 25, from: 1, within: 60, workers: 1, trace: false, fixed: true, shrink: false };
    const failed = await simulate(flags, (line) => lines.push(line));
    expect({ failed, lines }).toMatchObject({ failed: 0 });
    expect(lines.at(-1)).toMatch(/simulated hours/);
  }, 300_000);

  it("runs each seed once, however many processes share them", async () => {
    const sums: string[][] = [];
    for (const workers of [1, 2]) {
      const flags = { seeds: 3, from: 1, within: 60, workers, trace: false, fixed: false, shrink: false };
      const lines: string[] = [];
      await simulate(flags, (line) => lines.push(line));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(/^3 seeds in /);
      sums.push(lines[0]!.split("; ").slice(2));
    }
    expect(sums[1]).toEqual(sums[0]);
  });

  it.each([
    "429 is final",
    "a drain forgets the last stream",
    "a lowered stream limit is ignored for requests that wait in the connection",
    "octets are written over while their write is under way",
    "a closed connection keeps its timer",
  ])("finds a defect: %s", async (name) => {
    const directory = await mkdtemp(join(tmpdir(), "apnskit-mutant-"));
    try {
      const file = join(directory, "worker.mjs");
      await bundle(
        file,
        MUTANTS.find((mutant) => mutant.name === name),
      );
      const order = { kind: "seeds", from: 1, count: 100, stopAtFirst: true } as const;
      let found: readonly string[] = [];
      for await (const { findings } of new WorkerProcess(file).carryOut(order)) found = findings;
      expect(found.length).toBeGreaterThan(0);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it("knows its defects: the text of each is in the sources once", async () => {
    const root = fileURLToPath(new URL("../../../", import.meta.url));
    for (const { name, file, from } of MUTANTS) {
      const source = await readFile(root + file, "utf8");
      expect(source.split(from).length - 1, name).toBe(1);
    }
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
    expect(MUTANTS.length).toBeGreaterThanOrEqual(20);
  });
});
