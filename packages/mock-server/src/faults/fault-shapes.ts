import { InvalidMockInput } from "../errors.ts";
import { shown } from "../printable.ts";
import { choice, either, type Field, flag, list, number, text, whole } from "../schema/field.ts";
import { type Fields, Shape } from "../schema/shape.ts";
import { isReason } from "../services/reasons.ts";
import { MAX_STREAM_ID } from "../wire/frames.ts";
import type { GoawayOptions } from "../wire/goaway.ts";
import type { Fault, FaultAction } from "./fault.ts";
import { latencyField } from "./latency.ts";

const MAX_UINT32 = 0xffffffff;

/** A field for the reasons that APNs gives, in the spelling of the wire. */
export const reasonField: Field<string> = text('a reason of APNs, e.g. "BadDeviceToken"', isReason);

const TARGET: Fields = {
  share: number(0, 1),
  times: number(1, "infinite"),
  token: text(),
  topic: text(),
  connection: whole(1),
};

const GOAWAY: Fields = {
  reason: text(),
  text: text("a text", () => true),
  code: whole(0, MAX_UINT32),
  lastStreamId: either(choice("newest", "acted"), whole(0, MAX_STREAM_ID)),
  announce: number(0, Number.MAX_VALUE, "milliseconds"),
  twice: flag(),
};

const STALL: Fields = {
  ms: number(0, Number.MAX_VALUE, "milliseconds"),
  acted: flag(),
};

const ACTIONS: Readonly<Record<FaultAction["kind"], { fields: Fields; required?: readonly string[] }>> = {
  answer: {
    fields: {
      reason: reasonField,
      sticky: flag(),
      acted: flag(),
      retryAfter: number(0, Number.MAX_VALUE, "seconds"),
      timestamp: whole(0),
    },
    required: ["reason"],
  },
  latency: { fields: { latency: latencyField }, required: ["latency"] },
  goaway: { fields: GOAWAY },
  reset: {
    fields: {
      code: either(
        whole(0, MAX_UINT32),
        text('the name of an HTTP/2 error code, e.g. "REFUSED_STREAM"', isErrorName),
      ),
      acted: flag(),
    },
    required: ["code"],
  },
  settings: { fields: { maxConcurrentStreams: whole(0, MAX_UINT32) }, required: ["maxConcurrentStreams"] },
  stall: { fields: { scope: choice("stream", "connection"), ...STALL } },
  drop: { fields: { acted: flag() } },
  refuse: { fields: { how: choice("close", "close-after-handshake", "hang") } },
};

type Kind = FaultAction["kind"];
const KINDS = Object.keys(ACTIONS) as Kind[];

/** The form of each kind of fault. */
export const faultShapes = shapesOf<Fault>("fault", KINDS, TARGET);

/** The form of what can be done to open connections, by kind. */
export const strikeShapes = shapesOf<
  Extract<FaultAction, { kind: "goaway" | "settings" | "stall" | "drop" }>
>("strike", ["goaway", "settings", "stall", "drop"], { connection: whole(1) });

/** What a caller may give for `Connection.goaway`. */
export const goawayShape = new Shape<GoawayOptions>("a GOAWAY", GOAWAY);

/** What a caller may give for `Connection.setStreamLimit`. */
export const limitShape = new Shape<{ maxConcurrentStreams: number }>(
  "a stream limit",
  ACTIONS.settings.fields,
  ["maxConcurrentStreams"],
);

/** What a caller may give for `Connection.stall`. */
export const stallShape = new Shape<{ ms?: number; acted?: boolean }>("a stall", STALL);

function shapesOf<Value extends object>(noun: string, kinds: readonly Kind[], common: Fields) {
  return new Map<string, Shape<Value>>(
    kinds.map((kind) => {
      const { fields, required = [] } = ACTIONS[kind];
      const all = { kind: choice(kind), ...fields, ...common };
      return [kind, new Shape<Value>(`a ${noun} ${kind}`, all, ["kind", ...required])];
    }),
  );
}

/** The form of the fault of this kind. @throws InvalidMockInput for a kind that there is not */
export function shapeOfKind<Value extends object>(
  shapes: ReadonlyMap<string, Shape<Value>>,
  noun: string,
  kind: unknown,
): Shape<Value> {
  const shape = typeof kind === "string" ? shapes.get(kind) : undefined;
  if (shape) return shape;
  const known = list([...shapes.keys()], "or");
  throw new InvalidMockInput(`\`kind\` of a ${noun} must be ${known}; received ${shown(kind)}`, "kind");
}

/** @throws InvalidMockInput that names what is wrong */
export function checkFault(value: unknown): Fault {
  const kind = (value as { kind?: unknown } | null | undefined)?.kind;
  return shapeOfKind(faultShapes, "fault", kind).check(value);
}

/** RFC 9113 §7. */
const ERROR_NAMES = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
];

function isErrorName(name: string): boolean {
  return ERROR_NAMES.includes(name.toUpperCase());
}

/** HTTP/2 error code from its number or name, which has been checked. */
export function errorCode(code: number | string): number {
  if (typeof code === "number") return code;
  return ERROR_NAMES.indexOf(code.toUpperCase());
}
