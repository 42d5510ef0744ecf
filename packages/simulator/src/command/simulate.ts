import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "../build/bundle.ts";
import { shrink } from "../shrink/shrink.ts";
import { describeFault } from "../weather/fault.ts";
import { drawPlan, type Plan } from "../weather/plan.ts";
import { FIXED_SEEDS } from "./fixed-seeds.ts";
import type { Flags } from "./flags.ts";
import type { Told } from "./order.ts";
import { Tally } from "./tally.ts";
import { WorkerProcess } from "./worker-process.ts";

/** Seeds that are shrunk and told in full; of others only the findings are told. */
const MOST_TOLD = 3;

/**
 * Runs seeds, tells what was found, and sums up.
 *
 * @param print takes lines of text
 * @returns how many seeds failed
 */
export async function simulate(flags: Flags, print: (line: string) => void): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "apnskit-simulator-"));
  try {
    const file = join(directory, "worker.mjs");
    await bundle(file);
    const worker = new WorkerProcess(file);
    const tally = new Tally();
    const fixed = flags.fixed ? FIXED_SEEDS.map(({ seed }) => seed) : [];
    for (const seed of fixed) await runSeeds(worker, { ...flags, from: seed, seeds: 1 }, tally, print);
    await runSeeds(worker, flags, tally, print);
    print(String(tally));
    return tally.failed;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function runSeeds(
  worker: WorkerProcess,
  { from, seeds, within, trace, shrink: isShrinking }: Flags,
  tally: Tally,
  print: (line: string) => void,
): Promise<void> {
  let last = from - 1;
  const failed: Told[] = [];
  try {
    for await (const told of worker.carryOut({ kind: "seeds", from, count: seeds })) {
      last = told.seed;
      tally.add(told);
      if (trace) for (const line of await traceOf(worker, drawPlan(told.seed))) print(line);
      if (told.findings.length > 0) failed.push(told);
      if (tally.seconds >= within) break;
    }
  } catch (error) {
    tally.seeds++;
    tally.failed++;
    print(`seed ${last + 1} ends the process: ${(error as Error).message}`);
  }
  for (const [place, told] of failed.entries()) {
    print(`seed ${told.seed}: ${told.findings.length} findings`);
    for (const finding of told.findings.slice(0, 5)) print(`  ${finding}`);
    if (place < MOST_TOLD && isShrinking) await tellShrunk(worker, told.seed, print);
  }
}

/** Tells the shortest story that still fails. */
async function tellShrunk(worker: WorkerProcess, seed: number, print: (line: string) => void): Promise<void> {
  const plan = await shrink(drawPlan(seed), async (smaller) => {
    for await (const told of worker.carryOut({ kind: "plan", plan: smaller, verbose: false })) {
      return told.findings.length > 0;
    }
    return false;
  });
  print(`  shrunk to ${plan.faults.length} faults, ${plan.actors.length} callers:`);
  for (const fault of plan.faults) print(`    ${describeFault(fault)}`);
  for (const { kind, place, operations, ...rest } of plan.actors) {
    print(`    ${kind} ${place} ${JSON.stringify(rest)}`);
    for (const { at, ...operation } of operations) {
      print(`      ${(at / 1_000).toFixed(3)} s: ${JSON.stringify(operation)}`);
    }
  }
  for (const { place, blows, ...rest } of plan.campaigns) {
    print(`    campaign ${place} ${JSON.stringify(rest)}`);
    for (const { at, ...blow } of blows) print(`      ${(at / 1_000).toFixed(3)} s: ${JSON.stringify(blow)}`);
  }
  for (const { place, operations, ...rest } of plan.apps) {
    print(`    apps ${place} ${JSON.stringify(rest)}`);
    for (const { at, ...operation } of operations)
      print(`      ${(at / 1_000).toFixed(3)} s: ${JSON.stringify(operation)}`);
  }
  const lines = await traceOf(worker, plan);
  const first = lines.findIndex((line) => line.includes("FINDING"));
  for (const line of lines.slice(Math.max(0, first - 60), first + 3)) print(`  | ${line}`);
  print(`  again: pnpm simulate --seeds 1 --from ${seed} --trace`);
}

async function traceOf(worker: WorkerProcess, plan: Plan): Promise<readonly string[]> {
  for await (const told of worker.carryOut({ kind: "plan", plan, verbose: true })) return told.trace;
  return [];
}
