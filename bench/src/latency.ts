import { type Bundle, bundle } from "./bundle.ts";
import { ContenderProcess } from "./contender-process.ts";
import type { Latency, Load, LoadResult } from "./messages.ts";
import type { Cores } from "./options.ts";
import type { Progress } from "./progress.ts";
import { type Entrant, entrants } from "./roster.ts";
import { type ServerName, SINK_SOURCE, startServer } from "./server.ts";
import { median, type Spread, spread } from "./statistics.ts";
import { taskFor } from "./throughput.ts";

export interface LatencyOptions {
  /** Notifications per round, sent one after the other. */
  roundTrips: number;
  /** Server for the round trips. All runs with a delay use the sink. */
  server: ServerName;
  /** Server delays in ms. */
  delays: readonly number[];
  /** Notifications per second of the open loop. */
  rate: number;
  /** Length of each open loop and of each run at the ceiling, s. */
  seconds: number;
  /** Numbers of connections for the runs at the ceiling. */
  connections: readonly number[];
  /** Streams per connection. */
  streams: number;
  payloadBytes: number;
  rounds: number;
  cores: Cores | undefined;
  /** Names of the contenders; undefined for those in `LATENCY_CONTENDERS`. */
  only: readonly string[] | undefined;
  tokens: number;
}

export const LATENCY_CONTENDERS = ["pool", "connection", "node-http2", "undici"];

export interface RoundTrip {
  name: string;
  label: string;
  ours: boolean;
  /** ms, over the rounds. */
  p50: Spread;
  p99: Spread;
}

export interface OpenLoop {
  name: string;
  label: string;
  delay: number;
  /** Medians over the rounds, ms, measured from the moment when each notification was due. */
  latency: Latency;
  failed: number;
}

export interface Ceiling {
  name: string;
  label: string;
  ours: boolean;
  delay: number;
  connections: number;
  perSecond: Spread;
  /**
   * `streams × connections ÷ delay`: the rate of a client that never leaves a stream idle, on a network
   * without delay.
   */
  ceiling: number;
  /** Fraction of the ceiling, 0 to 1. */
  share: Spread;
  failed: number;
}

export interface LatencyReport {
  bench: "latency";
  options: LatencyOptions;
  server: { name: ServerName; version: string };
  roundTrips: RoundTrip[];
  openLoops: OpenLoop[];
  ceilings: Ceiling[];
}

export async function measureLatency(options: LatencyOptions, progress: Progress): Promise<LatencyReport> {
  const present = entrants(options.only ?? LATENCY_CONTENDERS).filter((entrant) => entrant.single);
  await using files = await bundle([SINK_SOURCE, ...present.map((entrant) => entrant.source)]);
  const bench = new LatencyBench(options, files, present, progress);
  const { server, roundTrips } = await bench.roundTrips();
  const openLoops: OpenLoop[] = [];
  const ceilings: Ceiling[] = [];
  for (const delay of options.delays) {
    openLoops.push(...(await bench.openLoops(delay)));
    if (delay === 0) continue; // without a delay there is no ceiling
    for (const connections of options.connections)
      ceilings.push(...(await bench.ceilings(delay, connections)));
  }
  return { bench: "latency", options, server, roundTrips, openLoops, ceilings };
}

/** The measured load of a run, and the warm-up load before it. */
interface Plan {
  title: string;
  connections: number;
  warmUp: Load;
  load(entrant: Entrant): Load;
}

class LatencyBench {
  readonly #options: LatencyOptions;
  readonly #files: Bundle;
  readonly #entrants: readonly Entrant[];
  readonly #progress: Progress;

  constructor(options: LatencyOptions, files: Bundle, present: readonly Entrant[], progress: Progress) {
    this.#options = options;
    this.#files = files;
    this.#entrants = present;
    this.#progress = progress;
  }

