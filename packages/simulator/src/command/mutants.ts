import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "../build/bundle.ts";
import type { Mutant } from "../mutants/mutant.ts";
import { MUTANTS } from "../mutants/mutants.ts";
import { writeTable } from "./mutant-table.ts";
import { WorkerProcess } from "./worker-process.ts";

// usage: pnpm simulate:mutants [seeds] [names, as a regular expression] [--write]

const { values, positionals } = parseArgs({
  options: { write: { type: "boolean", default: false } },
  allowPositionals: true,
});

/** Seeds within which a defect must be found. */
const MOST_SEEDS = Number(positionals[0] ?? 2_000);

/** Milliseconds without a word: a defect that stops the engine for good is found as well. */
const PATIENCE = 60_000;

const workers = { defect: "worker.mjs", sound: "sound.mjs" };

const directory = await mkdtemp(join(tmpdir(), "apnskit-mutants-"));
const rows: string[] = [];
let missed = 0;
try {
  await bundle(join(directory, workers.sound));
  const names = new RegExp(positionals[1] ?? "");
  for (const mutant of MUTANTS.filter(({ name }) => names.test(name))) {
    const found = await seedThatFinds(mutant);
    if (found === undefined) missed++;
    const seed = found === undefined ? "missed" : String(found.seed);
    const row = `| ${mutant.name} | ${seed} | ${found?.finding ?? ""} |`;
    rows.push(row);
    process.stdout.write(`${row}\n`);
  }
  if (values.write) await writeTable(rows);
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
    for (let from = 1; from <= MOST_SEEDS; from = last + 1) {
      const count = MOST_SEEDS - last;
      for await (const { seed, findings } of worker.carryOut({
        kind: "seeds",
        from,
        count,
        stopAtFirst: true,
      })) {
        last = seed;
        const [finding] = findings;
        if (finding !== undefined && (await isSound(seed)))
          return { seed, finding: withoutIdentifiers(finding) };
      }
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
    .split("\n")[0]!
    .slice(0, 100);
}
