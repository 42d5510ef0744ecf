import type { LedgerEntry } from "../../src/ledger/ledger-entry.ts";
import type { ConnectionEvent, ConnectionRecord } from "../../src/wire/connection-history.ts";

/** A moment in the life of a request or of its connection. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly what: string;
  /** Whether the moment belongs to the request itself. */
  readonly own: boolean;
}

/** RFC 9113 §7. */
const ERROR_NAMES = [
  ...["NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT"],
  ...["STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR"],
  ...["ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"],
];
/** Maximum number of connection events around a request. */
const MOST_EVENTS = 40;

/** The events of a request, and of its connection around that time, in order. */
export function timelineOf(entry: LedgerEntry, connection: ConnectionRecord | undefined): Moment[] {
  const { arrivedAt, settledAt, acted, status, reason, fault } = entry;
  const own: Moment[] = [
    { at: arrivedAt, what: `Stream ${entry.stream} arrived, ${entry.bytes} bytes`, own: true },
  ];
  if (settledAt !== undefined) {
    if (fault !== undefined)
      own.push({ at: settledAt, what: `A fault hit the request: ${fault}`, own: true });
    // Deciding, acting and answering are one step.
    if (acted)
      own.push({ at: settledAt, what: "Acted on: APNs would have sent the notification", own: true });
    const answer = status === undefined ? "No answer" : `Answered ${status}${reason ? ` ${reason}` : ""}`;
    own.push({ at: settledAt, what: answer, own: true });
  }
  const others = (connection?.events ?? []).filter((event) => isAbout(event, entry)).slice(-MOST_EVENTS);
  const moments = [
    ...others.map((event) => ({ at: event.at, what: describeEvent(event), own: false })),
    ...own,
  ];
  return moments.sort((a, b) => a.at - b.at);
}

/** The line of an event of a connection. */
export function describeEvent(event: ConnectionEvent): string {
  switch (event.kind) {
    case "opened":
      return "Connection opened";
    case "closed":
      return "Connection closed";
    case "dropped":
      return "Connection dropped without GOAWAY";
    case "resumed":
      return "Connection resumed";
    case "stalled":
      return event.ms === undefined
        ? "Connection fell silent permanently"
        : `Connection fell silent for ${event.ms} ms`;
    case "settings":
      return `SETTINGS sent: at most ${event.maxConcurrentStreams} at once`;
    case "client-settings": {
      const { initialWindowSize, maxFrameSize, headerTableSize } = event.settings;
      return `SETTINGS from the client: window ${initialWindowSize}, frames ${maxFrameSize}, header table ${headerTableSize}`;
    }
    case "goaway": {
      const reason = event.reason === undefined ? "" : `, ${event.reason}`;
      return `GOAWAY sent: last stream ${event.lastStreamId}, ${errorName(event.code)}${reason}`;
    }
    case "client-goaway":
      return `GOAWAY from the client: ${errorName(event.code)}`;
    case "reset":
      return `Stream ${event.stream} reset: ${errorName(event.code)}`;
    case "client-reset":
      return `Stream ${event.stream} reset by the client: ${errorName(event.code)}`;
  }
}

/** Resets of other streams do not concern this request. */
function isAbout(event: ConnectionEvent, entry: LedgerEntry): boolean {
  const isReset = event.kind === "reset" || event.kind === "client-reset";
  return !isReset || event.stream === entry.stream;
}

function errorName(code: number): string {
  return ERROR_NAMES[code] ?? `error ${code}`;
}
