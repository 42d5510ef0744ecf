import { execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Machine } from "./machine.ts";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
/** Where a run leaves its results unless told otherwise. */
const LOCAL_RESULTS = join(ROOT, "bench/results/local");
/** What `--publish` updates. */
const PAGE = join(ROOT, "docs/benchmarks.md");
const PUBLISHED_RESULTS = join(ROOT, "docs/benchmarks");

/** The results of one bench: numbers for machines, and what readers of the page get to see. */
export interface Publication {
  /** Name of the JSON file, and of the page's part that shows it. */
  name: string;
  report: object;
  machine: Machine;
  /** Markdown. */
  text: string;
  /** SVG by file name. */
  charts: Readonly<Record<string, string>>;
}

/** Writes JSON and charts into a folder; returns the files. */
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

/** Where a command's results go: the local folder or the documentation, and a file of the user's choice. */
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

/** Numbers with as many digits as a measurement can have. */
export function json(machine: Machine, report: object): string {
  const rounded = (_: string, value: unknown) =>
    typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(SIGNIFICANT)) : value;
  return `${JSON.stringify({ machine, ...report }, rounded, 2)}\n`;
}

const SIGNIFICANT = 6;

/** Published files are part of the repository, and so of what its formatter looks at. */
function format(files: readonly string[]): void {
  const biome = createRequire(join(ROOT, "package.json")).resolve("@biomejs/biome/bin/biome");
  execFileSync(process.execPath, [biome, "format", "--write", ...files], { cwd: ROOT, stdio: "ignore" });
}

/**
 * Puts the results into the documentation: files beside the page, and the text between its two marks on the page, if the
 * page shows this bench.
 */
async function publish(publication: Publication): Promise<string[]> {
  const files = await writeResults(PUBLISHED_RESULTS, publication);
  format(files.filter((file) => file.endsWith(".json")));
  const replaced = replacePart(await readFile(PAGE, "utf8"), publication.name, publication.text);
  if (replaced === undefined) return files;
  await writeFile(PAGE, replaced);
  return [...files, PAGE];
}

/** The page with a new text in the part of that name; undefined if it has no such part. */
export function replacePart(page: string, name: string, text: string): string | undefined {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to < from) return undefined;
  return `${page.slice(0, from + begin.length)}\n\n${text.trim()}\n\n${page.slice(to)}`;
}
