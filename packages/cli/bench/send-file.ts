/**
 * Measures `apnskit send-file` beside `sendMany` on one mock server, with and without a journal: rate, peak memory, and
 * that each line has one outcome. Then Ctrl-C stops a run in the middle, and the command that it prints goes on.
 *
 *     npx tsx --conditions=@apnskit/source packages/cli/bench/send-file.ts [lines]
 */
import { spawn } from "node:child_process";
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
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
const command = [program, "send-file", file, "--topic", "com.example.app", "--json", ...flags];
const sendMany = JSON.parse(many) as { rate: number; cpu: NodeJS.CpuUsage; accepted: number };
console.log(
  `sendMany             ${Math.round(sendMany.rate)}/s, ${perCpuSecond(sendMany.accepted, sendMany.cpu)} per CPU second`,
);
await measure("send-file", []);
await measure("send-file --journal", ["--journal"]);
await interrupt("Ctrl-C", []);
await interrupt("Ctrl-C, --journal", ["--journal", join(folder, "stopped.journal")]);
await server.close();
rmSync(folder, { recursive: true });

/** One run from the beginning to the end. */
async function measure(name: string, options: readonly string[]): Promise<void> {
  const results = join(folder, `${name}.ndjson`);
  const output = await run(["--import", peak, ...command, ...options, "--results", results]);
  const [first, second] = output.split("\n");
  const { summary, report } = JSON.parse(first!) as Record<"summary" | "report", Figures | undefined>;
  const { accepted, duration } = (summary ?? report)!;
  const used = JSON.parse(second!) as { peak: number; cpu: NodeJS.CpuUsage };
  const rate = (accepted / duration) * 1000;
  const share = (rate / sendMany.rate).toFixed(2);
  const outcomes = await checkLines([results]);
  console.log(
    `${name.padEnd(20)} ${Math.round(rate)}/s (${share} of sendMany), ${perCpuSecond(accepted, used.cpu)} per CPU second,`,
    `${Math.round(used.peak / 1024)} MB at its peak, ${outcomes}`,
  );
  rmSync(results);
}

/** Stops a run in its middle, and goes on by the command that it prints. */
async function interrupt(name: string, options: readonly string[]): Promise<void> {
  const results = join(folder, "stopped.ndjson");
  const more = join(folder, "more.ndjson");
  const words = [...command, ...options, "--results", results];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += String(chunk);
  });
  const looking = setInterval(() => {
    // A line of the results has about 200 bytes.
    if (!existsSync(results) || statSync(results).size < count * 100) return;
    clearInterval(looking);
    child.kill("SIGINT");
  }, 20);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearInterval(looking);
  const printed = /^ {2}apnskit (.*)$/m.exec(said)?.[1];
  if (code !== 130 || printed === undefined) throw new Error(`${name}: it ended with ${code}: ${said}`);
  const before = linesOf(results);
  // The same command, with results in a file of its own.
  const line = printed.replace(results, more);
  await shell(`"${process.execPath}" "${program}" ${line}`);
  const outcomes = await checkLines([results, more]);
  console.log(`${name.padEnd(20)} stopped after ${before} lines, then the printed command: ${outcomes}`);
  rmSync(results);
  rmSync(more);
}

interface Figures {
  readonly accepted: number;
  readonly duration: number;
}

function linesOf(path: string): number {
  return readFileSync(path).reduce((lines, byte) => lines + (byte === 10 ? 1 : 0), 0);
}

function shell(line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("sh", ["-c", line], { stdio: ["ignore", "ignore", "inherit"] });
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`it ended with ${code}`))));
  });
}

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

/** Whether these results together have each line number once. */
async function checkLines(paths: readonly string[]): Promise<string> {
  const seen = new Uint8Array(count + 1);
  for (const path of paths) {
    for await (const line of createInterface({ input: createReadStream(path) })) {
      const number = Number(/^\{"line":(\d+),/.exec(line)![1]);
      seen[number]!++;
    }
  }
  const wrong = seen.subarray(1).findIndex((times) => times !== 1);
  return wrong < 0 ? `each of ${count} lines once` : `line ${wrong + 1} came ${seen[wrong + 1]} times`;
}
