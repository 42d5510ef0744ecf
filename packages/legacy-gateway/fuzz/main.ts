import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Fuzzer } from "../../http2/fuzz/fuzzer.ts";
import { fingerprint } from "../../http2/fuzz/random.ts";
import type { Target } from "../../http2/fuzz/target.ts";
import { codecTarget } from "./codec-target.ts";
import { sequenceTarget } from "./sequence-target.ts";

const usage = `pnpm fuzz:legacy [--seconds N] [--seed N] [--target codec|sequence] [--no-guide]

  --seconds   how long to run, 30 by default; the time is shared by the targets
  --seed      begins the same run again; a random one by default
  --target    one target only
  --no-guide  do without coverage: faster, but blind`;

const targets: readonly Target[] = [codecTarget, sequenceTarget];
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
for (const target of chosen) fuzz(target, (seconds / chosen.length) * 1_000);

/** Runs one target for so many milliseconds. A finding becomes a file that the tests replay from then on. */
function fuzz(target: Target, duration: number): void {
  const fuzzer = new Fuzzer(target, seed, { guided: !values["no-guide"] });
  const start = performance.now();
  while (performance.now() - start < duration) fuzzer.step();
  fuzzer.close();
  const { inputs, corpus, blocks, findings: found } = fuzzer.report;
  console.log(`${target.name}: ${inputs} inputs, ${corpus} kept, ${blocks} blocks, ${found.length} findings`);
  for (const { input, error } of found) {
    mkdirSync(findings, { recursive: true });
    const name = `${target.name}-${fingerprint(input).toString(16).padStart(8, "0")}.bin`;
    writeFileSync(new URL(name, findings), input);
    console.error(`FINDING in ${target.name}, written to packages/legacy-gateway/test/findings/${name}`);
    console.error(error);
    process.exitCode = 1;
  }
}
