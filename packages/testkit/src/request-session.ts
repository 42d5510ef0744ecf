import type { Answer } from "./answer.ts";
import type { ErrorCode } from "./http2/codes.ts";

/** The session that a request came over, as far as the request itself needs it. */
export interface RequestSession {
  /** A whole answer; its body follows the client's windows. */
  respond(streamId: number, answer?: Answer): void;
  reset(streamId: number, code: ErrorCode): void;
}
