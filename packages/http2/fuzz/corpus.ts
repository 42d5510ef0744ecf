import { readdirSync, readFileSync } from "node:fs";

const directory = new URL("./corpus/", import.meta.url);

/** The inputs to begin with, for one target: recorded sessions with real servers, and blocks out of them. */
export function corpusOf(target: string): Buffer[] {
  return readdirSync(directory)
    .filter((name) => name.startsWith(`${target}-`))
    .sort()
    .map((name) => readFileSync(new URL(name, directory)));
}
