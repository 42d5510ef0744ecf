import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { expect, it } from "vitest";

const SOURCE = resolve(import.meta.dirname, "../src");

/** Everything that is loaded before a command is chosen, by following static imports. */
async function loadedAtStart(): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [join(SOURCE, "main.ts")],
    outdir: "none",
    write: false,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    packages: "external",
    metafile: true,
  });
  const found = new Set<string>();
  const visit = (output: string) => {
    const { inputs, imports } = metafile!.outputs[output]!;
    for (const input of Object.keys(inputs)) found.add(input.replace(/^.*\/src\//, ""));
    for (const { path, kind, external } of imports) {
      if (kind !== "import-statement") continue;
      if (external) found.add(path);
      else visit(path);
    }
  };
  visit(Object.keys(metafile!.outputs).find((name) => name.endsWith("main.js"))!);
  return [...found];
}

it("loads definitions only, until a command is chosen", async () => {
  const loaded = await loadedAtStart();
  expect(loaded.filter((name) => !name.endsWith(".ts") && !name.startsWith("node:")).sort()).toEqual([
    "commander",
  ]);
  const folders = new Set(loaded.filter((name) => name.includes("/")).map((name) => name.split("/")[0]));
  expect([...folders].filter((name) => name !== undefined && !name.startsWith("node:")).sort()).toEqual([
    "commands",
    "options",
    "output",
  ]);
});

it("every file of a command is in the list of commands", () => {
  const files = readdirSync(join(SOURCE, "commands")).filter((name) => name !== "index.ts");
  const list = readFileSync(join(SOURCE, "commands/index.ts"), "utf8");
  expect(files.filter((name) => !list.includes(`"./${name}"`))).toEqual([]);
});
