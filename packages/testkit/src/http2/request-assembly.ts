import type { Frame } from "./frames.ts";
import { HpackReader, type ReceivedField } from "./hpack-reader.ts";

/** Receives the requests that a stream's frames form. */
export interface AssemblyEvents {
  head(streamId: number, fields: ReceivedField[]): void;
  data(streamId: number, data: Buffer): void;
  end(streamId: number): void;
}

interface HeaderBlock {
  readonly streamId: number;
  readonly fragments: Buffer[];
  readonly endStream: boolean;
}

/** Assembles HEADERS, CONTINUATION and DATA frames into requests. Throws on unreadable frames. */
export class RequestAssembly {
  readonly #hpack = new HpackReader();
  readonly #events: AssemblyEvents;
  readonly #begun = new Set<number>();
  #block: HeaderBlock | undefined;

  constructor(events: AssemblyEvents) {
    this.#events = events;
  }

  /** This peer's SETTINGS_HEADER_TABLE_SIZE, once the client has acknowledged it. */
  limitTable(size: number): void {
    this.#hpack.limit = size;
  }

  read(frame: Frame): void {
    if (this.#block && (frame.type !== "CONTINUATION" || frame.streamId !== this.#block.streamId)) {
      throw new Error(`${frame.type} inside the header block of stream ${this.#block.streamId}`);
    }
    if (frame.type === "HEADERS") {
      const { streamId, fragment, endStream } = frame;
      this.#block = { streamId, fragments: [fragment], endStream };
      if (frame.endHeaders) this.#endBlock(this.#block);
    } else if (frame.type === "CONTINUATION") {
      if (!this.#block) throw new Error("CONTINUATION outside of a header block");
      this.#block.fragments.push(frame.fragment);
      if (frame.endHeaders) this.#endBlock(this.#block);
    } else if (frame.type === "DATA" && this.#begun.has(frame.streamId)) {
      this.#events.data(frame.streamId, frame.data);
      if (frame.endStream) this.#end(frame.streamId);
    } else if (frame.type === "RST_STREAM") {
      this.#begun.delete(frame.streamId);
    }
  }

  #endBlock({ streamId, fragments, endStream }: HeaderBlock): void {
    this.#block = undefined;
    const fields = this.#hpack.read(Buffer.concat(fragments));
    // A second block on the same stream is trailers.
    if (!this.#begun.has(streamId)) {
      this.#begun.add(streamId);
      this.#events.head(streamId, fields);
    }
    if (endStream) this.#end(streamId);
  }

  #end(streamId: number): void {
    if (this.#begun.delete(streamId)) this.#events.end(streamId);
  }
}
