import { type Bundle, bundle } from "./bundle.ts";
import { Child } from "./child.ts";
import { ContenderProcess } from "./contender-process.ts";
import type { LoadResult } from "./messages.ts";
import type { Cores } from "./options.ts";
import type { Progress } from "./progress.ts";
import { entrants } from "./roster.ts";
import type { AppsReply, AppsRequest, AppsResult } from "./scale/messages.ts";
import { type BenchServer, SINK_SOURCE, startServer } from "./server.ts";
import { median } from "./statistics.ts";
import { taskFor } from "./throughput.ts";

export interface ScaleOptions {
  /** Notifications per run; one run for each number. */
  notifications: readonly number[];
  /** Apps in one process, each with a key and a connection. */
  apps: readonly number[];
  connections: readonly number[];
  /** Bytes of each payload. */
  payloads: readonly number[];
  /** Client processes at the same time, with the same key. */
  processes: readonly number[];
  /** Notifications per run in all series except `notifications`. */
  count: number;
  /** Notifications in flight on each connection. */
  streams: number;
  /** Repetitions of each run, in turn with the other runs of its series. The result is their median. */
  rounds: number;
  /** Processor lists. Several client processes share all processors, because the sink needs little time. */
  cores: Cores | undefined;
  tokens: number;
}

/** The size that grows in a series. */
export type ScaleName = "notifications" | "apps" | "connections" | "payload" | "processes";

export interface ScalePoint {
  /** The number, or the bytes. */
  size: number;
  /** The client's processor time per notification, µs, median of the rounds. */
  cost: number;
  rounds: readonly number[];
}

export interface ScaleSeries {
  name: ScaleName;
  points: ScalePoint[];
}

/** Bytes per idle app: resident set while it is connected (`open`), heap afterwards (`closed`). */
export interface AppMemory {
  apps: number;
  open: number;
  closed: number;
}

export interface ScaleReport {
  bench: "scale";
  options: ScaleOptions;
  series: ScaleSeries[];
  memory: AppMemory[];
}

const APPS_SOURCE = "scale/apps.ts";
/** Apps that send at the same time, each one burst. */
const SENDERS = 4;
const PAYLOAD = 200;
/**
 * Fraction of `count` sent as warm-up, also before short runs: after a short warm-up they would measure the
 * compiler.
 */
const WARM_UP = 1;

/**
 * Measures the processor time per notification as the work grows. The sink answers: it costs less than the
 * client, and its time does not count.
 */
export async function measureScale(options: ScaleOptions, progress: Progress): Promise<ScaleReport> {
  const { streams, tokens, cores } = options;
  const [pool] = entrants(["pool"]);
  await using files = await bundle([SINK_SOURCE, APPS_SOURCE, pool!.source]);
  const server = { streams, payloadBytes: PAYLOAD, tokens, cores: cores?.server };
  await using sink = await startServer("sink", files, server);
  const bench = new ScaleBench(options, progress, files, sink);

  const notifications = await bench.series("notifications", options.notifications, (count) =>
    bench.clients(1, { count, connections: 1, payloadBytes: PAYLOAD }),
  );
  const connections = await bench.series("connections", options.connections, (size) =>
    bench.clients(1, { count: options.count, connections: size, payloadBytes: PAYLOAD }),
  );
  const payload = await bench.series("payload", options.payloads, (bytes) =>
    bench.clients(1, { count: options.count, connections: 1, payloadBytes: bytes }),
  );
  const processes = await bench.series("processes", options.processes, (size) =>
    bench.clients(size, { count: options.count, connections: 1, payloadBytes: PAYLOAD }),
  );
  const memory = new Map<number, AppsResult[]>();
  const apps = await bench.series("apps", options.apps, async (size) => {
    const result = await bench.apps(size);
    memory.set(size, [...(memory.get(size) ?? []), result]);
    return costOf([result]);
  });
  return {
    bench: "scale",
    options,
    series: [notifications, apps, connections, payload, processes],
    memory: [...memory].map(([size, results]) => ({
      apps: size,
      open: median(results.map((result) => result.openBytes)),
      closed: median(results.map((result) => result.closedBytes)),
    })),
  };
}

interface Run {
  count: number;
  connections: number;
  payloadBytes: number;
}

/** The runs of one measurement, against one server. */
class ScaleBench {
  readonly #options: ScaleOptions;
  readonly #progress: Progress;
  readonly #files: Bundle;
  readonly #sink: BenchServer;

  constructor(options: ScaleOptions, progress: Progress, files: Bundle, sink: BenchServer) {
    this.#options = options;
    this.#progress = progress;
    this.#files = files;
    this.#sink = sink;
  }

  /** Runs all sizes in turn, in each round. */
  async series(
    name: ScaleName,
    sizes: readonly number[],
    run: (size: number) => Promise<number>,
  ): Promise<ScaleSeries> {
    const costs = new Map<number, number[]>(sizes.map((size) => [size, []]));
    for (let round = 1; round <= this.#options.rounds; round++) {
      for (const [size, found] of costs) {
        const title = `${name}: ${size} · round ${round}/${this.#options.rounds}`;
        found.push(
          await this.#progress.step(
            title,
            () => run(size),
            (cost) => `${cost.toFixed(2)} µs`,
          ),
        );
      }
    }
    const points = [...costs].map(([size, rounds]) => ({ size, cost: median(rounds), rounds }));
    return { name, points };
  }

  /** Runs several processes at once. Each posts notifications with different payloads and headers. */
  async clients(processes: number, { count, connections, payloadBytes }: Run): Promise<number> {
    const { streams, tokens } = this.#options;
    const task = taskFor(this.#sink, { connections, streams, payloadBytes, tokens, workload: "each" });
    const [entrant] = entrants(["pool"]);
    const cores = processes === 1 ? this.#options.cores?.client : this.#both();
    const clients: ContenderProcess[] = [];
    try {
      for (let i = 0; i < processes; i++) {
        clients.push(await ContenderProcess.open(entrant!, this.#files, task, { cores }));
      }
      const inflight = connections * streams;
      const load = (part: number) =>
        Promise.all(clients.map((client) => client.load({ kind: "closed", count: part, inflight })));
      await load(Math.ceil(this.#options.count * WARM_UP));
      return costOf(await load(count));
    } finally {
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
    }
  }

  async apps(apps: number): Promise<AppsResult> {
    const { streams, tokens, count, cores } = this.#options;
    const task = taskFor(this.#sink, { connections: 1, streams, payloadBytes: PAYLOAD, tokens });
    await using child = new Child<AppsRequest, AppsReply>(this.#files.file(APPS_SOURCE), {
      cores: cores?.client,
      flags: ["--expose-gc"],
    });
    const asked: AppsRequest = { type: "measure", task, apps, count, burst: streams, senders: SENDERS };
    const { type: _, ...result } = await child.ask(asked, "measured");
    return result;
  }

  #both(): string | undefined {
    const { cores } = this.#options;
    return cores === undefined ? undefined : `${cores.client},${cores.server}`;
  }
}

/**
 * The processor time per notification, µs.
 * @throws Error unless all were accepted
 */
function costOf(results: readonly Pick<LoadResult, "count" | "accepted" | "cpuSeconds">[]): number {
  const sum = (value: (result: (typeof results)[number]) => number) =>
    results.reduce((total, result) => total + value(result), 0);
  const [count, accepted] = [sum((result) => result.count), sum((result) => result.accepted)];
  if (accepted !== count) throw new Error(`only ${accepted} of ${count} notifications were accepted`);
  return (sum((result) => result.cpuSeconds) / count) * 1e6;
}
