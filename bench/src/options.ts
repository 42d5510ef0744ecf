import { availableParallelism } from "node:os";
import { findProgram } from "@apnskit/testkit/peers";
import { InvalidArgumentError, Option } from "commander";

/** Processor lists, in the form of `taskset -c`. */
export interface Cores {
  client: string;
  server: string;
}

export function positiveInteger(text: string): number {
  const value = Number(text.replaceAll("_", ""));
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError(`expected a positive integer; received "${text}"`);
  }
  return value;
}

export function wholeNumber(text: string): number {
  return text === "0" ? 0 : positiveInteger(text);
}

export function integers(text: string): number[] {
  return text.split(",").map((part) => {
    const value = Number(part);
    if (part.trim() === "" || !Number.isSafeInteger(value) || value < 0) {
      throw new InvalidArgumentError(`expected integers separated by commas; received "${text}"`);
    }
    return value;
  });
}

export function names(text: string): string[] {
  return text.split(",").map((part) => part.trim());
}

export const coresOption = (): Option =>
  new Option("--cores <client,server>", 'processors for clients and server, or "none"')
    .argParser(parseCores)
    .default(defaultCores(), '"0,1" if the machine has two processors and taskset');

export function parseCores(text: string): Cores | undefined {
  if (text === "none") return undefined;
  const [client, server, ...rest] = text.split(",");
  if (!client || !server || rest.length > 0 || !/^[\d-]+$/.test(client + server)) {
    throw new InvalidArgumentError(`expected two processors as in "0,1", or "none"; received "${text}"`);
  }
  return { client, server };
}

function defaultCores(): Cores | undefined {
  const pinnable = availableParallelism() >= 2 && findProgram("taskset", "util-linux").installed;
  return pinnable ? { client: "0", server: "1" } : undefined;
}
