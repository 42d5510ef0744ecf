import { ErrorCode } from "./error-codes.ts";
import { ProtocolError } from "./errors.ts";
import { DEFAULT_MAX_FRAME_SIZE, MAX_31_BIT } from "./frames.ts";

/** Setting identifiers (RFC 9113 §6.5.2). */
export const Setting = {
  HEADER_TABLE_SIZE: 0x1,
  ENABLE_PUSH: 0x2,
  MAX_CONCURRENT_STREAMS: 0x3,
  INITIAL_WINDOW_SIZE: 0x4,
  MAX_FRAME_SIZE: 0x5,
  MAX_HEADER_LIST_SIZE: 0x6,
} as const;

/** The settings that one end has sent to the other. Before any SETTINGS frame, {@link defaultSettings} hold. */
export interface Settings {
  /** Octets of dynamic table that this end's decoder keeps. */
  headerTableSize: number;
  /** Streams that the other end may have open at once. */
  maxConcurrentStreams: number;
  /** Octets that the other end may send on a new stream before a WINDOW_UPDATE. */
  initialWindowSize: number;
  /** Octets of the largest frame payload that this end takes. */
  maxFrameSize: number;
  /** Advisory: octets of header list that this end is ready to take, 32 added for each field. */
  maxHeaderListSize: number;
}

/** The settings before any SETTINGS frame (RFC 9113 §6.5.2). */
export const defaultSettings: Readonly<Settings> = Object.freeze({
  headerTableSize: 4_096,
  maxConcurrentStreams: Number.POSITIVE_INFINITY,
  initialWindowSize: 65_535,
  maxFrameSize: DEFAULT_MAX_FRAME_SIZE,
  maxHeaderListSize: Number.POSITIVE_INFINITY,
});

/** Bytes that one setting takes in a SETTINGS frame. */
export const SETTING_LENGTH = 6;

/**
 * Applies the payload of a server's SETTINGS frame, in order of appearance; unknown settings are ignored.
 *
 * Returns the smallest HEADER_TABLE_SIZE in force at any point of the frame. An encoder has to acknowledge
 * even a size that a later entry of the frame replaces (RFC 9113 §6.5.3, RFC 7541 §4.2).
 *
 * @throws {@link ProtocolError} for values that RFC 9113 §6.5.2 forbids
 */
export function applySettings(settings: Settings, bytes: Buffer, start: number, end: number): number {
  let smallestTable: number | undefined;
  for (let at = start; at < end; at += SETTING_LENGTH) {
    const value = bytes.readUInt32BE(at + 2);
    switch (bytes.readUInt16BE(at)) {
      case Setting.HEADER_TABLE_SIZE:
        settings.headerTableSize = value;
        smallestTable = Math.min(value, smallestTable ?? value);
        break;
      case Setting.ENABLE_PUSH:
        // A server may say 0 (it never accepts pushes) but not 1.
        if (value !== 0)
          throw new ProtocolError(ErrorCode.PROTOCOL_ERROR, `server sent ENABLE_PUSH ${value}`);
        break;
      case Setting.MAX_CONCURRENT_STREAMS:
        settings.maxConcurrentStreams = value;
        break;
      case Setting.INITIAL_WINDOW_SIZE:
        if (value > MAX_31_BIT) {
          throw new ProtocolError(
            ErrorCode.FLOW_CONTROL_ERROR,
            `INITIAL_WINDOW_SIZE ${value} is over 2³¹ − 1`,
          );
        }
        settings.initialWindowSize = value;
        break;
      case Setting.MAX_FRAME_SIZE:
        if (value < DEFAULT_MAX_FRAME_SIZE || value > 0xff_ffff) {
          throw new ProtocolError(ErrorCode.PROTOCOL_ERROR, `MAX_FRAME_SIZE ${value} is out of range`);
        }
        settings.maxFrameSize = value;
        break;
      case Setting.MAX_HEADER_LIST_SIZE:
        settings.maxHeaderListSize = value;
        break;
    }
  }
  return smallestTable ?? settings.headerTableSize;
}

/** The payload of a SETTINGS frame. */
export function encodeSettings(entries: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.allocUnsafe(entries.length * SETTING_LENGTH);
  let at = 0;
  for (const [id, value] of entries) {
    at = payload.writeUInt16BE(id, at);
    at = payload.writeUInt32BE(value, at);
  }
  return payload;
}
