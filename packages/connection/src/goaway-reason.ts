import { ErrorCode, errorCodeName } from "@apnskit/http2";
import { printable } from "./printable.ts";

/**
 * The reason that a server gave in GOAWAY. APNs puts `{"reason":"…"}` into the debug data (Apple: "Handling
 * notification responses from APNs"), but plain text and empty data have been seen as well.
 */
export function goawayReason(errorCode: ErrorCode, debug: string): string {
  try {
    const value: unknown = JSON.parse(debug);
    const reason = (value as { reason?: unknown } | null)?.reason;
    if (typeof reason === "string" && printable(reason) !== "") return printable(reason);
  } catch {
    // Not JSON: the text itself is the reason.
  }
  const text = printable(debug);
  if (text !== "") return text;
  return errorCode === ErrorCode.NO_ERROR ? "GOAWAY" : `GOAWAY ${errorCodeName(errorCode)}`;
}
