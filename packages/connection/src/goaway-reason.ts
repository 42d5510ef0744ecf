import { ErrorCode, errorCodeName } from "@apnskit/http2";

const LONGEST = 200;

/**
 * Why a server said GOAWAY. APNs puts `{"reason":"…"}` into the debug data (Apple: "Handling notification responses
 * from APNs"), but plain text and nothing at all have been seen as well.
 */
export function goawayReason(errorCode: ErrorCode, debug: string): string {
  try {
    const value: unknown = JSON.parse(debug);
    const reason = (value as { reason?: unknown } | null)?.reason;
    if (typeof reason === "string" && printable(reason) !== "") return printable(reason);
  } catch {
    // Not JSON: the text itself is what there is.
  }
  const text = printable(debug);
  if (text !== "") return text;
  return errorCode === ErrorCode.NO_ERROR ? "GOAWAY" : `GOAWAY ${errorCodeName(errorCode)}`;
}

/** It goes into logs and messages: one line, not too long, and no device token if the server repeats a path. */
function printable(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, " ")
    .replace(/[0-9a-f]{32,}/gi, (hex) => `${hex.slice(0, 8)}…`)
    .trim()
    .slice(0, LONGEST);
}
