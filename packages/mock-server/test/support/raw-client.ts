import { once } from "node:events";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";

export interface Frame {
  type: number;
  flags: number;
  stream: number;
  payload: Buffer;
}

export const SETTINGS = 4;
export const GOAWAY = 7;

/** A TLS socket whose bytes the test writes and whose frames it reads. */
export class RawClient implements AsyncDisposable {
  readonly socket: TLSSocket;
  #seen = Buffer.alloc(0);

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#seen = Buffer.concat([this.#seen, chunk]);
    });
    socket.on("error", () => {});
  }

  static async open(port: number, ca: string, options: ConnectionOptions = {}): Promise<RawClient> {
    const socket = connect({ port, host: "127.0.0.1", ca, ...options });
    await once(socket, "secureConnect");
    return new RawClient(socket);
  }

  /** The frames that came so far. */
  get frames(): Frame[] {
    const frames: Frame[] = [];
    for (let at = 0; at + 9 <= this.#seen.length; ) {
      const length = this.#seen.readUIntBE(at, 3);
      if (at + 9 + length > this.#seen.length) break;
      frames.push({
        type: this.#seen[at + 3]!,
        flags: this.#seen[at + 4]!,
        stream: this.#seen.readUInt32BE(at + 5),
        payload: this.#seen.subarray(at + 9, at + 9 + length),
      });
      at += 9 + length;
    }
    return frames;
  }

  /** Waits for a frame of this type. */
  async frame(type: number): Promise<Frame> {
    for (;;) {
      const found = this.frames.find((frame) => frame.type === type);
      if (found) return found;
      await once(this.socket, "data");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.closed) return;
    const closed = once(this.socket, "close");
    this.socket.destroy();
    await closed;
  }
}
