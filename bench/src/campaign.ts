import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "./bundle.ts";
import type { Errand, Sent, Way } from "./campaign/messages.ts";
import { Child } from "./child.ts";
import { type ServerName, SINK_SOURCE, startServer } from "./server.ts";

const SENDER_SOURCE = "campaign/sender.ts";
const WAYS: readonly Way[] = ["sendMany", "campaign"];

export interface CampaignBenchOptions {
  readonly count: number;
  readonly rounds: number;
  readonly connections: number;
  readonly server: ServerName;
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
  { count, rounds, connections, server: name, folder = tmpdir() }: CampaignBenchOptions,
  onRow: (row: CampaignRow) => void,
): Promise<CampaignRow[]> {
  await using files = await bundle([SINK_SOURCE, SENDER_SOURCE]);
  await using server = await startServer(name, files, {
    streams: 1000,
    cores: undefined,
    payloadBytes: 200,
    tokens: 1,
  });
  const rows: CampaignRow[] = [];
  const directory = mkdtempSync(join(folder, "apnskit-bench-"));
  try {
    for (let round = 1; round <= rounds; round++) {
      // The two ways take turns at going first, because the machine's speed changes during a round.
      for (const way of round % 2 === 1 ? WAYS : WAYS.toReversed()) {
        const journal = join(directory, `${way}-${round}`);
        await using sender = new Child<Errand, Sent>(files.file(SENDER_SOURCE), { cores: undefined });
        const { origin, ca } = server;
        const sent = await sender.ask({ origin, ca, way, count, connections, journal }, "sent");
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

/**
 * The extra cost of the campaign, as a fraction: each round gives one ratio, and the result is their median.
 */
export function overhead(rows: readonly CampaignRow[], field: "seconds" | "cpuSeconds"): number {
  const rounds = new Set(rows.map(({ round }) => round));
  const shares = [...rounds].map((round) => {
    const [bare, campaign] = WAYS.map((way) => rows.find((row) => row.round === round && row.way === way)!);
    return campaign![field] / bare![field] - 1;
  });
  shares.sort((a, b) => a - b);
  return (shares[(shares.length - 1) >> 1]! + shares[shares.length >> 1]!) / 2;
}
