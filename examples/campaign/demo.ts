import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { apnsIdFor, type CampaignReport, type IndexRange, readCampaign } from "@apnskit/campaign";
import { MockApns } from "@apnskit/mock-server";
import { type Errand, NAME } from "./errand.ts";

const worker = fileURLToPath(new URL("worker.ts", import.meta.url));

/** What the demo found out. */
export interface DemoResult {
  /** When the first process was killed. */
  readonly killed: CampaignReport;
  /** At the end. */
  readonly report: CampaignReport;
  /** Recipients whose push the server acted on never, once, twice. */
  readonly acted: readonly [never: number, once: number, twice: number];
  /** Of those twice, the ones that were in doubt. */
  readonly wereInDoubt: number;
}

/** Sends from a process that is killed in the middle, goes on in another one, and compares with the server's ledger. */
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
    const first = start(errand);
    while (server.ledger.totals.acted < count / 2 && first.exitCode === null) await turn();
    first.kill("SIGKILL");
    await ended(first);
    const killed = (await readCampaign(journal)).report;
    print(`killed with SIGKILL: ${number(killed.accepted)} accepted by the journal,`);
    print(`  ${number(sizeOf(killed.inDoubtRecipients))} in doubt: handed out, without an outcome`);
    print("the second process goes on");
    const second = start(errand);
    const [code] = await ended(second);
    if (code !== 0) throw new Error(`the second process ended with ${code}`);
    const { report } = await readCampaign(journal);
    const result = { killed, report, ...compare(count, report, server) };
    print(
      `finished: ${number(report.accepted)} accepted, ${number(sizeOf(report.resentRecipients))} sent again`,
    );
    const [never, once, twice] = result.acted;
    print("the server's ledger");
    print(`  acted on never  ${number(never)}`);
    print(`  once            ${number(once)}`);
    print(`  twice           ${number(twice)}, of which ${number(result.wereInDoubt)} were in doubt;`);
    print("                  both have one collapse id: a device shows one");
    return result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function start(errand: Errand): ChildProcess {
  const args = ["--conditions=@apnskit/source", "--import", import.meta.resolve("tsx"), worker];
  return spawn(process.execPath, [...args, JSON.stringify(errand)], { stdio: "inherit" });
}

async function ended(child: ChildProcess): Promise<[number | null]> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return [child.exitCode];
}

function compare(
  count: number,
  report: CampaignReport,
  server: MockApns,
): Pick<DemoResult, "acted" | "wereInDoubt"> {
  const acted: [number, number, number] = [0, 0, 0];
  const resent = new Set(placesIn(report.resentRecipients));
  let wereInDoubt = 0;
  for (let index = 0; index < count; index++) {
    const times = Math.min(2, server.ledger.apnsIds!.get(apnsIdFor(NAME, index)).acted);
    acted[times as 0 | 1 | 2]++;
    if (times === 2 && resent.has(index)) wereInDoubt++;
  }
  return { acted, wereInDoubt };
}

function* placesIn(ranges: readonly IndexRange[]): Generator<number> {
  for (const { from, to } of ranges) for (let index = from; index < to; index++) yield index;
}

const sizeOf = (ranges: readonly IndexRange[]): number =>
  ranges.reduce((sum, { from, to }) => sum + to - from, 0);

const number = (value: number): string => value.toLocaleString("en-US");

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
