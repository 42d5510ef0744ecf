export { ClientSession } from "./client-session.ts";
export { type Content, octetsOf, TextContent } from "./content.ts";
export { ErrorCode, errorCodeName } from "./error-codes.ts";
export {
  ApnskitError,
  HeaderListTooLarge,
  NoFreeStream,
  ProtocolError,
  SessionOptionError,
} from "./errors.ts";
export type { SessionEvent, StreamFailure } from "./events.ts";
export { createField, type Field, FieldError, FieldList, fieldText, type Indexing } from "./field-list.ts";
export { Decoder } from "./hpack/decoder.ts";
export { Encoder } from "./hpack/encoder.ts";
export { defaultLimits, type Limits, resolveLimits } from "./limits.ts";
export { OutputBuffer } from "./output-buffer.ts";
export type { OutgoingRequest } from "./request-writer.ts";
export type { SessionOptions } from "./session-options.ts";
export type { SessionPhase } from "./session-phase.ts";
export { defaultSettings, type Settings } from "./settings.ts";
export type { ClientStream, RequestProgress } from "./stream.ts";
