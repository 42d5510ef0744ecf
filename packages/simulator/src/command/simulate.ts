import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "../build/bundle.ts";
import { shrink } from "../shrink/shrink.ts";
import { describeFault } from "../weather/fault.ts";
import { drawPlan, type Plan } from "../weather/plan.ts";
import { FIXED_SEEDS } from "./fixed-seeds.ts";
import type { Flags } from "./flags.ts";
import { Tally } from "./tally.ts";
import { WorkerProcess } from "./worker-process.ts";

/** Seeds that are shrunk and told in full; of others only the findings are told. */
const MOST_TOLD = 3;

/** Seeds of one process after another that may end their process. */
const MOST_DEATHS = 20;

/**
 * Runs seeds, prints their findings, and sums up.
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
  flags: Flags,
  tally: Tally,
  print: (line: string) => void,
): Promise<void> {
  const step = Math.min(flags.workers, flags.seeds);
  const failed: number[] = [];
  const strides = Array.from({ length: step }, (_, place) => {
    const count = Math.ceil((flags.seeds - place) / step);
    return runStride({ from: flags.from + place, count, step }, worker, flags, tally, failed, print);
  });
  await Promise.all(strides);
  if (!flags.shrink) return;
  for (const seed of failed.sort((a, b) => a - b).slice(0, MOST_TOLD)) {
    print(`seed ${seed}:`);
    await tellShrunk(worker, seed, print);
  }
}

interface Stride {
  readonly from: number;
  readonly count: number;
  readonly step: number;
}

/** Runs every so many seeds in one process, and in another one after a seed that ends its process. */
async function runStride(
  { from, count, step }: Stride,
  worker: WorkerProcess,
  { within, trace }: Flags,
  tally: Tally,
  failed: number[],
  print: (line: string) => void,
): Promise<void> {
  for (let done = 0, deaths = 0; done < count && deaths < MOST_DEATHS && tally.seconds < within; ) {
    const order = { kind: "seeds", from: from + done * step, count: count - done, step } as const;
    try {
      for await (const told of worker.carryOut(order)) {
        done++;
        tally.add(told);
        if (trace) for (const line of await traceOf(worker, drawPlan(told.seed))) print(line);
        if (told.findings.length > 0) {
          failed.push(told.seed);
          print(`seed ${told.seed}: ${told.findings.length} findings`);
          for (const finding of told.findings.slice(0, 5)) print(`  ${finding}`);
        }
        if (tally.seconds >= within) break;
      }
    } catch (error) {
      tally.seeds++;
      tally.failed++;
      deaths++;
      print(`seed ${from + done++ * step} ends the process: ${(error as Error).message}`);
    }
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
