import { type Answer, refuse } from "../services/answer.ts";
import type { FaultAction } from "./fault.ts";

/** The answer of an answer fault. @param now milliseconds since the epoch, for a 410 */
export function answerOf(action: Extract<FaultAction, { kind: "answer" }>, now: number): Answer {
  const timestamp = action.timestamp ?? now;
  const gone = action.reason === "Unregistered" || action.reason === "ExpiredToken";
  const refusal = gone ? refuse(action.reason, timestamp) : refuse(action.reason);
  if (action.retryAfter === undefined) return refusal;
  return { ...refusal, headers: { "retry-after": String(action.retryAfter) } };
}
