import { setTimeout as pause } from "node:timers/promises";
import type { InDoubtPolicy } from "@apnskit/campaign";
import { MockApns } from "@apnskit/mock-server";
import { SeededRandom, TcpProxy } from "@apnskit/testkit";
import { PostgresServer, RedisServer } from "@apnskit/testkit/stores";
import { type CampaignReport, Campaigns, PostgresStore, RedisStore } from "../src/index.ts";
import { HARMS, type Harm, harm, type Victim } from "./harm.ts";
import { judge, type Verdict } from "./verdict.ts";
import { buildWorker, WorkerProcess } from "./worker-process.ts";

export interface SoakOptions {
  readonly kind: "redis" | "postgres";
  readonly count: number;
  /** Harms done while the campaign runs. */
  readonly kills: number;
  readonly seed: number;
  readonly workers: number;
  readonly policy: InDoubtPolicy;
  /** Milliseconds of a lock. */
  readonly lockDuration: number;
  readonly rangeSize: number;
  onProgress?(acted: number, harms: number): void;
}

export interface SoakReport extends Verdict {
  readonly report: CampaignReport;
  readonly harms: Readonly<Record<Harm, number>>;
  readonly seconds: number;
}

/** Milliseconds between two looks at how far the campaign is. */
const LOOK = 50;
/** Milliseconds without any progress, and without harm, after which the soak gives up. */
const STUCK = 120_000;

/** A campaign on several workers' processes, of which any is killed, suspended or cut off from the store. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const { kind, count, seed, workers, policy, lockDuration, rangeSize } = options;
  const random = new SeededRandom(seed);
  const isRegistered = (index: number): boolean => index % 997 !== 5;
  await using use = await (kind === "redis" ? RedisServer : PostgresServer).start();
  await using store = await openStore(kind, use.url, use.namespace);
  await using server = await MockApns.start({
    latency: { median: 3, p99: 30 },
    seed,
    ledger: { capacity: 100, payloads: false, tally: ["apns-id", "collapse-id"] },
  });
  for (let index = 5; index < count; index += 997)
    server.devices.unregister(index.toString(16).padStart(64, "0"));
  const worker = await buildWorker();
  const queue = "soak";
  const name = `soak-${seed}`;
  await using campaigns = new Campaigns({ store, queue });
  await campaigns.start({ name, count, rangeSize, inDoubt: policy });
  const victims: Victim[] = [];
  const began = performance.now();
  try {
    for (let i = 0; i < workers; i++) {
      const proxy = await TcpProxy.listen({ target: use.target });
      const { origin, ca, key } = server;
      const setup = {
        kind,
        namespace: use.namespace,
        port: proxy.port,
        origin,
        ca,
        key,
        queue,
        lockDuration,
      };
      victims.push({ worker: new WorkerProcess(worker.program, setup), proxy });
    }
    const harms = await torment(options, random, victims, new Progress(campaigns, name));
    const report = await campaigns.report(name);
    const { apnsIds, collapseIds } = server.ledger;
    const acted = {
      byApnsId: (id: string) => apnsIds!.get(id).acted,
      byCollapseId: (id: string) => collapseIds!.get(id).acted,
      total: apnsIds!.summary().acted,
    };
    const verdict = judge(report, acted, policy, isRegistered);
    const deaths = victims.flatMap(({ worker: { deaths } }) => deaths);
    const differences = [...deaths, ...verdict.differences];
    const differenceCount = deaths.length + verdict.differenceCount;
    return {
      ...verdict,
      differences,
      differenceCount,
      report,
      harms,
      seconds: (performance.now() - began) / 1_000,
    };
  } finally {
    await Promise.all(victims.map(({ worker: one }) => one.stop()));
    await Promise.all(victims.map(({ proxy }) => proxy.close()));
    worker.remove();
  }
}

async function openStore(kind: string, url: string, namespace: string): Promise<RedisStore | PostgresStore> {
  if (kind === "redis") {
    const { hostname, port } = new URL(url);
    return new RedisStore({ connection: { host: hostname, port: Number(port || 6379) }, prefix: namespace });
  }
  const connection = { connectionString: url, schema: `${namespace}_queue` };
  const store = new PostgresStore({ connection, schema: namespace });
  await store.migrate();
  return store;
}

/** Harms happen when the campaign has come so far: so that they meet a campaign that runs, on any machine. */
async function torment(
  { kills, count, lockDuration, onProgress }: SoakOptions,
  random: SeededRandom,
  victims: readonly Victim[],
  progress: Progress,
): Promise<Record<Harm, number>> {
  const done: Record<Harm, number> = { kill: 0, suspend: 0, cut: 0, silence: 0 };
  const moments = Array.from({ length: kills }, () => random.next() * 0.95 * count).sort((a, b) => a - b);
  const running = new Map<Victim, Promise<void>>();
  for (const [at, moment] of moments.entries()) {
    while (progress.handedOut < moment && !progress.isStuck) await progress.look();
    const victim = victims[Math.floor(random.next() * victims.length)]!;
    // One harm at a time for each worker.
    await running.get(victim);
    const kind = HARMS[Math.floor(random.next() * HARMS.length)]!;
    done[kind]++;
    running.set(victim, harm(kind, victim, lockDuration, random));
    onProgress?.(progress.handedOut, at + 1);
  }
  await Promise.all(running.values());
  while (!progress.isFinished && !progress.isStuck) {
    await progress.look();
    onProgress?.(progress.handedOut, kills);
  }
  return done;
}

/** How far a campaign is. */
class Progress {
  handedOut = 0;
  isFinished = false;
  readonly #campaigns: Campaigns;
  readonly #name: string;
  #since = performance.now();

  constructor(campaigns: Campaigns, name: string) {
    this.#campaigns = campaigns;
    this.#name = name;
  }

  get isStuck(): boolean {
    return performance.now() - this.#since > STUCK;
  }

  async look(): Promise<void> {
    await pause(LOOK);
    const { count, pending, state } = await this.#campaigns.report(this.#name);
    if (count - pending !== this.handedOut) this.#since = performance.now();
    this.handedOut = count - pending;
    this.isFinished = state === "finished";
  }
}
