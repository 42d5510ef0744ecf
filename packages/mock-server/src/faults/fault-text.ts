import { InvalidMockInput } from "../errors.ts";
import { shown } from "../printable.ts";
import type { Fault } from "./fault.ts";
import { faultShapes, shapeOfKind } from "./fault-shapes.ts";
import { MAIN_FIELD } from "./fault-words.ts";
import { checkLatency } from "./latency.ts";

/** The fields that form a latency, as in `latency,median=40,p99=250`. */
const LATENCY_FIELDS = ["min", "max", "mean", "deviation", "median", "p99"];

type Pair = [name: string, words: string | undefined];

/**
 * Reads a fault: its kind with its main value, then fields, e.g.
 * `answer=InternalServerError,share=0.01,sticky`, `goaway=Shutdown,lastStreamId=0,times=1`,
 * `reset=REFUSED_STREAM,share=0.02`, `latency=20..80,topic=com.example.app`.
 *
 * @throws InvalidMockInput that names the error
 */
export function parseFault(text: string): Fault {
  const [first = "", ...rest] = text.split(",");
  const [kind, main] = split(first);
  const shape = shapeOfKind(faultShapes, "fault", kind);
  const pairs: Pair[] = [["kind", kind], ...rest.map(split)];
  if (main !== undefined) {
    const field = MAIN_FIELD[kind];
    if (!field) throw new InvalidMockInput(`A fault ${kind} takes no value; received ${shown(main)}`, kind);
    pairs.push([field, main]);
    return shape.read(pairs);
  }
  if (kind !== "latency") return shape.read(pairs);
  const isPart = ([name]: Pair) => LATENCY_FIELDS.includes(name);
  const latency = checkLatency(
    Object.fromEntries(pairs.filter(isPart).map(([name, words]) => [name, Number(words)])),
  );
  // The rest is checked with a valid latency in place of this one.
  const checked = shape.read([...pairs.filter((pair) => !isPart(pair)), ["latency", "0"]]);
  return { ...checked, latency } as Fault;
}

function split(part: string): Pair {
  const at = part.indexOf("=");
  return at < 0 ? [part.trim(), undefined] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
}
