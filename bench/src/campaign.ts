import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RedisServer, type StoreUse } from "@apnskit/testkit/stores";
import { bundle } from "./bundle.ts";
import type { Errand, Mark, RedisTarget, Sent, Way } from "./campaign/messages.ts";
import { Child } from "./child.ts";
import { type ServerName, SINK_SOURCE, startServer } from "./server.ts";
import { median } from "./statistics.ts";

const SENDER_SOURCE = "campaign/sender.ts";
/** In the order in which an even round measures them. */
export const WAYS: readonly Way[] = ["bullmq", "campaign", "sendMany", "one"];

export interface CampaignBenchOptions {
  readonly count: number;
  readonly rounds: number;
  readonly connections: number;
  readonly server: ServerName;
  /** Default: all. */
  readonly ways?: readonly Way[];
  /** Accepted pushes between two calls of `onMark`. Default 1,000,000. */
  readonly markEvery?: number;
  /** Folder of the journal. The speed of its disk affects the result. */
  readonly folder?: string;
}

/** One run. */
export interface CampaignRow extends Sent {
  readonly way: Way;
  readonly round: number;
  /** Megabytes of the journal. */
  readonly journal: number;
}

/** Sends the same pushes to one server, with and without the journal in turn. */
export async function measureCampaign(
  options: CampaignBenchOptions,
  onRow: (row: CampaignRow) => void,
  onMark: (mark: Mark) => void = () => {},
): Promise<CampaignRow[]> {
  const { count, rounds, connections, server: name } = options;
  const { folder = tmpdir(), ways = WAYS, markEvery = 1_000_000 } = options;
  await using files = await bundle([SINK_SOURCE, SENDER_SOURCE]);
  await using server = await startServer(name, files, {
    streams: 1000,
    cores: undefined,
    payloadBytes: 200,
    tokens: 1,
  });
  await using redis = ways.includes("bullmq") ? await RedisServer.start() : undefined;
  const rows: CampaignRow[] = [];
  const directory = mkdtempSync(join(folder, "apnskit-bench-"));
  try {
    for (let round = 1; round <= rounds; round++) {
      // The ways take turns at going first, because the machine's speed changes during a round.
      for (const way of round % 2 === 0 ? ways : ways.toReversed()) {
        const journal = join(directory, `${way}-${round}`);
        await using sender = new Child<Errand, Mark | Sent>(files.file(SENDER_SOURCE), { cores: undefined });
        sender.on("mark", onMark);
        const { origin, ca } = server;
        const errand = { origin, ca, way, count, connections, journal, markEvery, redis: targetOf(redis) };
        const sent = await sender.ask(errand, "sent");
        if (sent.accepted !== count)
          throw new Error(`${way}: ${sent.accepted} of ${count} pushes were accepted`);
        const size = way === "campaign" ? statSync(journal).size / 1e6 : 0;
        const row = { ...sent, way, round, journal: size };
        rows.push(row);
        onRow(row);
      }
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return rows;
}

function targetOf(redis: StoreUse | undefined): RedisTarget | undefined {
  if (redis === undefined) return undefined;
  const { hostname, port } = new URL(redis.url);
  return { host: hostname, port: Number(port || 6379), prefix: redis.namespace };
}

/**
 * The extra cost of a way over a baseline, as a fraction: each round gives one ratio, and the result is their median.
 */
export function overhead(
  rows: readonly CampaignRow[],
  baseline: Way,
  way: Way,
  field: "seconds" | "cpuSeconds",
): number {
  const rounds = new Set(rows.map(({ round }) => round));
  const shares = [...rounds].map((round) => {
    const [bare, measured] = [baseline, way].map(
      (one) => rows.find((row) => row.round === round && row.way === one)!,
    );
    return measured![field] / bare![field] - 1;
  });
  return median(shares);
}
