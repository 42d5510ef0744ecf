import type { Fields } from "./hpack-writer.ts";

export interface PacedWriter {
  /** Bytes of DATA that the client's windows and frame size allow now. */
  sendable(streamId: number): number;
  data(streamId: number, data: Buffer, endStream: boolean): void;
  trailers(streamId: number, fields: Fields): void;
}

/** Sends the bodies of answers as fast as the client's windows allow. */
export class PacedBodies {
  readonly #bodies = new Map<number, { readonly parts: Buffer[]; readonly trailers: Fields | undefined }>();
  readonly #writer: PacedWriter;

  constructor(writer: PacedWriter) {
    this.#writer = writer;
  }

  /** Every part becomes at least one DATA frame, even an empty part. */
  begin(streamId: number, parts: Buffer[], trailers: Fields | undefined): void {
    this.#bodies.set(streamId, { parts, trailers });
    this.#flush(streamId);
  }

  drop(streamId: number): void {
    this.#bodies.delete(streamId);
  }

  flush(): void {
    for (const streamId of this.#bodies.keys()) this.#flush(streamId);
  }

  #flush(streamId: number): void {
    const { parts, trailers } = this.#bodies.get(streamId)!;
    while (parts.length > 0) {
      const room = this.#writer.sendable(streamId);
      if (room === 0 && parts[0]!.length > 0) return;
      const now = parts[0]!.subarray(0, room);
      const left = parts[0]!.subarray(room);
      if (left.length > 0) parts[0] = left;
      else parts.shift();
      this.#writer.data(streamId, now, parts.length === 0 && trailers === undefined);
    }
    this.#bodies.delete(streamId);
    if (trailers) this.#writer.trailers(streamId, trailers);
  }
}
