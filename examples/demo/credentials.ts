import { readFile } from "node:fs/promises";
import { DemoFailure, inOneLine } from "./failure.ts";
import type { ServerOptions } from "./options.ts";

/** A server to connect to, with its credentials as PEM texts. */
export interface Server {
  readonly origin: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Reads the PEM files from the options. */
export async function readServer({ origin, ...paths }: ServerOptions): Promise<Server> {
  const entries = Object.entries(paths).map(async ([name, path]: [string, string]) => [
    name,
    await readPem(name, path),
  ]);
  return { origin, ...Object.fromEntries(await Promise.all(entries)) };
}

async function readPem(name: string, path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new DemoFailure(`cannot read --${name}: ${inOneLine(error)}`);
  }
  if (!text.includes("-----BEGIN ")) throw new DemoFailure(`--${name}: ${path} is not a PEM file`);
  return text;
}
