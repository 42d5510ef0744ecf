import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Mutation testing of this package with Stryker, in a copy outside of the workspace, so that nobody has to install
 * Stryker who does not use it (docs/decisions/0021-mutation-testing.md):
 *
 *     npx tsx packages/http2/mutation/run.ts [glob of sources, such as "src/hpack/*.ts"]
 *
 * The report is `reports/mutation/mutation.json` and on the terminal; it takes some minutes.
 */

const glob = process.argv[2] ?? "src/**/*.ts";
const source = fileURLToPath(new URL("..", import.meta.url));
const copy = mkdtempSync(join(tmpdir(), "http2-mutation-"));
const folder = join(copy, "packages", "http2");
mkdirSync(folder, { recursive: true });
for (const name of ["src", "test", "fuzz"])
  cpSync(join(source, name), join(folder, name), { recursive: true });
cpSync(join(source, "..", "..", "tsconfig.base.json"), join(copy, "tsconfig.base.json"));

writeFileSync(
  join(copy, "package.json"),
  JSON.stringify({ name: "mutation", private: true, type: "module" }),
);
// Left out is what takes long, since a mutant that survives has run all of it; survivors are looked at with the rest.
const slow = [
  "fuzz",
  "properties/*",
  "hostile/*",
  "interop/*",
  "conformance-document",
  "reset-streams",
  "field-list",
];
writeFileSync(
  join(copy, "vitest.config.ts"),
  `export default { test: {
    include: ["packages/http2/test/**/*.test.ts"],
    exclude: ${JSON.stringify(slow.map((name) => `packages/http2/test/${name}.test.ts`))},
  } };`,
);
writeFileSync(
  join(copy, "stryker.config.json"),
  JSON.stringify({
    packageManager: "npm",
    testRunner: "vitest",
    plugins: ["@stryker-mutator/vitest-runner"],
    vitest: { configFile: "vitest.config.ts", related: false },
    mutate: [`packages/http2/${glob}`],
    coverageAnalysis: "perTest",
    ignoreStatic: true,
    timeoutMS: 1_500,
    concurrency: 1,
    reporters: ["clear-text", "json", "progress-append-only"],
  }),
);

const versions = [
  "vitest@4.1.12",
  "fast-check@4.10.2",
  "typescript@6.0.3",
  "@stryker-mutator/core@9.6.1",
  "@stryker-mutator/vitest-runner@9.6.1",
];
run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...versions]);
console.log(`running in ${copy}`);
run("npx", ["stryker", "run"]);

function run(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { cwd: copy, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
