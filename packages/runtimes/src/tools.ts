import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { npm } from "./project.ts";

/**
 * The folder of the tools. It is outside the projects, so that they find none of its packages by accident.
 */
const TOOLS = resolve(import.meta.dirname, "../tools");

/**
 * Installs the tools by their lock file, unless they are installed.
 * @throws RegistryUnreachable
 */
export async function installTools(): Promise<void> {
  const lock = readFileSync(join(TOOLS, "package-lock.json"));
  const mark = join(TOOLS, "node_modules/.installed-by");
  if (existsSync(mark) && readFileSync(mark).equals(lock)) return;
  await npm(["ci", "--prefer-offline", "--ignore-scripts"], TOOLS);
  writeFileSync(mark, lock);
}

/** The path of a file in the folder of the tools. */
export function tool(path: string): string {
  return join(TOOLS, "node_modules", path);
}

/** Links packages from the tools into a project, as if it had installed them. */
export function linkTools(project: string, names: readonly string[]): void {
  for (const name of names) {
    const link = join(project, "node_modules", name);
    if (existsSync(link)) continue;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(tool(name), link);
  }
}

/** The binary of a runtime such as `node-22` or `bun`; `undefined` if this machine has none. */
export function runtimeBinary(name: string): string | undefined {
  const folder = `${name}-${process.platform}-${process.arch}`;
  const file = name === "deno" ? "deno" : name === "bun" ? "bin/bun" : "bin/node";
  const path = tool(join(folder, file));
  return existsSync(path) ? path : undefined;
}
