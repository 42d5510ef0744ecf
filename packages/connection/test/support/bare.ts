import { defaultLimits, type Limits } from "@apnskit/http2";
import { Connection } from "../../src/connection.ts";
import { systemClock } from "../../src/index.ts";
import { guardLogger, parseOrigin } from "../../src/internal.ts";

/** A connection without a socket, which the test gives it; its session may have options that no user can set. */
export function bareConnection(origin: string, session: object = {}): Connection {
  return new Connection({
    origin: parseOrigin(origin),
    clock: systemClock,
    logger: guardLogger(undefined),
    limits: { ...defaultLimits, ...session } as Limits,
    pingInterval: Number.POSITIVE_INFINITY,
    pingTimeout: 5_000,
    unref: false,
  });
}
