import { randomBytes } from "node:crypto";
import { type CampaignReport, Campaigns } from "@apnskit/bullmq";
import { MockApns } from "@apnskit/mock-server";
import { recipients } from "./errand.ts";
import {
  compareWithLedger,
  type LedgerComparison,
  number,
  printComparison,
  sizeOf,
} from "./ledger-comparison.ts";
import { LOCK, openStore, type SharedErrand, type StoreAddress } from "./shared-errand.ts";
import { ended, startWorker, turn } from "./worker-process.ts";

/** The result of the demo. */
export interface SharedDemoResult extends LedgerComparison {
  readonly report: CampaignReport;
}

/**
 * Sends with two workers on a shared store, kills one worker in the middle, and compares with the server's
 * ledger.
 */
export async function runSharedDemo(
  count: number,
  address: StoreAddress,
  print: (line: string) => void,
): Promise<SharedDemoResult> {
  await using server = await MockApns.start({
    ledger: { capacity: 0, payloads: false, tally: ["apns-id"] },
  });
  await using store = openStore(address);
  if (store.kind === "postgres") await store.migrate();
  // The store may hold campaigns of earlier demos.
  const name = `spring-sale-${randomBytes(4).toString("hex")}`;
  const queue = `demo-${name}`;
  await using campaigns = new Campaigns({ store, queue });
  const rangeSize = Math.max(1, Math.min(5_000, Math.ceil(count / 20)));
  await campaigns.start({ name, recipients: recipients(count), rangeSize });
  print(
    `${number(count)} recipients in ${address.kind}, in ranges of ${number(rangeSize)}; two workers begin`,
  );
  const { key, keyId, teamId } = server.key;
  const { origin, ca } = server;
  const errand: SharedErrand = {
    origin,
    ca,
    key: { key: String(key), keyId, teamId },
    store: address,
    queue,
  };
  const [first, second] = [startWorker("shared-worker.ts", errand), startWorker("shared-worker.ts", errand)];
  const areAlive = (): boolean => [first, second].every(({ exitCode }) => exitCode === null);
  try {
    while (server.ledger.totals.acted < count / 2 && areAlive()) await turn();
    first.kill("SIGKILL");
    await ended(first);
    const killed = await campaigns.report(name);
    print(`SIGKILL for one worker: ${number(killed.accepted)} accepted by the store;`);
    print(`  the other worker takes its ranges when the locks expire, after ${LOCK / 1000} s`);
    let report = killed;
    while (report.state === "running" && second.exitCode === null) {
      await turn(200);
      report = await campaigns.report(name);
    }
    const result = { report, ...compareWithLedger(name, count, report.resentRecipients, server) };
    const again = number(sizeOf(report.resentRecipients));
    print(`${report.state}: ${number(report.accepted)} accepted, ${again} were in doubt and sent again`);
    printComparison(result, print);
    return result;
  } finally {
    first.kill("SIGKILL");
    second.kill("SIGTERM");
    await ended(second);
    await campaigns.remove(name);
  }
}
