import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/**
 * Reserves a port of 127.0.0.1 while nothing listens there: the system refuses connections, but no other
 * server gets the port. Node.js cannot only bind a socket. So the class connects from that port to a private
 * server.
 */
export class ReservedPort implements Disposable {
  readonly #anchor: Server;
  readonly #sockets: readonly Socket[];

  private constructor(anchor: Server, sockets: readonly Socket[]) {
    this.#anchor = anchor;
    this.#sockets = sockets;
  }

  static async of(port: number): Promise<ReservedPort> {
    const anchor = createServer().listen(0, "127.0.0.1");
    await once(anchor, "listening");
    const accepted = once(anchor, "connection") as Promise<[Socket]>;
    const socket = connect({
      host: "127.0.0.1",
      port: (anchor.address() as AddressInfo).port,
      localAddress: "127.0.0.1",
      localPort: port,
    });
    await once(socket, "connect");
    return new ReservedPort(anchor, [socket, (await accepted)[0]]);
  }

  /** Frees the port. A reset closes the connection, so that the port does not wait for late segments. */
  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#anchor.close();
  }
}
