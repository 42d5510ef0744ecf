/**
 * Exports for the other packages of this project, not for users. They may change in any version.
 *
 * @module
 */

export { type Content, octetsOf, TextContent } from "@apnskit/http2";
export { type Abortable, AbortGroup } from "./abort-group.ts";
export { announce } from "./announce.ts";
export { bodyLimit } from "./body-limit.ts";
export { guardClock } from "./clock-guard.ts";
export { concealAccessors } from "./conceal-accessors.ts";
export { markCopy, otherCopy } from "./copy.ts";
export { deadlineOf, deadlineSource, timeoutOf } from "./deadline-of.ts";
export { Deadlines, type Expiring } from "./deadlines.ts";
export { connectionOptionNames, Dialer } from "./dialer.ts";
export type { Exchange, ExchangeHandler } from "./exchange.ts";
export { host } from "./host.ts";
export { GuardedLogger, guardLogger, type LogLevel } from "./logger.ts";
export {
  duration,
  integer,
  received,
  rejectUnknown,
  requireObject,
  requireSignal,
  requireType,
} from "./options.ts";
export { type Origin, parseOrigin } from "./origin.ts";
export { printable, withoutControls } from "./printable.ts";
export {
  type CheckedOptions,
  checkOptions,
  checkPath,
  outgoing,
  requestOf,
  type SharedParts,
  sharedParts,
} from "./request.ts";
export { toError, wordsOf } from "./thrown.ts";
export { Transport } from "./transport.ts";
export type { TransportSetup } from "./transport-setup.ts";
export { turnTime } from "./turn-time.ts";
export { uncaught } from "./uncaught.ts";
