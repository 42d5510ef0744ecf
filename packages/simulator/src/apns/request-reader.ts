import { type Frame, FrameReader } from "@apnskit/testkit/http2/frames";
import { HpackReader } from "@apnskit/testkit/http2/hpack-reader";

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** A frame as the client has written it. */
export interface WrittenFrame {
  readonly frame: Frame;
  /** Where the frame ends in the client's octets. */
  readonly end: number;
  /** The header section that ends with this frame. */
  readonly fields: ReadonlyMap<string, string> | undefined;
}

/** Reads a client's octets: preface, frames, header sections. */
export class RequestReader {
  readonly #frames = new FrameReader();
  readonly #hpack = new HpackReader();
  readonly #onFrame: (written: WrittenFrame) => void;
  #prefaceLeft = PREFACE.length;
  #offset = PREFACE.length;
  /** Fragments of a header section that has not ended. */
  #fragments: Buffer[] = [];

  constructor(onFrame: (written: WrittenFrame) => void) {
    this.#onFrame = onFrame;
  }

  /** The client has acknowledged a new SETTINGS_HEADER_TABLE_SIZE. */
  setTableLimit(octets: number): void {
    this.#hpack.limit = octets;
  }

  /** @throws Error for octets that are no HTTP/2 */
  read(bytes: Buffer): void {
    let rest = bytes;
    if (this.#prefaceLeft > 0) {
      const part = rest.subarray(0, this.#prefaceLeft);
      const from = PREFACE.length - this.#prefaceLeft;
      if (!part.equals(PREFACE.subarray(from, from + part.length))) throw new Error("no HTTP/2 preface");
      this.#prefaceLeft -= part.length;
      rest = rest.subarray(part.length);
    }
    for (const frame of this.#frames.read(rest)) {
      this.#offset += 9 + frame.payload.length;
      this.#onFrame({ frame, end: this.#offset, fields: this.#fields(frame) });
    }
  }

  #fields(frame: Frame): ReadonlyMap<string, string> | undefined {
    if (frame.type !== "HEADERS" && frame.type !== "CONTINUATION") {
      if (this.#fragments.length > 0) throw new Error(`${frame.type} inside a header section`);
      return undefined;
    }
    this.#fragments.push(frame.fragment);
    if (!frame.endHeaders) return undefined;
    const block = this.#fragments.length === 1 ? this.#fragments[0]! : Buffer.concat(this.#fragments);
    this.#fragments = [];
    const fields = new Map<string, string>();
    for (const { name, value } of this.#hpack.read(block)) fields.set(name, value);
    return fields;
  }
}
