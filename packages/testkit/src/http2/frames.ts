import {
  type ErrorCode,
  nameOf,
  type SettingName,
  type Settings,
  settingIdOf,
  settingNameOf,
} from "./codes.ts";

export const frameTypes = {
  DATA: 0x0,
  HEADERS: 0x1,
  PRIORITY: 0x2,
  RST_STREAM: 0x3,
  SETTINGS: 0x4,
  PUSH_PROMISE: 0x5,
  PING: 0x6,
  GOAWAY: 0x7,
  WINDOW_UPDATE: 0x8,
  CONTINUATION: 0x9,
} as const;

export type FrameName = keyof typeof frameTypes;

export const flags = { END_STREAM: 0x1, ACK: 0x1, END_HEADERS: 0x4, PADDED: 0x8, PRIORITY: 0x20 } as const;

interface FrameHead {
  readonly streamId: number;
  readonly flags: number;
  /** The payload as received, padding included. Flow control counts this length for DATA. */
  readonly payload: Buffer;
}

/** A frame, as the peer received it. */
export type Frame = FrameHead &
  (
    | { readonly type: "DATA"; readonly data: Buffer; readonly endStream: boolean }
    | {
        readonly type: "HEADERS";
        readonly fragment: Buffer;
        readonly endStream: boolean;
        readonly endHeaders: boolean;
      }
    | { readonly type: "PRIORITY" }
    | { readonly type: "RST_STREAM"; readonly code: ErrorCode }
    | { readonly type: "SETTINGS"; readonly ack: boolean; readonly settings: Settings }
    | { readonly type: "PUSH_PROMISE" }
    | { readonly type: "PING"; readonly ack: boolean; readonly opaque: Buffer }
    | {
        readonly type: "GOAWAY";
        readonly lastStreamId: number;
        readonly code: ErrorCode;
        readonly debug: string;
      }
    | { readonly type: "WINDOW_UPDATE"; readonly increment: number }
    | { readonly type: "CONTINUATION"; readonly fragment: Buffer; readonly endHeaders: boolean }
    | { readonly type: "UNKNOWN"; readonly typeCode: number }
  );

export type FrameOf<Type extends Frame["type"]> = Extract<Frame, { type: Type }>;

/** Encodes one frame without checks: a script may write frames that no correct server sends. */
export function encodeFrame(
  type: FrameName | number,
  frameFlags: number,
  streamId: number,
  payload: Uint8Array,
): Buffer {
  const frame = Buffer.allocUnsafe(9 + payload.length);
  frame.writeUIntBE(payload.length, 0, 3);
  frame[3] = typeof type === "number" ? type : frameTypes[type];
  frame[4] = frameFlags;
  frame.writeUInt32BE(streamId >>> 0, 5);
  frame.set(payload, 9);
  return frame;
}

export function encodeSettings(settings: Settings): Buffer {
  const entries = Object.entries(settings) as [string, number][];
  const payload = Buffer.alloc(entries.length * 6);
  entries.forEach(([name, value], i) => {
    payload.writeUInt16BE(settingIdOf(name), i * 6);
    payload.writeUInt32BE(value, i * 6 + 2);
  });
  return payload;
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** Adds padding to a payload (RFC 9113 §6.1): a length byte before it, and that many zero bytes after it. */
export const pad = (payload: Uint8Array, padding: number): Buffer =>
  Buffer.concat([Buffer.of(padding), payload, Buffer.alloc(padding)]);

const NONE = Buffer.alloc(0);

/** Splits a byte stream into frames, for any sizes of chunks. */
export class FrameReader {
  #rest: Buffer = NONE;

  *read(chunk: Buffer): Generator<Frame> {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    try {
      while (bytes.length - at >= 9) {
        const end = at + 9 + bytes.readUIntBE(at, 3);
        if (bytes.length < end) return;
        const from = at;
        at = end;
        yield decodeFrame(bytes, from, end);
      }
    } finally {
      this.#rest = at === bytes.length ? NONE : bytes.subarray(at);
    }
  }
}

/** Names by type code. */
const frameNames = Object.keys(frameTypes) as (FrameName | undefined)[];

// Literals instead of a spread head: this runs for each frame of long simulations.
function decodeFrame(bytes: Buffer, from: number, to: number): Frame {
  const type = frameNames[bytes[from + 3]!];
  const frameFlags = bytes[from + 4]!;
  const streamId = bytes.readUInt32BE(from + 5) & 0x7fffffff;
  const payload = bytes.subarray(from + 9, to);
  switch (type) {
    case "DATA": {
      const data = unpad(payload, (frameFlags & flags.PADDED) !== 0);
      const endStream = (frameFlags & flags.END_STREAM) !== 0;
      return { type, flags: frameFlags, streamId, payload, data, endStream };
    }
    case "HEADERS": {
      const unpadded = unpad(payload, (frameFlags & flags.PADDED) !== 0);
      return {
        type,
        flags: frameFlags,
        streamId,
        payload,
        fragment: (frameFlags & flags.PRIORITY) !== 0 ? unpadded.subarray(5) : unpadded,
        endStream: (frameFlags & flags.END_STREAM) !== 0,
        endHeaders: (frameFlags & flags.END_HEADERS) !== 0,
      };
    }
    case "RST_STREAM":
      expectLength(type, payload, 4);
      return { type, flags: frameFlags, streamId, payload, code: nameOf(payload.readUInt32BE(0)) };
    case "SETTINGS": {
      const ack = (frameFlags & flags.ACK) !== 0;
      return { type, flags: frameFlags, streamId, payload, ack, settings: decodeSettings(payload) };
    }
    case "PING": {
      expectLength(type, payload, 8);
      const ack = (frameFlags & flags.ACK) !== 0;
      return { type, flags: frameFlags, streamId, payload, ack, opaque: payload };
    }
    case "GOAWAY":
      return {
        type,
        flags: frameFlags,
        streamId,
        payload,
        lastStreamId: payload.readUInt32BE(0) & 0x7fffffff,
        code: nameOf(payload.readUInt32BE(4)),
        debug: payload.toString("utf8", 8),
      };
    case "WINDOW_UPDATE": {
      expectLength(type, payload, 4);
      const increment = payload.readUInt32BE(0) & 0x7fffffff;
      return { type, flags: frameFlags, streamId, payload, increment };
    }
    case "CONTINUATION": {
      const endHeaders = (frameFlags & flags.END_HEADERS) !== 0;
      return { type, flags: frameFlags, streamId, payload, fragment: payload, endHeaders };
    }
    case "PRIORITY":
    case "PUSH_PROMISE":
      return { type, flags: frameFlags, streamId, payload };
    case undefined:
      return { type: "UNKNOWN", flags: frameFlags, streamId, payload, typeCode: bytes[from + 3]! };
  }
}

function decodeSettings(payload: Buffer): Settings {
  if (payload.length % 6 !== 0) throw new Error(`SETTINGS of ${payload.length} bytes`);
  const settings: Record<SettingName | number, number> = {} as never;
  for (let at = 0; at < payload.length; at += 6) {
    settings[settingNameOf(payload.readUInt16BE(at))] = payload.readUInt32BE(at + 2);
  }
  return settings;
}

function unpad(payload: Buffer, padded: boolean): Buffer {
  if (!padded) return payload;
  const end = payload.length - (payload[0] ?? 0);
  if (end < 1) throw new Error("padding longer than its frame");
  return payload.subarray(1, end);
}

function expectLength(type: FrameName, payload: Buffer, length: number): void {
  if (payload.length !== length) throw new Error(`${type} of ${payload.length} bytes instead of ${length}`);
}
