import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

/*
 * Measures how long `apnskit` takes to load, in a project that has it installed:
 *
 *     npx tsx packages/runtimes/import-time.ts <folder of the project> [runs]
 *
 * Programs that load the package alternate with programs that load nothing. The result is the difference of the
 * fastest runs, because all other load on the machine only slows a run down. On a busy machine, the processor
 * time is more reliable.
 */
const project = resolve(process.argv[2] ?? ".");
const runs = Number(process.argv[3] ?? 40);

const report =
  'process.on("exit", () => { const { user, system } = process.cpuUsage(); console.log(user + system); });';
const programs = {
  nothing: ["--input-type=module", "--eval", report],
  import: ["--input-type=module", "--eval", `${report} await import("apnskit")`],
  require: ["--eval", `${report} require("apnskit")`],
};
type Program = keyof typeof programs;
const never = { elapsed: Number.POSITIVE_INFINITY, processor: Number.POSITIVE_INFINITY };
const fastest: Record<Program, typeof never> = { nothing: never, import: never, require: never };

/** Runs a program once, and keeps the minimum of each time. */
function measure(name: Program): void {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, programs[name], {
    cwd: project,
    encoding: "utf8",
  });
  const elapsed = performance.now() - start;
  if (status !== 0) throw new Error(stderr);
  const before = fastest[name];
  fastest[name] = {
    elapsed: Math.min(before.elapsed, elapsed),
    processor: Math.min(before.processor, Number(stdout) / 1000),
  };
}

for (let run = 0; run < runs; run++) for (const name of Object.keys(programs)) measure(name as Program);
for (const name of ["import", "require"] as const) {
  const elapsed = fastest[name].elapsed - fastest.nothing.elapsed;
  const processor = fastest[name].processor - fastest.nothing.processor;
  console.log(`${name}: ${elapsed.toFixed(1)} ms; processor time ${processor.toFixed(1)} ms`);
}

const packages = readdirSync(join(project, "node_modules"), { recursive: true, withFileTypes: true });
const manifests = packages.filter((entry) => entry.name === "package.json" && isPackage(entry.parentPath));
const bytes = packages
  .filter((entry) => entry.isFile())
  .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
console.log(`packages: ${manifests.length}, ${(bytes / 1e6).toFixed(1)} MB`);

function isPackage(folder: string): boolean {
  return /[\\/]node_modules[\\/](@[^\\/]+[\\/])?[^@\\/][^\\/]*$/.test(folder);
}
