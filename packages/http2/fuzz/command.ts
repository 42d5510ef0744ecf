import { mkdirSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Fuzzer, type FuzzReport } from "./fuzzer.ts";
import { fingerprint } from "./random.ts";
import type { Target } from "./target.ts";

/** A command that fuzzes some targets. */
export interface FuzzCommand {
  /** As in `pnpm fuzz`. */
  readonly name: string;
  readonly targets: readonly Target[];
  /** Folder for the inputs that failed, with a slash at its end; the tests replay them from then on. */
  readonly findings: URL;
}

/** Runs the command with the arguments of the process, and sets its exit code: 1 for findings, 2 for wrong arguments. */
export function fuzzCommand({ name, targets, findings }: FuzzCommand): void {
  const names = targets.map((target) => target.name);
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
  const chosen = targets.filter((target) => values.target === undefined || target.name === values.target);
  if (values.help || !(seconds > 0) || !Number.isInteger(seed) || chosen.length === 0) {
    console.log(usageOf(name, names));
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  console.log(`seed ${seed}, ${seconds} s, targets ${chosen.map((target) => target.name).join(", ")}`);
  const duration = (seconds / chosen.length) * 1_000;
  for (const target of chosen) {
    const fuzzer = new Fuzzer(target, seed, { guided: !values["no-guide"] });
    if (fuzz(target, fuzzer, duration, findings) > 0) process.exitCode = 1;
  }
}

function usageOf(name: string, targets: readonly string[]): string {
  return `${name} [--seconds N] [--seed N] [--target ${targets.join("|")}] [--no-guide]

  --seconds   how long to run, 30 by default; the time is shared by the targets
  --seed      begins the same run again; a random one by default
  --target    one target only
  --no-guide  do without coverage: faster, but blind`;
}

/** Runs one target for as long as told, in milliseconds; returns how many findings there were. */
function fuzz(target: Target, fuzzer: Fuzzer, duration: number, findings: URL): number {
  const start = performance.now();
  let told = start;
  let written = 0;
  for (;;) {
    fuzzer.step();
    const now = performance.now();
    const { report } = fuzzer;
    for (; written < report.findings.length; written++) write(report, written, findings);
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
function write(report: FuzzReport, index: number, findings: URL): void {
  const { target, input, error } = report.findings[index]!;
  mkdirSync(findings, { recursive: true });
  const name = `${target}-${fingerprint(input).toString(16).padStart(8, "0")}.bin`;
  const file = fileURLToPath(new URL(name, findings));
  writeFileSync(file, input);
  console.error(`FINDING in ${target}, written to ${relative(process.cwd(), file)}`);
  console.error(error);
}
