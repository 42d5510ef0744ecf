import { Type } from "./frames.ts";

/** One frame as an independent reader sees it. */
export interface WireFrame {
  readonly type: string;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const typeNames = new Map<number, string>(Object.entries(Type).map(([name, type]) => [type, name]));

/** Splits what a client wrote into frames; it must be whole frames, with the connection preface in front or without. */
export function parseFrames(bytes: Uint8Array | undefined): WireFrame[] {
  const wire = Buffer.from(bytes ?? []);
  let at = wire.toString("latin1", 0, PREFACE.length) === PREFACE ? PREFACE.length : 0;
  const frames: WireFrame[] = [];
  while (at < wire.length) {
    if (wire.length - at < 9) throw new Error(`${wire.length - at} octets left over`);
    const length = wire.readUIntBE(at, 3);
    const end = at + 9 + length;
    if (end > wire.length) throw new Error(`frame of ${length} octets is cut off`);
    frames.push({
      type: typeNames.get(wire[at + 3]!) ?? `type ${wire[at + 3]}`,
      flags: wire[at + 4]!,
      streamId: wire.readUInt32BE(at + 5),
      payload: wire.subarray(at + 9, end),
    });
    at = end;
  }
  return frames;
}

/** Frames as short lines, for comparing whole outputs: `rstStream 1 code 8`, `data 1 END 5 octets`. */
export function describeFrames(bytes: Uint8Array | undefined): string[] {
  return parseFrames(bytes).map(({ type, flags, streamId, payload }) => {
    switch (type) {
      case "rstStream":
        return `rstStream ${streamId} code ${payload.readUInt32BE(0)}`;
      case "windowUpdate":
        return `windowUpdate ${streamId} +${payload.readUInt32BE(0)}`;
      case "goaway":
        return `goaway last ${payload.readUInt32BE(0)} code ${payload.readUInt32BE(4)}`;
      case "settings":
        return flags & 1 ? "settings ack" : `settings ${payload.length / 6}`;
      case "ping":
        return `ping${flags & 1 ? " ack" : ""} ${payload.toString("hex")}`;
      case "data":
      case "headers":
        return `${type} ${streamId}${flags & 1 ? " END" : ""} ${payload.length} octets`;
      default:
        return `${type} ${streamId} ${payload.length} octets`;
    }
  });
}
