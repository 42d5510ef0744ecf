import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { SeededRandom } from "@apnskit/testkit";
import type { CampaignReport, InDoubtPolicy } from "../src/index.ts";
import type { Arena, Errand } from "./arena.ts";
import { LedgerServer } from "./ledger-server.ts";
import { judge, type Verdict } from "./verdict.ts";

/** What is soaked. */
export interface SoakOptions {
  readonly count: number;
  readonly kills: number;
  readonly seed: number;
  readonly inDoubt: InDoubtPolicy;
  readonly arena: Arena;
  onKill?(done: number, report: CampaignReport | undefined): void;
}

/** How a soak ended. */
export interface SoakReport extends Verdict {
  readonly kills: number;
  readonly seconds: number;
  readonly report: CampaignReport;
}

/** Pushes a second before the first run has shown it. */
const FIRST_GUESS = 20_000;

/** Works on a campaign with processes that are killed by SIGKILL at random moments, and compares it with the ledger. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { count, seed, inDoubt, arena } = options;
  const random = new SeededRandom(seed);
  await using server = await LedgerServer.start(seed);
  const { origin, ca } = server;
  const errand: Errand = { name: `soak-${seed}`, count, inDoubt, origin, ca };
  const began = performance.now();
  let kills = 0;
  let working = 0;
  for (;;) {
    const before = await arena.report(errand);
    const isLast = kills >= options.kills;
    const left = count - (before?.accepted ?? 0);
    const perMillisecond = working > 1000 ? (before?.accepted ?? 0) / working : FIRST_GUESS / 1000;
    // On the average, as many are left for each run that is to come.
    const life = (2 * random.next() * left) / (options.kills - kills + 1) / Math.max(0.1, perMillisecond);
    const worker = arena.startWorker(errand);
    const started = await begins(worker);
    const ended = await outlives(worker, isLast ? undefined : life);
    working += performance.now() - started;
    if (ended) break;
    kills++;
    options.onKill?.(kills, before);
  }
  const seconds = (performance.now() - began) / 1000;
  const report = (await arena.report(errand))!;
  return { ...(await judge(errand, arena, server)), kills, seconds, report };
}

/** @returns when it began to send */
async function begins(worker: ChildProcess): Promise<number> {
  await Promise.race([once(worker.stdout!, "data"), once(worker, "exit")]);
  return performance.now();
}

/** @returns whether it ended by itself; it is killed after so many milliseconds */
async function outlives(worker: ChildProcess, life: number | undefined): Promise<boolean> {
  if (worker.exitCode === null) {
    const exit = once(worker, "exit");
    const controller = new AbortController();
    const end = life === undefined ? [] : [sleep(life, undefined, { signal: controller.signal })];
    await Promise.race([exit, ...end]);
    controller.abort();
    for (const promise of end) promise.catch(() => {});
    if (worker.exitCode === null) worker.kill("SIGKILL");
    await exit;
  }
  if (worker.signalCode === "SIGKILL") return false;
  if (worker.exitCode !== 0) throw new Error(`a worker ended with code ${worker.exitCode}`);
  return true;
}
