import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Oldest browsers with `light-dark()`. */
const TARGETS = ["chrome123", "firefox120", "safari17.5"];
const HERE = fileURLToPath(new URL(".", import.meta.url));

/**
 * Builds the files of the page.
 * @param directory output directory
 */
export async function buildPage(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await build({
    entryPoints: { app: join(HERE, "main.tsx") },
    outdir: directory,
    bundle: true,
    minify: true,
    format: "esm",
    target: TARGETS,
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    // Types and names of this project. None of this code runs in Node.js.
    platform: "browser",
    logLevel: "warning",
  });
  await build({
    entryPoints: { app: join(HERE, "styles/app.css") },
    outdir: directory,
    bundle: true,
    minify: true,
    target: TARGETS,
    logLevel: "warning",
  });
  for (const file of ["index.html", "icon.svg"]) await copyFile(join(HERE, file), join(directory, file));
}
