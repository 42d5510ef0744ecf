import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RedisServer, type StoreUse } from "@apnskit/testkit/stores";
import { type Bundle, bundle } from "./bundle.ts";
import type { Errand, Mark, RedisTarget, Sent, Way } from "./campaign/messages.ts";
import { Child } from "./child.ts";
import type { Progress } from "./progress.ts";
import { type BenchServer, type ServerName, SINK_SOURCE, startServer } from "./server.ts";
import { type Spread, spread } from "./statistics.ts";

const SENDER_SOURCE = "campaign/sender.ts";
/** In the order in which an even round measures them. */
export const WAYS: readonly Way[] = ["bullmq", "campaign", "sendMany", "one"];
/** Looks at the memory during a run. */
const MARKS = 10;

export interface CampaignBenchOptions {
  /** Recipients of each run. */
  readonly count: number;
  /** Recipients of a last campaign with the journal, which shows the memory; 0: none. */
  readonly long: number;
  readonly rounds: number;
  readonly connections: number;
  readonly server: ServerName;
  readonly ways: readonly Way[];
  /** Folder of the journal. The speed of its disk affects the result. */
  readonly folder?: string | undefined;
}

/** One run. */
export interface CampaignRun extends Sent {
  readonly way: Way;
  /** Megabytes of the journal. */
  readonly journal: number;
}

/** The extra cost of a way over another one, as fractions. */
export interface Overhead {
  readonly way: Way;
  readonly over: Way;
  readonly cpu: Spread;
  readonly time: Spread;
}

export interface CampaignReport {
  readonly options: CampaignBenchOptions;
  /** The runs of each round, one for each way. */
  readonly rounds: readonly (readonly CampaignRun[])[];
  readonly overheads: readonly Overhead[];
  readonly long: (CampaignRun & { readonly marks: readonly Mark[] }) | undefined;
}

/** Sends the same pushes to one server in several ways in turn, and one long campaign at the end. */
export async function measureCampaign(
  options: CampaignBenchOptions,
  progress: Progress,
): Promise<CampaignReport> {
  const { count, long, rounds, server: name, ways, folder = tmpdir() } = options;
  await using files = await bundle([SINK_SOURCE, SENDER_SOURCE]);
  await using server = await startServer(name, files, {
    streams: 1000,
    cores: undefined,
    payloadBytes: 200,
    tokens: 1,
  });
  await using redis = ways.includes("bullmq") ? await RedisServer.start() : undefined;
  const directory = mkdtempSync(join(folder, "apnskit-bench-"));
  try {
    const runs: CampaignRun[][] = [];
    const bench = { options, files, server, redis, directory };
    for (let round = 1; round <= rounds; round++) {
      const row: CampaignRun[] = [];
      // The ways take turns at going first, because the machine's speed changes during a round.
      for (const way of round % 2 === 0 ? ways : ways.toReversed()) {
        const title = `round ${round} of ${rounds}, ${way}`;
        row.push(await progress.step(title, () => send(bench, way, count, `${way}-${round}`), describe));
      }
      runs.push(row);
    }
    const marks: Mark[] = [];
    const last =
      long === 0
        ? undefined
        : await progress.step(
            `${long} recipients`,
            () => send(bench, "campaign", long, "long", (mark) => marks.push(mark)),
            describe,
          );
    const known = { ...options, folder: undefined };
    const longRun = last === undefined ? undefined : { ...last, marks };
    return { options: known, rounds: runs, overheads: overheads(runs, ways), long: longRun };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Bench {
  readonly options: CampaignBenchOptions;
  readonly files: Bundle;
  readonly server: BenchServer;
  readonly redis: StoreUse | undefined;
  readonly directory: string;
}

/** Sends in a new process. */
async function send(
  { options, files, server, redis, directory }: Bench,
  way: Way,
  count: number,
  name: string,
  onMark?: (mark: Mark) => void,
): Promise<CampaignRun> {
  const journal = join(directory, name);
  await using sender = new Child<Errand, Mark | Sent>(files.file(SENDER_SOURCE), { cores: undefined });
  if (onMark !== undefined) sender.on("mark", onMark);
  const { origin, ca } = server;
  const { connections } = options;
  const markEvery = Math.max(1, Math.round(count / MARKS));
  const errand = { origin, ca, way, count, connections, journal, markEvery, redis: targetOf(redis) };
  const sent = await sender.ask(errand, "sent");
  if (sent.accepted !== count) throw new Error(`${way}: ${sent.accepted} of ${count} pushes were accepted`);
  return { ...sent, way, journal: way === "campaign" ? statSync(journal).size / 1e6 : 0 };
}

function describe({ accepted, seconds, cpuSeconds, peak }: CampaignRun): string {
  const [rate, perCpu] = [seconds, cpuSeconds].map((time) =>
    Math.round(accepted / time).toLocaleString("en-GB"),
  );
  return `${rate}/s, ${perCpu} per CPU-second, ${peak.toFixed(0)} MB`;
}

function targetOf(redis: StoreUse | undefined): RedisTarget | undefined {
  if (redis === undefined) return undefined;
  const { hostname, port } = new URL(redis.url);
  return { host: hostname, port: Number(port || 6379), prefix: redis.namespace };
}

/** What the journal and BullMQ cost over `sendMany` alone: each round gives one ratio. */
export function overheads(rounds: CampaignReport["rounds"], ways: readonly Way[]): Overhead[] {
  const measured = (["campaign", "bullmq"] as const).filter((way) => ways.includes(way));
  const bare = (["sendMany", "one"] as const).filter((way) => ways.includes(way));
  return measured.flatMap((way) =>
    bare.map((over) => {
      const shares = (field: "cpuSeconds" | "seconds"): Spread =>
        spread(rounds.map((runs) => runOf(runs, way)[field] / runOf(runs, over)[field] - 1));
      return { way, over, cpu: shares("cpuSeconds"), time: shares("seconds") };
    }),
  );
}

function runOf(runs: readonly CampaignRun[], way: Way): CampaignRun {
  return runs.find((run) => run.way === way)!;
}
