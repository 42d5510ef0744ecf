import { type ScriptedPeer, type ScriptedSession, settle } from "@apnskit/testkit";
import { transportOf } from "../../src/connection.ts";
import { Connection, type ConnectionOptions } from "../../src/index.ts";
import type { Transport } from "../../src/internal.ts";

export interface OpenOptions extends ConnectionOptions {
  /** Where to connect instead of to the peer itself: a proxy in front of it. */
  via?: string;
}

/** A connection to the peer and the peer's side of it. */
export async function connectTo(
  peer: ScriptedPeer,
  { via, ...options }: OpenOptions = {},
): Promise<{ connection: Connection; transport: Transport; session: ScriptedSession } & AsyncDisposable> {
  const connection = await Connection.open(via ?? peer.origin, {
    ...options,
    tls: { ca: peer.ca, ...options.tls },
  });
  const session = await peer.session();
  return {
    connection,
    transport: transportOf(connection),
    session,
    async [Symbol.asyncDispose]() {
      // A test may have left the peer deaf; a connection that cannot say goodbye is cut.
      await settle(1);
      await connection.close();
    },
  };
}
