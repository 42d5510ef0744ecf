import { execFileSync, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/**
 * Runs mutation tests of any package with Stryker, in a copy of the workspace, so that the workspace does not
 * depend on Stryker (docs/decisions/0095-mutation-testing-of-any-package.md):
 *
 *     npx tsx packages/testkit/mutation/run.ts --mutate packages/pool/src/job.ts \
 *       --tests packages/pool/test/job.test.ts [--copy folder]
 *
 * `--mutate` and `--tests` take globs and may be repeated. `--tests "!glob"` excludes tests. `--copy` names a
 * folder for later runs to reuse, which saves the installation. The report goes to the terminal and to
 * `reports/mutation/mutation.json` in the copy.
 */
const { values } = parseArgs({
  options: {
    mutate: { type: "string", multiple: true },
    tests: { type: "string", multiple: true },
    copy: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const { mutate = [], tests = [] } = values;
if (values.help || mutate.length === 0 || tests.length === 0) {
  console.log("usage: run.ts --mutate <glob>… --tests <glob or !glob>… [--copy <folder>]");
  process.exit(values.help ? 0 : 2);
}

const root = fileURLToPath(new URL("../../..", import.meta.url));
const copy = values.copy ?? mkdtempSync(join(tmpdir(), "apnskit-mutation-"));
copySources();
if (!existsSync(join(copy, "node_modules"))) install();
configure();
run("npx", ["stryker", "run"]);

/** Copies the current state of all files that git tracks or would add. */
function copySources(): void {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const listed = execFileSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1_024 * 1_024 });
  removeSources(join(copy, "packages"));
  for (const file of listed.split("\0")) {
    const from = join(root, file);
    if (file === "" || !existsSync(from)) continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    if (!isManifest(file) || !existsSync(join(copy, file))) cpSync(from, join(copy, file));
  }
}

/** Removes the sources, so that files deleted since the last run do not remain. */
function removeSources(packages: string): void {
  if (!existsSync(packages)) return;
  for (const name of readdirSync(packages)) {
    for (const part of ["src", "test"]) rmSync(join(packages, name, part), { recursive: true, force: true });
  }
}

/** Whether the installation changes the file. */
function isManifest(file: string): boolean {
  return ["package.json", "pnpm-workspace.yaml", "pnpm-lock.yaml"].includes(file);
}

/** Stryker's dependencies demand newer versions of Node.js than they need. */
function install(): void {
  const manifest = join(copy, "package.json");
  const { devDependencies, ...rest } = JSON.parse(readFileSync(manifest, "utf8")) as Record<string, object>;
  const stryker = { "@stryker-mutator/core": "9.6.1", "@stryker-mutator/vitest-runner": "9.6.1" };
  writeFileSync(manifest, JSON.stringify({ ...rest, devDependencies: { ...devDependencies, ...stryker } }));
  const workspace = join(copy, "pnpm-workspace.yaml");
  const relaxed = readFileSync(workspace, "utf8").replace("engineStrict: true", "engineStrict: false");
  writeFileSync(workspace, relaxed);
  run("npx", ["-y", "pnpm@10", "install", "--no-frozen-lockfile", "--ignore-scripts"]);
}

function configure(): void {
  const include = tests.filter((glob) => !glob.startsWith("!"));
  const exclude = tests.filter((glob) => glob.startsWith("!")).map((glob) => glob.slice(1));
  writeFileSync(
    join(copy, "vitest.mutation.config.ts"),
    `import config from "./vitest.config.ts";
export default { ...config, test: { ...config.test, include: ${JSON.stringify(include)}, exclude: ${JSON.stringify(exclude)} } };
`,
  );
  const settings = {
    packageManager: "npm",
    testRunner: "vitest",
    plugins: ["@stryker-mutator/vitest-runner"],
    vitest: { configFile: "vitest.mutation.config.ts", related: false },
    mutate,
    // Runs in place: this is a copy already, and workspace links would lead out of a second copy.
    inPlace: true,
    coverageAnalysis: "perTest",
    ignoreStatic: true,
    timeoutMS: 1_000,
    concurrency: 1,
    reporters: ["clear-text", "json", "progress-append-only"],
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  };
  writeFileSync(join(copy, "stryker.config.json"), JSON.stringify(settings));
}

function run(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { cwd: copy, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
