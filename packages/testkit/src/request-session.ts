import type { Answer } from "./answer.ts";
import type { ErrorCode } from "./http2/codes.ts";

/** The session of a request, reduced to the methods that the request needs. */
export interface RequestSession {
  /** Writes a whole answer. Its body follows the client's windows. */
  respond(streamId: number, answer?: Answer): void;
  reset(streamId: number, code: ErrorCode): void;
}
