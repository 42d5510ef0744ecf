/**
 * What a server puts on the wire, built byte by byte from RFC 9113 §4 and §6. Nothing of the package under test is
 * used here, so that a mistake in its constants or writers cannot hide behind the same mistake in a test.
 */

export const Type = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const Flags = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const;

export const SettingId = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

export type Octets = readonly number[] | Uint8Array | string;

export function octets(...parts: readonly Octets[]): Buffer {
  return Buffer.concat(
    parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))),
  );
}

export function uint32(value: number): number[] {
  return [(value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

export function frame(type: number, flags: number, streamId: number, payload: Octets = []): Buffer {
  const body = octets(payload);
  const header = [body.length >>> 16, (body.length >>> 8) & 0xff, body.length & 0xff, type, flags];
  return octets(header, uint32(streamId), body);
}

interface HeadersOptions {
  readonly endStream?: boolean;
  readonly endHeaders?: boolean;
  /** Octets of padding; `undefined` leaves the PADDED flag off. */
  readonly padding?: number;
  /** Adds the five octets of RFC 7540's priority. */
  readonly priority?: boolean;
}

/** A HEADERS frame; ends neither the header block nor the stream unless told so, but by default ends the block. */
export function headers(streamId: number, block: Octets, options: HeadersOptions = {}): Buffer {
  const { endStream = false, endHeaders = true, padding, priority = false } = options;
  const flags =
    (endStream ? Flags.endStream : 0) |
    (endHeaders ? Flags.endHeaders : 0) |
    (padding === undefined ? 0 : Flags.padded) |
    (priority ? Flags.priority : 0);
  return frame(
    Type.headers,
    flags,
    streamId,
    octets(
      padding === undefined ? [] : [padding],
      priority ? [0, 0, 0, 0, 15] : [],
      block,
      new Uint8Array(padding ?? 0),
    ),
  );
}

export function continuation(streamId: number, block: Octets, endHeaders = true): Buffer {
  return frame(Type.continuation, endHeaders ? Flags.endHeaders : 0, streamId, block);
}

export function data(
  streamId: number,
  body: Octets,
  options: { readonly endStream?: boolean; readonly padding?: number } = {},
): Buffer {
  const { endStream = false, padding } = options;
  const flags = (endStream ? Flags.endStream : 0) | (padding === undefined ? 0 : Flags.padded);
  return frame(
    Type.data,
    flags,
    streamId,
    octets(padding === undefined ? [] : [padding], body, new Uint8Array(padding ?? 0)),
  );
}

export function settings(...entries: readonly (readonly [id: number, value: number])[]): Buffer {
  return frame(Type.settings, 0, 0, octets(...entries.map(([id, value]) => [0, id, ...uint32(value)])));
}

export const settingsAck = frame(Type.settings, Flags.ack, 0);

export function ping(payload: Octets = [0, 1, 2, 3, 4, 5, 6, 7], ack = false): Buffer {
  return frame(Type.ping, ack ? Flags.ack : 0, 0, payload);
}

export function rstStream(streamId: number, errorCode: number): Buffer {
  return frame(Type.rstStream, 0, streamId, uint32(errorCode));
}

export function windowUpdate(streamId: number, increment: number): Buffer {
  return frame(Type.windowUpdate, 0, streamId, uint32(increment));
}

export function goaway(lastStreamId: number, errorCode = 0, debug: Octets = ""): Buffer {
  return frame(Type.goaway, 0, 0, octets(uint32(lastStreamId), uint32(errorCode), octets(debug)));
}

export function priority(streamId: number): Buffer {
  return frame(Type.priority, 0, streamId, [0, 0, 0, 0, 15]);
}

export function pushPromise(streamId: number, promisedId: number, block: Octets): Buffer {
  return frame(Type.pushPromise, Flags.endHeaders, streamId, octets(uint32(promisedId), octets(block)));
}
