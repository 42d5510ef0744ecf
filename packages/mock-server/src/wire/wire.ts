import { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { type Endings, findEndings, GOAWAY, RST_STREAM, withoutFrames } from "./frames.ts";

/**
 * Sits between nghttp2 and the TLS socket, so that faults can do what no well-behaved library does: send
 * extra frames, fall silent in both directions, or vanish. node:http2 writes each frame in one piece, so the
 * gap between two writes is a frame boundary.
 */
export class Wire extends Duplex {
  readonly #socket: TLSSocket;
  /** During a stall: the writes to do when it ends. */
  #held: (() => void)[] | undefined;
  readonly #endings: Endings;
  /** Types of nghttp2's frames that are held back. */
  #keptBack: readonly number[] = [];

  /** Called with each stream that nghttp2 or a fault resets as REFUSED_STREAM. */
  onRefused: (stream: number) => void = () => {};

  constructor(socket: TLSSocket) {
    super({ readableHighWaterMark: 1 << 18, writableHighWaterMark: 1 << 18 });
    this.#socket = socket;
    this.#endings = {
      refused: (stream) => this.onRefused(stream),
      // nghttp2 tells a peer that it broke the protocol, but node:http2 then leaves the connection open.
      failed: () => this.#socket.destroySoon(),
    };
    socket.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    // A peer that has ended its side is gone. On a half-closed connection, node:http2 would write to a stream
    // that it is about to end. That fails an assertion and ends the process.
    socket.on("end", () => this.destroy());
    socket.on("close", () => this.destroy());
    // Peers that reset the connection are normal here; "close" follows.
    socket.on("error", () => {});
  }

  /** Sends a GOAWAY without nghttp2's knowledge, and holds back the one that nghttp2 would send as well. */
  sayGoaway(frames: Buffer): void {
    this.#keptBack = [GOAWAY];
    this.#write(() => this.#socket.write(frames));
  }

  /** From now on, also holds back the resets with which nghttp2 ends streams that are to stay silent. */
  leave(): void {
    this.#keptBack = [GOAWAY, RST_STREAM];
  }

  /** Stops reading and writing; the TCP connection stays. */
  stall(): void {
    this.#held ??= [];
    this.#socket.pause();
  }

  /** Ends a stall. */
  go(): void {
    const held = this.#held;
    if (!held) return;
    this.#held = undefined;
    for (const write of held) write();
    this.#socket.resume();
  }

  /** Ends the TCP connection at once, without sending anything. */
  cut(): void {
    this.#socket.destroy();
    this.destroy();
  }

  #write(write: () => void): void {
    if (this.#held) this.#held.push(write);
    else write();
  }

  override _read(): void {
    if (!this.#held) this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#write(() => {
      const frames = this.#keptBack.length > 0 ? withoutFrames(chunk, this.#keptBack) : chunk;
      // A failed write needs no handling: "close" follows, and ends everything.
      if (frames.length > 0) this.#socket.write(frames, () => done());
      else done();
      findEndings(frames, this.#endings);
    });
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), "binary", done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#write(() => {
      this.#socket.end();
      done();
    });
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // Earlier frames must still go out, e.g. a GOAWAY.
    if (this.#held) this.#socket.destroy();
    else this.#socket.destroySoon();
    done(error);
  }
}
