/**
 * Measures `apnskit send-file` beside `sendMany` on one mock server: rate, peak memory, and that each line has one outcome.
 *
 *     npx tsx --conditions=@apnskit/source packages/cli/bench/send-file.ts [lines]
 */
import { spawn } from "node:child_process";
import { createReadStream, createWriteStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { MockApns } from "@apnskit/mock-server";
import { buildCommand } from "../test/support/build.ts";

const count = Number(process.argv[2] ?? 1_000_000);
const folder = mkdtempSync(join(tmpdir(), "apnskit-bench-"));
const server = await MockApns.start({ ledger: { capacity: 0, payloads: false } });
const program = await buildCommand();
const ca = join(folder, "ca.pem");
const key = join(folder, `AuthKey_${server.key.keyId}.p8`);
const file = join(folder, "notifications.ndjson");
const results = join(folder, "results.ndjson");
writeFileSync(ca, server.ca);
writeFileSync(key, String(server.key.key));
await writeNotifications();

const many = await run([
  ...["--import", import.meta.resolve("tsx"), "--conditions=@apnskit/source"],
  ...[join(import.meta.dirname, "send-many.ts"), server.origin, ca, key, String(Math.min(count, 200_000))],
]);
const peak = join(folder, "peak.mjs");
writeFileSync(
  peak,
  'process.on("exit", () => console.log(JSON.stringify({ peak: process.resourceUsage().maxRSS, cpu: process.cpuUsage() })));',
);
const flags = ["--target", server.origin, "--ca", ca, "--key-file", key, "--team-id", server.key.teamId];
const command = [
  program,
  "send-file",
  file,
  "--results",
  results,
  "--topic",
  "com.example.app",
  "--json",
  ...flags,
];
const lines = (await run(["--import", peak, ...command])).split("\n");
const sendMany = JSON.parse(many) as { rate: number; cpu: NodeJS.CpuUsage; accepted: number };
const { summary } = JSON.parse(lines[0]!) as { summary: { accepted: number; duration: number } };
const process_ = JSON.parse(lines[1]!) as { peak: number; cpu: NodeJS.CpuUsage };
const rate = (summary.accepted / summary.duration) * 1000;
console.log(
  `sendMany   ${Math.round(sendMany.rate)}/s, ${perCpuSecond(sendMany.accepted, sendMany.cpu)} per CPU second`,
);
console.log(
  `send-file  ${Math.round(rate)}/s, ${perCpuSecond(summary.accepted, process_.cpu)} per CPU second`,
);
console.log(`share      ${(rate / sendMany.rate).toFixed(2)} of the rate`);
console.log(`memory     ${Math.round(process_.peak / 1024)} MB at its peak`);
console.log(`outcomes   ${await checkLines()}`);
await server.close();
rmSync(folder, { recursive: true });

function perCpuSecond(accepted: number, { user, system }: NodeJS.CpuUsage): number {
  return Math.round(accepted / ((user + system) / 1e6));
}

async function writeNotifications(): Promise<void> {
  const stream = createWriteStream(file);
  for (let number = 1; number <= count; ) {
    let block = "";
    for (const end = Math.min(count, number + 999); number <= end; number++) {
      const payload = { aps: { alert: { title: "Order", body: `Number ${number}` }, badge: number % 10 } };
      block += `{"token":"${number.toString(16).padStart(64, "0")}","headers":{"apns-push-type":"alert"},"payload":${JSON.stringify(payload)}}\n`;
    }
    if (!stream.write(block)) await new Promise<void>((resolve) => stream.once("drain", () => resolve()));
  }
  await new Promise<void>((resolve) => stream.end(() => resolve()));
}

function run(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += String(chunk);
    });
    child.once("close", (code) =>
      code === 0 ? resolve(output.trim()) : reject(new Error(`it ended with ${code}`)),
    );
  });
}

/** Whether the results have each line number once. */
async function checkLines(): Promise<string> {
  const seen = new Uint8Array(count + 1);
  for await (const line of createInterface({ input: createReadStream(results) })) {
    const number = Number(/^\{"line":(\d+),/.exec(line)![1]);
    seen[number]!++;
  }
  const wrong = seen.subarray(1).findIndex((times) => times !== 1);
  return wrong < 0 ? `each of ${count} lines once` : `line ${wrong + 1} came ${seen[wrong + 1]} times`;
}
