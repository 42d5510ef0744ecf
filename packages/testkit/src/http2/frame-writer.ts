import { codeOf, type ErrorCode, type Settings } from "./codes.ts";
import { encodeSettings, type FrameName, flags, pad, uint32 } from "./frames.ts";
import { encodeFields, type Fields } from "./hpack-writer.ts";

export interface HeadersOptions {
  readonly endStream?: boolean;
  /** Bytes of padding, 0 – 255. */
  readonly padding?: number;
  /**
   * Maximum bytes of the header block in one frame. The rest follows in CONTINUATION frames. Default 16,128.
   */
  readonly continuation?: number;
}

export interface GoawayOptions {
  /** Default 0. */
  readonly lastStreamId?: number;
  /** Default NO_ERROR. */
  readonly code?: ErrorCode;
  /** An object is sent as JSON. Default: none. */
  readonly debug?: string | object;
}

/** Writes every frame that a server may send. Arguments may also produce invalid frames. */
export abstract class FrameWriter {
  #pings = 0;

  /** Any frame, valid or not. */
  abstract frame(type: FrameName | number, frameFlags: number, streamId: number, payload?: Uint8Array): void;

  sendSettings(settings: Settings = {}): void {
    this.frame("SETTINGS", 0, 0, encodeSettings(settings));
  }

  acknowledgeSettings(): void {
    this.frame("SETTINGS", flags.ACK, 0);
  }

  goaway({ lastStreamId = 0, code = "NO_ERROR", debug = "" }: GoawayOptions = {}): void {
    const text = typeof debug === "string" ? debug : JSON.stringify(debug);
    this.frame(
      "GOAWAY",
      0,
      0,
      Buffer.concat([uint32(lastStreamId), uint32(codeOf(code)), Buffer.from(text)]),
    );
  }

  headers(streamId: number, fields: Fields, options: HeadersOptions = {}): void {
    const block = encodeFields(fields);
    const most = options.continuation ?? 16_384 - 256; // room for padding
    const first = block.subarray(0, most);
    const headFlags =
      (options.endStream ? flags.END_STREAM : 0) |
      (options.padding === undefined ? 0 : flags.PADDED) |
      (block.length <= most ? flags.END_HEADERS : 0);
    this.frame(
      "HEADERS",
      headFlags,
      streamId,
      options.padding === undefined ? first : pad(first, options.padding),
    );
    for (let at = most; at < block.length; at += most) {
      const last = at + most >= block.length;
      this.frame("CONTINUATION", last ? flags.END_HEADERS : 0, streamId, block.subarray(at, at + most));
    }
  }

  /** Writes one DATA frame, regardless of the client's windows. */
  data(
    streamId: number,
    data: string | Uint8Array,
    options: { endStream?: boolean; padding?: number } = {},
  ): void {
    const bytes = Buffer.from(data);
    const frameFlags =
      (options.endStream ? flags.END_STREAM : 0) | (options.padding === undefined ? 0 : flags.PADDED);
    this.frame(
      "DATA",
      frameFlags,
      streamId,
      options.padding === undefined ? bytes : pad(bytes, options.padding),
    );
  }

  reset(streamId: number, code: ErrorCode): void {
    this.frame("RST_STREAM", 0, streamId, uint32(codeOf(code)));
  }

  windowUpdate(streamId: number, increment: number): void {
    this.frame("WINDOW_UPDATE", 0, streamId, uint32(increment));
  }

  /** Returns the eight sent bytes, which the answer must repeat. */
  ping(opaque: Uint8Array = Buffer.from(`ping${String(this.#pings++).padStart(4, "0")}`)): Buffer {
    this.frame("PING", 0, 0, opaque);
    return Buffer.from(opaque);
  }

  acknowledgePing(opaque: Uint8Array): void {
    this.frame("PING", flags.ACK, 0, opaque);
  }
}
