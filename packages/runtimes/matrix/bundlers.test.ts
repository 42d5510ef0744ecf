import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { runFaultProgram } from "../src/fault-program.ts";
import { EXPECTED } from "../src/fault-servers.ts";
import { outputOf } from "../src/program.ts";
import { tool } from "../src/tools.ts";

const unavailable = inject("unavailable");
const project = inject("project");
const OUT = join(project, "bundles");

/** Maximum bytes of a minified bundle of the whole client. */
const LARGEST = 250 * 1024;

/** Runs a bundler's API in a separate program, as a build script would. */
async function bundle(name: string, script: string): Promise<string> {
  mkdirSync(OUT, { recursive: true });
  writeFileSync(
    join(project, "entry.mjs"),
    `import { readFileSync } from "node:fs";
import * as apnskit from "apnskit";
import { faultList } from "./fault-list.mjs";
faultList(apnskit, JSON.parse(readFileSync(process.argv.at(-1), "utf8")))
  .then((seen) => console.log("seen: " + JSON.stringify(seen)));\n`,
  );
  writeFileSync(join(project, `bundle-${name}.mjs`), script);
  await outputOf(process.execPath, [`bundle-${name}.mjs`], project);
  return join(OUT, name);
}

function esbuild(name: string, format: "esm" | "cjs"): Promise<string> {
  return bundle(
    name,
    `import { build } from ${JSON.stringify(tool("esbuild/lib/main.js"))};
     await build({ entryPoints: ["entry.mjs"], bundle: true, minify: true, platform: "node", target: "node20",
       format: "${format}", outfile: "bundles/${name}", logLevel: "warning" });`,
  );
}

function rollup(name: string): Promise<string> {
  return bundle(
    name,
    `import { rollup } from ${JSON.stringify(tool("rollup/dist/es/rollup.js"))};
     import resolve from ${JSON.stringify(tool("@rollup/plugin-node-resolve/dist/es/index.js"))};
     import commonjs from ${JSON.stringify(tool("@rollup/plugin-commonjs/dist/es/index.js"))};
     import json from ${JSON.stringify(tool("@rollup/plugin-json/dist/es/index.js"))};
     const bundle = await rollup({ input: "entry.mjs", plugins: [resolve(), commonjs(), json()] });
     await bundle.write({ file: "bundles/${name}", format: "es", inlineDynamicImports: true });`,
  );
}

function webpack(name: string): Promise<string> {
  return bundle(
    name,
    `import webpack from ${JSON.stringify(tool("webpack/lib/index.js"))};
     import { resolve } from "node:path";
     const compiler = webpack({ mode: "production", target: "node20", entry: "./entry.mjs",
       output: { path: resolve("bundles"), filename: "${name}" } });
     await new Promise((done, fail) => compiler.run((error, stats) =>
       error || stats.hasErrors() ? fail(error ?? new Error(stats.toString())) : compiler.close(done)));`,
  );
}

it.skipIf(unavailable).each([
  { bundler: "esbuild", format: "an ES module", name: "esbuild.mjs", make: (n: string) => esbuild(n, "esm") },
  { bundler: "esbuild", format: "CommonJS", name: "esbuild.cjs", make: (n: string) => esbuild(n, "cjs") },
  { bundler: "rollup", format: "an ES module", name: "rollup.mjs", make: rollup },
  { bundler: "webpack", format: "CommonJS", name: "webpack.cjs", make: webpack },
])("a bundle by $bundler, as $format, sees the expected list of faults", async ({ name, make }) => {
  const file = await make(name);
  expect(await runFaultProgram(project, name, process.execPath, [file])).toEqual(EXPECTED);
  if (name !== "rollup.mjs") expect(statSync(file).size).toBeLessThan(LARGEST);
});
