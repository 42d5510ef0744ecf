import { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { type Endings, findEndings, GOAWAY, RST_STREAM, withoutFrames } from "./frames.ts";

/**
 * Stands between nghttp2 and the TLS socket, so that faults can do what no well-behaved library does: send a frame of
 * their own, fall silent in both directions, or vanish. node:http2 writes whole frames in one piece each, which makes
 * the space between two writes a frame boundary.
 */
export class Wire extends Duplex {
  readonly #socket: TLSSocket;
  /** While it is stalled: what is to be written once it goes on. */
  #held: (() => void)[] | undefined;
  readonly #endings: Endings;
  /** Types of nghttp2's frames that are kept back. */
  #keptBack: readonly number[] = [];

  /** Called with each stream that nghttp2 or a fault resets as REFUSED_STREAM. */
  onRefused: (stream: number) => void = () => {};

  constructor(socket: TLSSocket) {
    super({ readableHighWaterMark: 1 << 18, writableHighWaterMark: 1 << 18 });
    this.#socket = socket;
    this.#endings = {
      refused: (stream) => this.onRefused(stream),
      // nghttp2 tells a peer that it broke the protocol, and node:http2 then leaves the connection open.
      failed: () => this.#socket.destroySoon(),
    };
    socket.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    // A peer that has said its last word is gone: a half-closed connection would have node:http2 write to a stream that
    // it is about to end, which is an assertion in there and the end of the process.
    socket.on("end", () => this.destroy());
    socket.on("close", () => this.destroy());
    // A peer that resets the connection is an everyday event here; "close" follows.
    socket.on("error", () => {});
  }

  /** Sends a GOAWAY that nghttp2 knows nothing of, and keeps back the one that it would send as well. */
  sayGoaway(frames: Buffer): void {
    this.#keptBack = [GOAWAY];
    this.#write(() => this.#socket.write(frames));
  }

  /** From now on also the resets are kept back with which nghttp2 ends streams that are not to be heard of again. */
  leave(): void {
    this.#keptBack = [GOAWAY, RST_STREAM];
  }

  /** Neither reads nor writes any more; the TCP connection stays. */
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

  /** Ends the TCP connection at once, with nothing more said. */
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
      // A failed write is no news: "close" follows, and ends it all.
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
    // What was said already must still go out, e.g. a GOAWAY.
    if (this.#held) this.#socket.destroy();
    else this.#socket.destroySoon();
    done(error);
  }
}
