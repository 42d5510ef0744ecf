import { checkFault, type Fault } from "./faults.ts";
import type { Latency } from "./latency.ts";

/** The field that the word after the kind stands for, e.g. `reset=REFUSED_STREAM`. */
const MAIN_FIELD: Readonly<Record<string, string>> = {
  answer: "reason",
  latency: "latency",
  goaway: "reason",
  reset: "code",
  settings: "maxConcurrentStreams",
  stall: "ms",
  refuse: "how",
};

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  answer: ["reason", "sticky", "acted", "retryAfter", "timestamp"],
  latency: ["latency", "min", "max", "mean", "deviation", "median", "p99"],
  goaway: ["reason", "text", "code", "lastStreamId", "announce", "twice"],
  reset: ["code", "acted"],
  settings: ["maxConcurrentStreams"],
  stall: ["scope", "ms", "acted"],
  drop: ["acted"],
  refuse: ["how"],
};
const TARGET_FIELDS = ["share", "times", "token", "topic", "connection"];
/** Fields that stay text even if they look like a number. */
const TEXT_FIELDS: readonly string[] = ["token", "topic", "text", "reason"];

/**
 * Reads a latency: `50`, `20..80`, `mean=50,deviation=10` or `median=40,p99=250`, all in milliseconds.
 *
 * @throws TypeError for another form
 */
export function parseLatency(text: string): Latency {
  if (text.includes("=")) return distribution(pairs(text.split(",")));
  const [min, max, ...rest] = text.split("..").map(toNumber);
  if (min === undefined || rest.length > 0) throw new TypeError(`Not a latency: ${JSON.stringify(text)}`);
  return max === undefined ? min : { min, max };
}

/**
 * Reads a fault: its kind with its most important value, then fields, e.g. `answer=InternalServerError,share=0.01,sticky`,
 * `goaway=Shutdown,lastStreamId=0,times=1`, `reset=REFUSED_STREAM,share=0.02`, `latency=20..80,topic=com.example.app`.
 *
 * @throws TypeError or RangeError that says what is wrong
 */
export function parseFault(text: string): Fault {
  const [first = "", ...rest] = text.split(",");
  const [kind = "", main] = split(first);
  const allowed = FIELDS[kind];
  if (!allowed)
    throw new TypeError(`Unknown fault ${JSON.stringify(kind)}; there are ${Object.keys(FIELDS).join(", ")}`);
  const fields = pairs(rest);
  for (const name of Object.keys(fields)) {
    if (allowed.includes(name) || TARGET_FIELDS.includes(name)) continue;
    throw new TypeError(
      `A fault ${kind} has no ${name}; it has ${[...allowed, ...TARGET_FIELDS].join(", ")}`,
    );
  }
  const field = MAIN_FIELD[kind];
  if (main !== undefined) {
    if (!field) throw new TypeError(`A fault ${kind} takes no value, got ${JSON.stringify(main)}`);
    fields[field] = field === "latency" ? parseLatency(main) : value(field, main);
  }
  if (kind === "latency" && fields.latency === undefined) {
    const shape = Object.fromEntries(
      allowed.flatMap((name) => (name in fields ? [[name, fields[name]]] : [])),
    );
    for (const name of allowed) delete fields[name];
    fields.latency = distribution(shape);
  }
  const fault = { kind, ...fields } as unknown as Fault;
  checkFault(fault);
  return fault;
}

function distribution(fields: Record<string, unknown>): Latency {
  const shape = Object.keys(fields).sort().join();
  if (shape === "max,min" || shape === "deviation,mean" || shape === "median,p99") return fields as Latency;
  throw new TypeError(
    `Not a latency: ${JSON.stringify(fields)}; give min and max, mean and deviation, or median and p99`,
  );
}

function pairs(parts: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    parts.map((part) => {
      const [name, text] = split(part);
      return [name, text === undefined ? true : value(name, text)];
    }),
  );
}

function split(part: string): [string, string | undefined] {
  const at = part.indexOf("=");
  return at < 0 ? [part.trim(), undefined] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
}

function value(name: string, text: string): string | number | boolean {
  if (TEXT_FIELDS.includes(name)) return text;
  if (text === "true" || text === "false") return text === "true";
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

function toNumber(text: string): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number)) {
    throw new TypeError(`Not a number of milliseconds: ${JSON.stringify(text)}`);
  }
  return number;
}
