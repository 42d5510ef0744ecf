import { execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Machine } from "./machine.ts";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
/** Default folder for the results of a run. */
const LOCAL_RESULTS = join(ROOT, "bench/results/local");
/** The page that `--publish` updates. */
const PAGE = join(ROOT, "docs/benchmarks.md");
const PUBLISHED_RESULTS = join(ROOT, "docs/benchmarks");

/** The results of one bench: numbers as JSON, and text and charts for the page. */
export interface Publication {
  /** Name of the JSON file, and of the part of the page that shows it. */
  name: string;
  report: object;
  machine: Machine;
  /** Markdown. */
  text: string;
  /** SVG by file name. */
  charts: Readonly<Record<string, string>>;
}

/** Writes JSON and charts into a folder, and returns the files. */
async function writeResults(
  folder: string,
  { name, report, machine, charts }: Publication,
): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const files = Object.entries(charts).map(([file, content]) => [join(folder, file), content] as const);
  files.push([join(folder, `${name}.json`), json(machine, report)]);
  await Promise.all(files.map(([file, content]) => writeFile(file, content)));
  return files.map(([file]) => file);
}

/**
 * Writes a command's results into the local folder or the documentation, and into the file that the user
 * names.
 */
export async function deliver(
  publication: Publication,
  { publish: toDocumentation, json: file }: { publish?: true; json?: string },
): Promise<void> {
  const files = toDocumentation ? await publish(publication) : await writeResults(LOCAL_RESULTS, publication);
  if (file !== undefined) {
    await writeFile(file, json(publication.machine, publication.report));
    files.push(resolve(file));
  }
  console.log(`\nwritten: ${files.join(", ")}`);
}

/** Rounds numbers to the digits that a measurement can have. */
export function json(machine: Machine, report: object): string {
  const rounded = (_: string, value: unknown) =>
    typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(SIGNIFICANT)) : value;
  return `${JSON.stringify({ machine, ...report }, rounded, 2)}\n`;
}

const SIGNIFICANT = 6;

/** Formats the published files: they are part of the repository, so its formatter checks them. */
function format(files: readonly string[]): void {
  const biome = createRequire(join(ROOT, "package.json")).resolve("@biomejs/biome/bin/biome");
  execFileSync(process.execPath, [biome, "format", "--write", ...files], { cwd: ROOT, stdio: "ignore" });
}

/**
 * Puts the results into the documentation: files beside the page, and the text between the two marks of its
 * part. A page without these marks stays as it is.
 */
async function publish(publication: Publication): Promise<string[]> {
  const files = await writeResults(PUBLISHED_RESULTS, publication);
  format(files.filter((file) => file.endsWith(".json")));
  const replaced = replacePart(await readFile(PAGE, "utf8"), publication.name, publication.text);
  if (replaced === undefined) return files;
  await writeFile(PAGE, replaced);
  return [...files, PAGE];
}

/** Returns the page with new text in the part of that name, or undefined if the page has no such part. */
export function replacePart(page: string, name: string, text: string): string | undefined {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to < from) return undefined;
  return `${page.slice(0, from + begin.length)}\n\n${text.trim()}\n\n${page.slice(to)}`;
}
