import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CampaignReport, readCampaign } from "@apnskit/campaign";
import { MockApns } from "@apnskit/mock-server";
import { NAME } from "./errand.ts";
import {
  compareWithLedger,
  type LedgerComparison,
  number,
  printComparison,
  sizeOf,
} from "./ledger-comparison.ts";
import { ended, startWorker, turn } from "./worker-process.ts";

/** The result of the demo. */
export interface DemoResult extends LedgerComparison {
  /** The report when the first process was killed. */
  readonly killed: CampaignReport;
  /** The report at the end. */
  readonly report: CampaignReport;
}

/**
 * Sends from a process that is killed in the middle, continues in another process, and compares with the
 * server's ledger.
 */
export async function runDemo(count: number, print: (line: string) => void): Promise<DemoResult> {
  await using server = await MockApns.start({
    ledger: { capacity: 0, payloads: false, tally: ["apns-id"] },
  });
  const folder = mkdtempSync(join(tmpdir(), "apnskit-demo-"));
  try {
    const journal = join(folder, `${NAME}.journal`);
    const { key, keyId, teamId } = server.key;
    const errand = {
      origin: server.origin,
      ca: server.ca,
      key: { key: String(key), keyId, teamId },
      count,
      journal,
    };
    print(`${number(count)} recipients; the first process begins`);
    const first = startWorker("worker.ts", errand);
    while (server.ledger.totals.acted < count / 2 && first.exitCode === null) await turn();
    first.kill("SIGKILL");
    await ended(first);
    const killed = (await readCampaign(journal)).report;
    print(`killed with SIGKILL: ${number(killed.accepted)} accepted by the journal,`);
    print(`  ${number(sizeOf(killed.inDoubtRecipients))} in doubt: handed out, without an outcome`);
    print("the second process continues");
    const second = startWorker("worker.ts", errand);
    const [code] = await ended(second);
    if (code !== 0) throw new Error(`the second process ended with ${code}`);
    const { report } = await readCampaign(journal);
    const result = { killed, report, ...compareWithLedger(NAME, count, report.resentRecipients, server) };
    print(
      `finished: ${number(report.accepted)} accepted, ${number(sizeOf(report.resentRecipients))} sent again`,
    );
    printComparison(result, print);
    return result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
