import type { Fault } from "../../src/faults/fault.ts";
import type { Latency } from "../../src/faults/latency.ts";
import { literal } from "./copy-as.ts";

/** One field of a kind of fault. */
export interface FaultField {
  readonly name: string;
  readonly input: "number" | "flag" | "choice" | "text" | "latency" | "number-or-text";
  readonly options: readonly string[];
  readonly required: boolean;
  readonly does: string;
}

/** A kind of fault, with its fields in the order of the description. */
export interface FaultKind {
  readonly kind: string;
  readonly fields: readonly FaultField[];
}

/** The user's input, by field. */
export type FaultValues = Readonly<Record<string, string | boolean>>;

interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly description?: string;
}

/**
 * Reads the kinds of faults from the API description, so that the form has every field that the server takes.
 */
export function faultKinds(openApi: unknown): FaultKind[] {
  const paths = (
    openApi as {
      paths?: Record<string, { post?: { requestBody?: { content?: Record<string, { schema?: Schema }> } } }>;
    }
  ).paths;
  const schema = paths?.["/faults"]?.post?.requestBody?.content?.["application/json"]?.schema;
  return (schema?.anyOf ?? []).map(({ properties = {}, required = [] }) => ({
    kind: properties.kind?.enum?.[0] ?? properties.kind?.const ?? "",
    fields: Object.entries(properties)
      .filter(([name]) => name !== "kind")
      .map(([name, field]) => faultField(name, field, required.includes(name))),
  }));
}

/** Builds a fault from the input. Empty fields are left out. */
export function faultOf(kind: FaultKind, values: FaultValues): Fault {
  const fault: Record<string, unknown> = { kind: kind.kind };
  for (const { name, input } of kind.fields) {
    const value = values[name];
    if (value === undefined || value === false || value === "") continue;
    fault[name] = value === true ? true : typed(input, value.trim());
  }
  // The server checks the value, and its message names the field.
  return fault as unknown as Fault;
}

/** The input for one kind, restricted to the fields of another kind. */
export function carriedOver(values: FaultValues, from: FaultKind, to: FaultKind): FaultValues {
  const kept = to.fields.filter(({ name, input }) =>
    from.fields.some((field) => field.name === name && field.input === input),
  );
  const pairs = kept.map(({ name }): [string, string | boolean | undefined] => [name, values[name]]);
  return Object.fromEntries(
    pairs.filter((pair): pair is [string, string | boolean] => pair[1] !== undefined),
  );
}

/** The line of a test that injects the same fault. */
export function injectLine(fault: Fault): string {
  return `server.inject(${literal(fault)});`;
}

/** A short name for people. */
export function faultTitle({ kind, ...fields }: Fault & Record<string, unknown>): string {
  switch (kind) {
    case "answer":
      return `Answer ${String(fields.reason)}`;
    case "latency":
      return "Answer later";
    case "goaway":
      return `GOAWAY${fields.reason === undefined ? "" : ` ${String(fields.reason)}`}`;
    case "reset":
      return `Reset ${String(fields.code)}`;
    case "settings":
      return `Limit of ${String(fields.maxConcurrentStreams)} streams`;
    case "stall":
      return fields.scope === "connection" ? "Silent connection" : "No answer";
    case "drop":
      return "Drop the connection";
    case "refuse":
      return "Refuse connections";
    default:
      return String(kind);
  }
}

function faultField(name: string, schema: Schema, required: boolean): FaultField {
  const alternatives = schema.anyOf ?? [schema];
  const options = alternatives.flatMap((each) => each.enum ?? []);
  const types = new Set(alternatives.map(({ type }) => type));
  const isNumber = types.has("number") || types.has("integer");
  const does = schema.description ?? "";
  const field = { name, options, required, does };
  if (types.has("object")) return { ...field, input: "latency" };
  if (types.has("boolean")) return { ...field, input: "flag" };
  if (isNumber && types.has("string")) return { ...field, input: "number-or-text" };
  if (isNumber) return { ...field, input: "number" };
  return { ...field, input: options.length > 0 ? "choice" : "text" };
}

function typed(input: FaultField["input"], text: string): unknown {
  const isNumber = text !== "" && Number.isFinite(Number(text));
  switch (input) {
    case "number":
    case "number-or-text":
      return isNumber ? Number(text) : text;
    case "latency":
      return readLatency(text) ?? text;
    default:
      return text;
  }
}

/** Reads `50`, `20..80` or `median=40,p99=250`. Undefined for other text. */
export function readLatency(words: string): Latency | undefined {
  if (/^\d+(\.\d+)?$/.test(words)) return Number(words);
  const range = /^(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)$/.exec(words);
  if (range) return { min: Number(range[1]), max: Number(range[2]) };
  const pairs = words.split(",").map((part) => part.split("="));
  const isPairs = pairs.every(
    (pair) => pair.length === 2 && Number.isFinite(Number(pair[1])) && pair[1]!.trim() !== "",
  );
  if (!isPairs) return undefined;
  return Object.fromEntries(
    pairs.map(([name, value]) => [name!.trim(), Number(value)]),
  ) as unknown as Latency;
}
