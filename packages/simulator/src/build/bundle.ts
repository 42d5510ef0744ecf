import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** A change of a source file. */
export interface SourceChange {
  /** Relative to the repository. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Makes one file of the engine and its world, which Node.js runs as it is: a compiler that works at run time
 * would cost half of the speed.
 *
 * @param change a deliberate defect
 */
export async function bundle(outfile: string, change?: SourceChange): Promise<void> {
  let changed = false;
  await build({
    entryPoints: [`${root}packages/simulator/src/command/worker.ts`],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@apnskit/source"],
    sourcemap: "inline",
    sourcesContent: false,
    external: ["pino"],
    logLevel: "error",
    plugins:
      change === undefined
        ? []
        : [
            {
              name: "deliberate-defect",
              setup(building) {
                building.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
                  if (path !== `${root}${change.file}`) return undefined;
                  const source = await readFile(path, "utf8");
                  if (source.split(change.from).length !== 2) {
                    throw new Error(`${change.file} must hold this once: ${change.from}`);
                  }
                  changed = true;
                  return { contents: source.replace(change.from, () => change.to), loader: "ts" };
                });
              },
            },
          ],
  });
  if (change !== undefined && !changed) throw new Error(`${change.file} is not part of the simulation`);
}
