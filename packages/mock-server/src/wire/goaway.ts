import type { ConnectionIncident } from "./connection-history.ts";
import { goawayFrame, MAX_STREAM_ID } from "./frames.ts";

/** The contents of a GOAWAY frame, and which requests it still allows to be answered. */
export interface GoawayOptions {
  /** Sent in the debug data as JSON, as Apple does: `{"reason":"…"}`. Default none. */
  reason?: string;
  /** Debug data as plain text, instead of a reason. */
  text?: string;
  /** HTTP/2 error code. Default 0 (NO_ERROR). */
  code?: number;
  /**
   * The last stream that still gets its answer. `"newest"` (the default): the last one that arrived;
   * `"acted"`: the last one that had its effect, so that requests in flight are abandoned; or a number, 0 for
   * Apple's usual frame.
   */
  lastStreamId?: "newest" | "acted" | number;
  /**
   * A first GOAWAY with 2³¹−1 comes this many milliseconds before the real one (RFC 9113 §6.8). Default none.
   */
  announce?: number;
  /** A second GOAWAY with empty debug data follows at once, as seen from APNs in 2016. Default false. */
  twice?: boolean;
}

/** The frames to send once the last stream is known. */
export function goawayFrames(options: GoawayOptions, lastStreamId: number): Buffer {
  const { code = 0 } = options;
  const debug =
    options.text ?? (options.reason === undefined ? "" : JSON.stringify({ reason: options.reason }));
  const frame = goawayFrame(lastStreamId, code, debug);
  return options.twice ? Buffer.concat([frame, goawayFrame(lastStreamId, code, "")]) : frame;
}

/** The frame that announces another GOAWAY. */
export function announcement(): Buffer {
  return goawayFrame(MAX_STREAM_ID, 0, "");
}

/** The same for the connection's history. */
export function goawayIncident(options: GoawayOptions, lastStreamId: number): ConnectionIncident {
  const { code = 0, text, reason = text } = options;
  return { kind: "goaway", lastStreamId, code, reason };
}
