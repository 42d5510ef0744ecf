import { generateKeyPairSync } from "node:crypto";
import { type Bundle, bundle } from "./bundle.ts";
import { ContenderProcess } from "./contender-process.ts";
import type { LoadResult, Task } from "./messages.ts";
import type { Cores } from "./options.ts";
import type { Progress } from "./progress.ts";
import { type Entrant, entrants } from "./roster.ts";
import { type BenchServer, type ServerName, SINK_SOURCE, startServer } from "./server.ts";
import { type Spread, spread } from "./statistics.ts";
import type { WorkloadName } from "./workload.ts";

export interface ThroughputOptions {
  /** Workloads, measured in the same rounds, in turn. */
  workloads: readonly WorkloadName[];
  /** Notifications per measured run. Some contenders send a fixed fraction of them. */
  count: number;
  payloadBytes: number;
  connections: number;
  /** Streams in flight per connection. */
  streams: number;
  rounds: number;
  /** Processor lists for clients and server. Undefined pins nothing. */
  cores: Cores | undefined;
  server: ServerName;
  /** Names of the contenders. Undefined selects all. */
  only: readonly string[] | undefined;
  /** Distinct device tokens. */
  tokens: number;
  /** Directory for V8 profiles of every contender (`--cpu-prof`). Undefined takes none. */
  profile: string | undefined;
}

export interface ThroughputRow {
  workload: WorkloadName;
  name: string;
  label: string;
  ours: boolean;
  count: number;
  perSecond: Spread;
  /** Notifications per processor second of the client. */
  perCpuSecond: Spread;
  peakMemory: number | null;
  /** ms */
  eventLoopDelay: number | null;
  /** Notifications without a 200, by status or error code. If any exist, the row's numbers are no result. */
  failures: Record<string, number>;
  rounds: LoadResult[];
}

export interface ThroughputReport {
  bench: "throughput";
  options: ThroughputOptions;
  server: { name: ServerName; version: string };
  rows: ThroughputRow[];
  /** Contenders that did not take part, and why. */
  skipped: Record<string, string>;
}

/** Fraction of the measured count sent as warm-up, for the compiler and for the connections' windows. */
const WARM_UP = 0.2;
const SMALLEST_WARM_UP = 2_000;

/**
 * Runs all contenders in turn for several rounds (A B C A B C …), so that a disturbance of the machine
 * affects all.
 */
export async function measureThroughput(
  options: ThroughputOptions,
  progress: Progress,
): Promise<ThroughputReport> {
  const { skipped, present } = sift(entrants(options.only));
  await using files = await bundle([SINK_SOURCE, ...present.map((entrant) => entrant.source)]);
  await using server = await startServer(options.server, files, {
    streams: options.streams,
    payloadBytes: options.payloadBytes,
    tokens: options.tokens,
    cores: options.cores?.server,
  });
  const series = options.workloads.flatMap((workload) =>
    present
      .filter(({ workloads }) => workloads.includes(workload))
      .map((entrant) => ({
        entrant,
        task: taskFor(server, { ...options, workload }),
        rounds: [] as LoadResult[],
      })),
  );
  for (let round = 1; round <= options.rounds; round++) {
    for (const { entrant, task, rounds } of series) {
      const title = `${server.name} · round ${round}/${options.rounds} · ${task.workload} · ${entrant.label}`;
      rounds.push(await progress.step(title, () => run(entrant, files, task, options), describe));
    }
  }
  return {
    bench: "throughput",
    options,
    server: { name: server.name, version: server.version },
    rows: series.map(({ entrant, task, rounds }) => summarise(entrant, task.workload, rounds)),
    skipped,
  };
}

export function sift(candidates: readonly Entrant[]): {
  present: Entrant[];
  skipped: Record<string, string>;
} {
  const skipped: Record<string, string> = {};
  const present = candidates.filter((entrant) => {
    const reason = entrant.missing?.();
    if (reason !== undefined) skipped[entrant.name] = reason;
    return reason === undefined;
  });
  return { present, skipped };
}

/** The same task for every contender of a run. */
export function taskFor(
  server: Pick<BenchServer, "origin" | "ca">,
  options: Pick<ThroughputOptions, "connections" | "streams" | "payloadBytes" | "tokens"> & {
    workload?: WorkloadName;
  },
): Task {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    origin: server.origin,
    ca: server.ca,
    connections: options.connections,
    streams: options.streams,
    payloadBytes: options.payloadBytes,
    workload: options.workload ?? "one",
    tokens: options.tokens,
    signingKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

async function run(
  entrant: Entrant,
  files: Bundle,
  task: Task,
  options: ThroughputOptions,
): Promise<LoadResult> {
  const flags = options.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${options.profile}`];
  await using contender = await ContenderProcess.open(entrant, files, task, {
    cores: options.cores?.client,
    flags,
  });
  const count = Math.max(1, Math.round(options.count * entrant.share));
  const inflight = options.connections * options.streams;
  const warmUp = Math.max(Math.min(SMALLEST_WARM_UP, count), Math.round(count * WARM_UP));
  await contender.load({ kind: "closed", count: warmUp, inflight });
  return await contender.load({ kind: "closed", count, inflight });
}

function describe({ count, accepted, seconds, cpuSeconds }: LoadResult): string {
  const rates = `${Math.round(count / seconds)}/s, ${Math.round(count / cpuSeconds)}/CPU-s`;
  return accepted === count ? rates : `${rates}, only ${accepted} of ${count} accepted`;
}

function summarise(entrant: Entrant, workload: WorkloadName, rounds: LoadResult[]): ThroughputRow {
  const largest = (values: (number | null)[]) =>
    values.reduce((a, b) => (a === null ? b : b === null ? a : Math.max(a, b)), null);
  const failures: Record<string, number> = {};
  for (const round of rounds) {
    for (const [kind, count] of Object.entries(round.failures))
      failures[kind] = (failures[kind] ?? 0) + count;
  }
  return {
    workload,
    name: entrant.name,
    label: entrant.label,
    ours: entrant.ours,
    count: rounds[0]!.count,
    perSecond: spread(rounds.map((round) => round.accepted / round.seconds)),
    perCpuSecond: spread(rounds.map((round) => round.accepted / round.cpuSeconds)),
    peakMemory: largest(rounds.map((round) => round.peakMemory)),
    eventLoopDelay: largest(rounds.map((round) => round.eventLoopDelay)),
    failures,
    rounds,
  };
}
