import { crc32 } from "node:zlib";

/**
 * A journal file is a head, followed by frames. Each append writes one frame, so that a reader sees all of it
 * or nothing.
 *
 *     head     16 octets of ASCII
 *     frame    length (uint32, little endian) │ CRC-32 of the payload (uint32) │ payload
 *     payload  UTF-8: records as JSON, one per line
 */
export const HEAD = Buffer.from("apnskit journal\n", "latin1");

/** Octets before a payload. */
export const FRAME_HEAD = 8;

/** A payload is a list of JSON objects, so each payload begins with these octets. */
const FIRST_OCTETS = Buffer.from('{"', "latin1");

export function writeFrame(lines: readonly string[]): Buffer {
  const text = lines.join("\n");
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(FRAME_HEAD + length);
  frame.write(text, FRAME_HEAD, "utf8");
  frame.writeUInt32LE(length, 0);
  frame.writeUInt32LE(crc32(frame.subarray(FRAME_HEAD)), 4);
  return frame;
}

/**
 * The frame that a process writes first when it takes the journal.
 *
 * @param fence from 1
 */
export function claimFrame(fence: number): Buffer {
  return writeFrame([JSON.stringify({ claim: fence })]);
}

/** Size in octets of the frame at an offset, by the frame's head; 0 if no frame can begin there. */
export function frameSize(bytes: Buffer, offset: number): number {
  if (bytes.length - offset < FRAME_HEAD) return 0;
  const length = bytes.readUInt32LE(offset);
  return length < FIRST_OCTETS.length ? 0 : FRAME_HEAD + length;
}

/** @returns the lines of the frame at an offset; `undefined` if the frame is incomplete or corrupt */
export function readFrame(bytes: Buffer, offset: number): string[] | undefined {
  const size = frameSize(bytes, offset);
  if (size === 0 || offset + size > bytes.length) return undefined;
  const payload = bytes.subarray(offset + FRAME_HEAD, offset + size);
  if (!payload.subarray(0, FIRST_OCTETS.length).equals(FIRST_OCTETS)) return undefined;
  if (crc32(payload) !== bytes.readUInt32LE(offset + 4)) return undefined;
  return payload.toString("utf8").split("\n");
}

/** Whether a complete frame begins anywhere in these bytes. */
export function holdsFrame(bytes: Buffer): boolean {
  for (let at = bytes.indexOf(FIRST_OCTETS); at !== -1; at = bytes.indexOf(FIRST_OCTETS, at + 1)) {
    if (at >= FRAME_HEAD && readFrame(bytes, at - FRAME_HEAD) !== undefined) return true;
  }
  return false;
}
