import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import { encodeNotification } from "../src/index.ts";

/** How the notifications of a load differ. */
export type Payloads = "shared" | "own";

/** Frames that are written at once. */
const BATCH = 200;

/** What clients give to TLS. */
export interface ClientTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Opens a connection of a legacy client. */
export async function open(port: number, tls: ClientTls): Promise<TLSSocket> {
  const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ...tls });
  await once(socket, "secureConnect");
  socket.on("error", (error) => console.error(`client: ${error.message}`));
  return socket;
}

/** Writes notifications of command 2 as fast as the gateway reads them. Each connection has its own devices. */
export async function write(
  socket: TLSSocket,
  connection: number,
  count: number,
  payloads: Payloads,
): Promise<void> {
  const token = Buffer.alloc(32, 0xab);
  token.writeUInt32BE(connection, 24);
  for (let sent = 0; sent < count; ) {
    const frames: Buffer[] = [];
    for (const end = Math.min(count, sent + BATCH); sent < end; sent++) {
      token.writeUInt32BE(sent, 28);
      const badge = payloads === "own" ? sent : 1;
      const payload = Buffer.from(
        `{"aps":{"alert":"Your parcel is on its way","badge":${badge},"sound":"default"}}`,
      );
      frames.push(
        encodeNotification({
          command: 2,
          token,
          payload,
          identifier: sent,
          expiry: 0x7000_0000,
          priority: 10,
        }),
      );
    }
    if (!socket.write(Buffer.concat(frames))) await once(socket, "drain");
  }
}
