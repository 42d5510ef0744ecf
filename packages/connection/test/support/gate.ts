import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";

/** A stream to a port of this machine, as a proxy's client would make it, whose writes can be held up and failed. */
export class Gate extends Duplex {
  readonly #socket: Socket;
  readonly #held: { chunk: Buffer; done: (error?: Error | null) => void }[] = [];
  #holding = false;

  private constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on("data", (chunk) => this.push(chunk));
    socket.on("end", () => this.push(null));
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => this.destroy());
  }

  static async to(port: number): Promise<Gate> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new Gate(socket);
  }

  hold(): void {
    this.#holding = true;
  }

  /** The write that is held up fails; those after it get through again. */
  fail(error: Error): void {
    this.#holding = false;
    for (const { done } of this.#held.splice(0)) done(error);
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#holding) this.#held.push({ chunk, done });
    else this.#socket.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
