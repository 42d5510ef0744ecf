import { once } from "node:events";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { type ErrorPacket, ErrorPacketDecoder } from "../../src/index.ts";

/** One connection of a client of the binary protocol, for tests. */
export class LegacyClient implements AsyncDisposable {
  readonly socket: TLSSocket;
  /** The server's answer; `undefined` for a connection that ends without one. */
  readonly packet: Promise<ErrorPacket | undefined>;
  readonly closed: Promise<unknown>;
  #error: Error | undefined;

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", resolve));
    const decoder = new ErrorPacketDecoder();
    this.packet = new Promise((resolve) => {
      socket.on("data", (chunk) => {
        const packet = decoder.push(chunk);
        if (packet !== undefined) resolve(packet);
      });
      socket.once("close", () => resolve(undefined));
    });
    socket.on("error", (error) => {
      this.#error = error;
    });
  }

  /** @throws what TLS throws */
  static async connect(port: number, tls: ConnectionOptions): Promise<LegacyClient> {
    const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ...tls });
    const client = new LegacyClient(socket);
    await Promise.race([once(socket, "secureConnect"), client.closed]);
    if (!socket.authorized && client.#error !== undefined) throw client.#error;
    return client;
  }

  get error(): Error | undefined {
    return this.#error;
  }

  send(...frames: Uint8Array[]): void {
    if (this.socket.writable) this.socket.write(Buffer.concat(frames));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }
}
