/**
 * What the other packages of this project need of this one and users do not. It may change in any version.
 *
 * @module
 */
export { type Abortable, unwatchAbort, watchAbort } from "./abort-group.ts";
export { announce } from "./announce.ts";
export { markCopy, otherCopy } from "./copy.ts";
export { deadlineOf, deadlineSource } from "./deadline-of.ts";
export { Deadlines, type Expiring } from "./deadlines.ts";
export { connectionOptionNames, Dialer } from "./dialer.ts";
export type { Exchange, ExchangeHandler } from "./exchange.ts";
export { host } from "./host.ts";
export { GuardedLogger, guardLogger, type LogLevel } from "./logger.ts";
export { duration, integer, rejectUnknown, requireSignal, requireType } from "./options.ts";
export { type Origin, parseOrigin } from "./origin.ts";
export { printable } from "./printable.ts";
export { outgoing } from "./request.ts";
export { Transport, type TransportSetup } from "./transport.ts";
