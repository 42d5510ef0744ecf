import { copyFileSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";

const PACKAGE = resolve(import.meta.dirname, "../..");

/**
 * Bundles the command with the sources of the other packages, so a test starts it as fast as users do,
 * without a build of the workspace. Each test file has a separate bundle, because files run side by side.
 *
 * @returns the program's path
 */
export async function buildCommand(): Promise<string> {
  // Below node_modules, so that Git, linters and tests leave it alone, and packages are found.
  const root = join(PACKAGE, "node_modules/.apnskit-test", String(process.pid));
  mkdirSync(root, { recursive: true });
  copyFileSync(join(PACKAGE, "package.json"), join(root, "package.json"));
  await build({
    entryPoints: [join(PACKAGE, "src/main.ts")],
    outdir: join(root, "dist"),
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    conditions: ["@apnskit/source"],
    // Its clients are found in node_modules, as they are for users.
    external: ["bullmq"],
    logLevel: "silent",
    // Names that CommonJS packages need inside an ES module.
    banner: {
      js: 'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);',
    },
  });
  return join(root, "dist/main.js");
}