  /** One notification at a time on one connection. */
  async roundTrips(): Promise<{ server: LatencyReport["server"]; roundTrips: RoundTrip[] }> {
    const { roundTrips: count, server } = this.#options;
    const { results, version } = await this.#rounds(server, 0, {
      title: "round trip",
      connections: 1,
      warmUp: { kind: "closed", count, inflight: 1 },
      load: () => ({ kind: "closed", count, inflight: 1, latency: true }),
    });
    const roundTrips = results.map(({ entrant, runs }) => ({
      name: entrant.name,
      label: entrant.label,
      ours: entrant.ours,
      p50: spread(runs.map((run) => run.latency!.p50)),
      p99: spread(runs.map((run) => run.latency!.p99)),
    }));
    return { server: { name: server, version }, roundTrips };
  }

  /** A fixed rate on one connection, regardless of the answers. */
  async openLoops(delay: number): Promise<OpenLoop[]> {
    const { rate, seconds } = this.#options;
    const count = Math.round(rate * seconds);
    const { results } = await this.#rounds("sink", delay, {
      title: `${rate}/s, delay ${delay} ms`,
      connections: 1,
      warmUp: { kind: "open", count: Math.ceil(count / 4), ratePerSecond: rate },
      load: () => ({ kind: "open", count, ratePerSecond: rate }),
    });
    return results.map(({ entrant, runs }) => ({
      name: entrant.name,
      label: entrant.label,
      delay,
      latency: medianLatency(runs.map((run) => run.latency!)),
      failed: failed(runs),
    }));
  }

  /**
   * As many notifications as possible. The load is a whole number of waves over all streams, so every wave is
   * complete.
   */
  async ceilings(delay: number, connections: number): Promise<Ceiling[]> {
    const capacity = this.#options.streams * connections;
    const waves = Math.max(2, Math.round((this.#options.seconds * 1000) / delay));
    const ceiling = (capacity * 1000) / delay;
    const { results } = await this.#rounds("sink", delay, {
      title: `ceiling with ${connections} × ${this.#options.streams} streams, delay ${delay} ms`,
      connections,
      warmUp: { kind: "closed", count: capacity * Math.max(2, Math.round(waves / 2)), inflight: capacity },
      load: ({ queues }) => ({
        kind: "closed",
        count: capacity * waves,
        // Clients with a queue get twice as many, so a free stream never waits for the caller.
        inflight: queues ? 2 * capacity : capacity,
      }),
    });
    return results.map(({ entrant, runs }) => {
      const rates = runs.map((run) => run.accepted / run.seconds);
      return {
        name: entrant.name,
        label: entrant.label,
        ours: entrant.ours,
        delay,
        connections,
        perSecond: spread(rates),
        ceiling,
        share: spread(rates.map((rate) => rate / ceiling)),
        failed: failed(runs),
      };
    });
  }

  /** All contenders in turn, several rounds, each run in a new process. */
  async #rounds(name: ServerName, delay: number, plan: Plan) {
    const { streams, payloadBytes, tokens, cores, rounds } = this.#options;
    await using server = await startServer(name, this.#files, {
      streams,
      payloadBytes,
      tokens,
      cores: cores?.server,
      delay,
    });
    const task = taskFor(server, { ...this.#options, connections: plan.connections });
    const results = this.#entrants.map((entrant) => ({ entrant, runs: [] as LoadResult[] }));
    for (let round = 1; round <= rounds; round++) {
      for (const { entrant, runs } of results) {
        const title = `${plan.title} · round ${round}/${rounds} · ${entrant.label}`;
        const run = async () => {
          const options = { cores: cores?.client };
          await using contender = await ContenderProcess.open(entrant, this.#files, task, options);
          await contender.load(plan.warmUp);
          return await contender.load(plan.load(entrant));
        };
        runs.push(await this.#progress.step(title, run, describe));
      }
    }
    return { results, version: server.version };
  }
}

function describe({ count, accepted, seconds, latency }: LoadResult): string {
  const missing = accepted === count ? "" : `, only ${accepted} of ${count} accepted`;
  if (latency === null) return `${Math.round(accepted / seconds)}/s${missing}`;
  return `p50 ${latency.p50.toFixed(2)} ms, p99 ${latency.p99.toFixed(2)} ms${missing}`;
}

function failed(runs: readonly LoadResult[]): number {
  return runs.reduce((sum, run) => sum + run.count - run.accepted, 0);
}

function medianLatency(values: readonly Latency[]): Latency {
  const at = (key: keyof Latency) => median(values.map((value) => value[key]));
  return {
    mean: at("mean"),
    p50: at("p50"),
    p90: at("p90"),
    p99: at("p99"),
    p999: at("p999"),
    max: at("max"),
  };
}
