import type { Fault } from "./fault.ts";
import type { Latency } from "./latency.ts";

// The page bundles this file: import types only.

/** The field that the word after the kind stands for, e.g. `reset=REFUSED_STREAM`. */
export const MAIN_FIELD: Readonly<Record<string, string>> = {
  answer: "reason",
  latency: "latency",
  goaway: "reason",
  reset: "code",
  settings: "maxConcurrentStreams",
  stall: "ms",
  refuse: "how",
};

/**
 * Writes a fault as the words of `--fault`, the counterpart of `parseFault`.
 *
 * @returns undefined for a fault that words cannot express: a text with a comma or a semicolon, or with
 *   spaces at its ends
 */
export function faultWords(fault: Fault): string | undefined {
  const { kind, ...fields } = fault as Fault & Record<string, unknown>;
  const main = MAIN_FIELD[kind];
  const words: string[] = [];
  let first: string = kind;
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (name === "latency" && kind === "latency") {
      const latency = latencyWords(value as Latency);
      if (latency.includes("=")) words.unshift(latency);
      else first = `latency=${latency}`;
      continue;
    }
    const text = String(value);
    if (typeof value === "string" && !isPlain(text)) return undefined;
    if (value === true) words.push(name);
    else if (name === main) first = `${kind}=${text}`;
    else words.push(`${name}=${text}`);
  }
  return [first, ...words].join(",");
}

/** `50`, `20..80` or `median=40,p99=250`. */
export function latencyWords(latency: Latency): string {
  if (typeof latency === "number") return String(latency);
  if ("min" in latency) return `${latency.min}..${latency.max}`;
  const parts = Object.entries(latency).map(([name, value]) => `${name}=${value}`);
  return parts.join(",");
}

function isPlain(text: string): boolean {
  return text !== "" && text === text.trim() && !/[,;]/.test(text);
}
