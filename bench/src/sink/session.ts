import { Flag, FRAME_HEADER, FrameType, frame, PREFACE, settingsFrame, windowUpdateFrame } from "./frames.ts";

const INITIAL_WINDOW = 65_535;
const LARGEST_WINDOW = 2 ** 31 - 1;
/** Body bytes received before the session refills the connection window. */
const WINDOW_REFRESH = 2 ** 29;

/**
 * The server's side of one connection, without a socket. It takes bytes, and returns the replies to write at
 * once and the streams whose requests are complete. A body may have up to one stream window (65,535 bytes);
 * no notification exceeds that.
 */
export class SinkSession {
  /** Bytes of request bodies received. */
  bodyBytes = 0;
  #rest: Buffer = Buffer.alloc(0);
  #expectPreface = true;
  #consumed = 0;

  /** The server's first frames (RFC 9113 §3.4), with a connection window that never stops the client. */
  greeting(maxConcurrentStreams: number): Buffer {
    return Buffer.concat([
      settingsFrame(maxConcurrentStreams),
      windowUpdateFrame(LARGEST_WINDOW - INITIAL_WINDOW),
    ]);
  }

  /** @throws Error if the client does not speak HTTP/2. */
  receive(chunk: Buffer): { replies: Buffer[]; completed: number[] } {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const replies: Buffer[] = [];
    const completed: number[] = [];
    let at = 0;
    if (this.#expectPreface) {
      if (bytes.length < PREFACE.length) {
        this.#rest = bytes;
        return { replies, completed };
      }
      if (!bytes.subarray(0, PREFACE.length).equals(PREFACE)) throw new Error("no HTTP/2 preface");
      this.#expectPreface = false;
      at = PREFACE.length;
    }
    while (bytes.length - at >= FRAME_HEADER) {
      const length = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
      const end = at + FRAME_HEADER + length;
      if (end > bytes.length) break;
      const type = bytes[at + 3]!;
      const flags = bytes[at + 4]!;
      if (type === FrameType.data || type === FrameType.headers) {
        if (type === FrameType.data) {
          this.bodyBytes += length;
          this.#consumed += length;
        }
        if (flags & Flag.endStream) completed.push(bytes.readUInt32BE(at + 5) & LARGEST_WINDOW);
      } else if (type === FrameType.settings && !(flags & Flag.ack)) {
        replies.push(frame(FrameType.settings, Flag.ack, 0, Buffer.alloc(0)));
      } else if (type === FrameType.ping && !(flags & Flag.ack)) {
        replies.push(frame(FrameType.ping, Flag.ack, 0, bytes.subarray(at + FRAME_HEADER, end)));
      }
      at = end;
    }
    this.#rest = at === bytes.length ? Buffer.alloc(0) : bytes.subarray(at);
    if (this.#consumed > WINDOW_REFRESH) {
      replies.push(windowUpdateFrame(this.#consumed));
      this.#consumed = 0;
    }
    return { replies, completed };
  }
}
