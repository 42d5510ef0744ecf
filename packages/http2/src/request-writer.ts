import type { Content } from "./content.ts";
import { type Field, FieldError, FieldList, fieldSize } from "./field-list.ts";
import { Flag, FRAME_HEADER_LENGTH, FrameType } from "./frames.ts";
import type { Encoder } from "./hpack/encoder.ts";
import type { OutputBuffer } from "./output-buffer.ts";
import type { Settings } from "./settings.ts";

/** One request, as it goes on the wire. */
export interface OutgoingRequest {
  /** For example `"POST"`. Any token (RFC 9110 §9.1). */
  readonly method: string;
  /** Begins with `/` and holds visible ASCII only; the session does not check it. */
  readonly path: string;
  /** Header fields that many requests share; the encoder remembers their encoded form. */
  readonly sharedFields: FieldList;
  /** Header fields of this request alone. */
  readonly ownFields: FieldList;
  /** The session copies it when the window lets it leave: do not change it before. Empty: no DATA frame. */
  readonly content: Content;
}

/** Index of `:path` in HPACK's static table. */
const PSEUDO_PATH = 4;
/** Octets that `:path` counts beyond its value. */
const PATH_OVERHEAD = fieldSize(":path", "");
/** Methods whose pseudo-header fields are kept. */
const MOST_METHODS = 16;
/** RFC 9110 §9.1. */
const validMethod = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 3986 §3.2 in visible ASCII, without user information (RFC 9113 §8.3.1). */
const validAuthority = /^[!$&-.0-;=A-[\]_a-z~%]+$/;

/** Writes the header section of each request: a HEADERS frame, and CONTINUATION frames if one frame is too small. */
export class RequestWriter {
  readonly #out: OutputBuffer;
  readonly #encoder: Encoder;
  readonly #remote: Readonly<Settings>;
  readonly #authority: string;
  /** The pseudo-header fields before the path, by method. */
  readonly #pseudoFields = new Map<string, FieldList>();
  #lastMethod: string | undefined;
  #lastPseudoFields = FieldList.empty;

  /** @throws {@link FieldError} for an authority that is not a host with an optional port */
  constructor(out: OutputBuffer, encoder: Encoder, remote: Readonly<Settings>, authority: string) {
    if (typeof authority !== "string" || !validAuthority.test(authority)) {
      throw new FieldError(":authority", "the authority is not a host with an optional port");
    }
    this.#out = out;
    this.#encoder = encoder;
    this.#remote = remote;
    this.#authority = authority;
  }

  /**
   * Octets of a request's header list as SETTINGS_MAX_HEADER_LIST_SIZE counts them (RFC 9113 §6.5.2).
   *
   * @throws {@link FieldError} for a method that is not a token
   */
  headerListSize(request: OutgoingRequest): number {
    const { path, sharedFields, ownFields } = request;
    return (
      this.#pseudoFieldsOf(request.method).size +
      PATH_OVERHEAD +
      path.length +
      sharedFields.size +
      ownFields.size
    );
  }

  /** Writes the header section of a request whose method has passed {@link headerListSize}. */
  write(streamId: number, request: OutgoingRequest): void {
    const out = this.#out;
    const start = out.length;
    out.reserve(FRAME_HEADER_LENGTH);
    out.length += FRAME_HEADER_LENGTH;
    this.#encoder.beginBlock(out);
    this.#encoder.encodeList(this.#pseudoFieldsOf(request.method), out);
    this.#encoder.encodeLiteral(PSEUDO_PATH, request.path, out);
    this.#encoder.encodeList(request.sharedFields, out);
    const { ownFields } = request;
    if (ownFields !== FieldList.empty) {
      this.#encoder.encodeFields(ownFields.fields, ownFields.maxEncodedLength, out);
    }
    this.#frame(start, streamId, request.content.length === 0 ? Flag.END_STREAM : 0);
  }

  #pseudoFieldsOf(method: string): FieldList {
    if (method === this.#lastMethod) return this.#lastPseudoFields;
    let list = this.#pseudoFields.get(method);
    if (list === undefined) {
      if (!validMethod.test(method)) throw new FieldError(":method", "the method is not a token");
      const fields: Field[] = [
        { name: ":method", value: method, indexing: "indexed" },
        { name: ":scheme", value: "https", indexing: "indexed" },
        { name: ":authority", value: this.#authority, indexing: "indexed" },
      ];
      list = FieldList.trusted(fields);
      if (this.#pseudoFields.size < MOST_METHODS) this.#pseudoFields.set(method, list);
    }
    this.#lastMethod = method;
    this.#lastPseudoFields = list;
    return list;
  }

  /** Puts the frame header before the block that begins after it, and cuts a long block into several frames. */
  #frame(start: number, streamId: number, flags: number): void {
    const out = this.#out;
    const end = out.length;
    const blockStart = start + FRAME_HEADER_LENGTH;
    const most = this.#remote.maxFrameSize;
    if (end - blockStart <= most) {
      out.length = start;
      out.writeFrameHeader(end - blockStart, FrameType.HEADERS, flags | Flag.END_HEADERS, streamId);
      out.length = end;
      return;
    }
    const block = Buffer.from(out.bytes.subarray(blockStart, end));
    out.length = start;
    for (let at = 0; at < block.length; at += most) {
      const last = at + most >= block.length ? Flag.END_HEADERS : 0;
      const type = at === 0 ? FrameType.HEADERS : FrameType.CONTINUATION;
      out.writeFrame(type, (at === 0 ? flags : 0) | last, streamId, block.subarray(at, at + most));
    }
  }
}
