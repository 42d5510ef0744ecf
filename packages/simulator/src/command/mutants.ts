import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "../build/bundle.ts";
import type { Mutant } from "../mutants/mutant.ts";
import { MUTANTS } from "../mutants/mutants.ts";
import { WorkerProcess } from "./worker-process.ts";

// usage: pnpm simulate:mutants [seeds] [names, as a regular expression]

/** Seeds within which a defect must be found. */
const MOST_SEEDS = Number(process.argv[2] ?? 2_000);

/** Milliseconds without a word: a defect that stops the engine for good is found as well. */
const PATIENCE = 60_000;

const workers = { defect: "worker.mjs", sound: "sound.mjs" };

const directory = await mkdtemp(join(tmpdir(), "apnskit-mutants-"));
let missed = 0;
try {
  await bundle(join(directory, workers.sound));
  const names = new RegExp(process.argv[3] ?? "");
  for (const mutant of MUTANTS.filter(({ name }) => names.test(name))) {
    const found = await seedThatFinds(mutant);
    if (found === undefined) missed++;
    const seed = found === undefined ? "missed" : String(found.seed);
    process.stdout.write(`| ${mutant.name} | ${seed} | ${found?.finding ?? ""} |\n`);
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
process.exitCode = missed === 0 ? 0 : 1;

async function seedThatFinds(mutant: Mutant): Promise<{ seed: number; finding: string } | undefined> {
  const file = join(directory, workers.defect);
  await bundle(file, mutant);
  let last = 0;
  try {
    const worker = new WorkerProcess(file, PATIENCE);
    for await (const { seed, findings } of worker.carryOut({
      kind: "seeds",
      from: 1,
      count: MOST_SEEDS,
      stopAtFirst: true,
    })) {
      last = seed;
      const [finding] = findings;
      if (finding !== undefined && (await isSound(seed)))
        return { seed, finding: withoutIdentifiers(finding) };
    }
    return undefined;
  } catch (error) {
    return { seed: last + 1, finding: (error as Error).message.slice(0, 100) };
  }
}

/** A seed that fails without the defect finds nothing. */
async function isSound(seed: number): Promise<boolean> {
  const worker = new WorkerProcess(join(directory, workers.sound), PATIENCE);
  for await (const { findings } of worker.carryOut({ kind: "seeds", from: seed, count: 1 })) {
    if (findings.length > 0) return false;
  }
  return true;
}

/** A finding as it can stand in a table. */
function withoutIdentifiers(finding: string): string {
  return finding
    .replace(/^[\d.]+ s: /, "")
    .replace(/\b[0-9a-f-]{36,64} /g, "")
    .split("\n")[0]!;
}
