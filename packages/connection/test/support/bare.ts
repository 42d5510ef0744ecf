import { defaultLimits, type Limits } from "@apnskit/http2";
import { type Connection, connectionOver } from "../../src/connection.ts";
import { systemClock } from "../../src/index.ts";
import { guardLogger, parseOrigin, Transport } from "../../src/internal.ts";

/** A connection without a socket, which the test gives its transport; its session may have options that no user can set. */
export function bareConnection(
  origin: string,
  session: object = {},
): { connection: Connection; transport: Transport } & AsyncDisposable {
  const setup = {
    origin: parseOrigin(origin),
    clock: systemClock,
    logger: guardLogger(undefined),
    limits: { ...defaultLimits, ...session } as Limits,
    pingInterval: Number.POSITIVE_INFINITY,
    pingTimeout: 5_000,
    unref: false,
  };
  const transport = new Transport(setup);
  const connection = connectionOver(transport, setup);
  return { connection, transport, [Symbol.asyncDispose]: () => connection.close() };
}
