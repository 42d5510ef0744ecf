import { InvalidMockInput } from "../errors.ts";
import { shown } from "../printable.ts";
import { choice, described, either, type Field, flag, list, number, text, whole } from "../schema/field.ts";
import { type Fields, Shape } from "../schema/shape.ts";
import { REASONS, type Reason } from "../services/reasons.ts";
import { MAX_STREAM_ID } from "../wire/frames.ts";
import type { GoawayOptions } from "../wire/goaway.ts";
import type { Fault, FaultAction } from "./fault.ts";
import { latencyField } from "./latency.ts";

const MAX_UINT32 = 0xffffffff;

/** A field for the reasons of APNs, in the spelling of the wire. */
export const reasonField: Field<Reason> = {
  ...choice(...REASONS),
  wanted: 'a reason of APNs, e.g. "BadDeviceToken"',
};

const TARGET: Fields = {
  share: described(number(0, 1), "Part of the matching requests or connections that it hits. Default 1."),
  times: described(number(1, "infinite"), "It ends after so many hits. Default: never."),
  token: described(text(), "Only pushes to this device token."),
  topic: described(text(), "Only pushes with this topic."),
  connection: described(whole(1), "Only this connection, by its number."),
};

const acted = described(flag(), "The request has its effect all the same.");

const GOAWAY: Fields = {
  reason: described(text(), 'Goes into the debug data as Apple sends it, e.g. "Shutdown".'),
  text: described(
    text("a text", () => true),
    "Debug data as it is, instead of a reason.",
  ),
  code: described(whole(0, MAX_UINT32), "HTTP/2 error code. Default 0."),
  lastStreamId: described(
    either(choice("newest", "acted"), whole(0, MAX_STREAM_ID)),
    "The last stream that still gets its answer: newest (the default), acted, or a number.",
  ),
  announce: described(
    number(0, Number.MAX_VALUE, "milliseconds"),
    "A first GOAWAY announces the real one, so many milliseconds before it.",
  ),
  twice: described(flag(), "A second GOAWAY without debug data follows at once."),
};

const STALL: Fields = {
  ms: described(number(0, Number.MAX_VALUE, "milliseconds"), "It goes on after so long. Default: never."),
  acted,
};

const ACTIONS: Readonly<Record<FaultAction["kind"], { fields: Fields; required?: readonly string[] }>> = {
  answer: {
    fields: {
      reason: described(reasonField, "Reason of the answer; its status follows."),
      sticky: described(flag(), "From then on the whole connection answers so."),
      acted,
      retryAfter: described(number(0, Number.MAX_VALUE, "seconds"), "Seconds for a retry-after header."),
      timestamp: described(whole(0), "With status 410: milliseconds since the epoch. Default now."),
    },
    required: ["reason"],
  },
  latency: {
    fields: { latency: described(latencyField, "Milliseconds on top of the server's own latency.") },
    required: ["latency"],
  },
  goaway: { fields: GOAWAY },
  reset: {
    fields: {
      code: described(
        either(
          whole(0, MAX_UINT32),
          text('the name of an HTTP/2 error code, e.g. "REFUSED_STREAM"', isErrorName),
        ),
        "HTTP/2 error code, by number or name.",
      ),
      acted,
    },
    required: ["code"],
  },
  settings: {
    fields: { maxConcurrentStreams: described(whole(0, MAX_UINT32), "Streams at once from now on.") },
    required: ["maxConcurrentStreams"],
  },
  stall: {
    fields: {
      scope: described(choice("stream", "connection"), "One request (the default), or the connection."),
      ...STALL,
    },
  },
  drop: { fields: { acted } },
  refuse: {
    fields: {
      how: described(
        choice("close", "close-after-handshake", "hang"),
        "Closed before TLS (the default) or after it, or left hanging.",
      ),
    },
  },
};

type Kind = FaultAction["kind"];
const KINDS = Object.keys(ACTIONS) as Kind[];

/** The form of each kind of fault. */
export const faultShapes = shapesOf<Fault>("fault", KINDS, TARGET);

/** The form of actions on open connections, by kind. */
export const strikeShapes = shapesOf<
  Extract<FaultAction, { kind: "goaway" | "settings" | "stall" | "drop" }>
>("strike", ["goaway", "settings", "stall", "drop"], { connection: whole(1) });

/** The form of the options of `Connection.goaway`. */
export const goawayShape = new Shape<GoawayOptions>("a GOAWAY", GOAWAY);

/** The form of the options of `Connection.setStreamLimit`. */
export const limitShape = new Shape<{ maxConcurrentStreams: number }>(
  "a stream limit",
  ACTIONS.settings.fields,
  ["maxConcurrentStreams"],
);

/** The form of the options of `Connection.stall`. */
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

/** The form of faults of this kind. @throws InvalidMockInput for an unknown kind */
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

/** @throws InvalidMockInput that names the error */
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

/** The HTTP/2 error code for a checked number or name. */
export function errorCode(code: number | string): number {
  if (typeof code === "number") return code;
  return ERROR_NAMES.indexOf(code.toUpperCase());
}
