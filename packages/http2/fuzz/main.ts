import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Fuzzer, type FuzzReport } from "./fuzzer.ts";
import { hpackTarget } from "./hpack-target.ts";
import { fingerprint } from "./random.ts";
import { sessionTarget } from "./session-target.ts";
import type { Target } from "./target.ts";

const usage = `pnpm fuzz [--seconds N] [--seed N] [--target session|hpack] [--no-guide]

  --seconds   how long to run, 30 by default; the time is shared by the targets
  --seed      begins the same run again; a random one by default
  --target    one target only
  --no-guide  do without coverage: faster, but blind`;

const targets: readonly Target[] = [sessionTarget, hpackTarget];
const findings = new URL("../test/findings/", import.meta.url);

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "30" },
    seed: { type: "string", default: String(Date.now() % 0x7fff_ffff) },
    target: { type: "string" },
    "no-guide": { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

const seconds = Number(values.seconds);
const seed = Number(values.seed);
const chosen = targets.filter(({ name }) => values.target === undefined || name === values.target);
if (values.help || !(seconds > 0) || !Number.isInteger(seed) || chosen.length === 0) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}

console.log(`seed ${seed}, ${seconds} s, targets ${chosen.map(({ name }) => name).join(", ")}`);
let found = 0;
for (const target of chosen) found += fuzz(target, (seconds / chosen.length) * 1_000);
process.exitCode = found > 0 ? 1 : 0;

/** Runs one target for as long as told, in milliseconds; returns how many findings there were. */
function fuzz(target: Target, duration: number): number {
  const fuzzer = new Fuzzer(target, seed, { guided: !values["no-guide"] });
  const start = performance.now();
  let told = start;
  let written = 0;
  for (;;) {
    fuzzer.step();
    const now = performance.now();
    const { report } = fuzzer;
    for (; written < report.findings.length; written++) write(report, written);
    const over = now - start >= duration;
    if (over || now - told >= 10_000) {
      told = now;
      console.log(summary(target, report, now - start));
    }
    if (over) break;
  }
  fuzzer.close();
  return written;
}

function summary(target: Target, report: FuzzReport, elapsed: number): string {
  const rate = Math.round(report.inputs / (elapsed / 1_000));
  const blocks = report.blocks > 0 ? `, ${report.blocks} blocks` : "";
  return `${target.name}: ${report.inputs} inputs, ${rate}/s, ${report.corpus} kept${blocks}, ${report.findings.length} findings`;
}

/** A finding becomes a file that the tests replay from then on. */
function write(report: FuzzReport, index: number): void {
  const { target, input, error } = report.findings[index]!;
  mkdirSync(findings, { recursive: true });
  const name = `${target}-${fingerprint(input).toString(16).padStart(8, "0")}.bin`;
  writeFileSync(new URL(name, findings), input);
  console.error(`FINDING in ${target}, written to packages/http2/test/findings/${name}`);
  console.error(error);
}
