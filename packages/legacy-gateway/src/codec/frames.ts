import type { Status } from "./status.ts";

/** A command of the binary protocol: 0 simple, 1 enhanced, 2 items. */
export type Command = 0 | 1 | 2;

/** One notification of a client, as in its frame. */
export interface LegacyNotification {
  readonly command: Command;
  /** 1 … 100 bytes. */
  readonly token: Buffer;
  /** At least one byte; not checked to be JSON. */
  readonly payload: Buffer;
  /** Chosen by the client, 0 … 2³² − 1. Command 0 has none; in command 2 it is optional. */
  readonly identifier: number | undefined;
  /** Seconds since 1970; 0: do not store. Command 0 has none; in command 2 it is optional. */
  readonly expiry: number | undefined;
  /** Only command 2 may have it. */
  readonly priority: 5 | 10 | undefined;
}

/** A frame that the server refuses by itself, without asking APNs. Nothing after it is read. */
export interface MalformedFrame {
  /** The first byte of the frame, unchecked. */
  readonly command: number;
  readonly status: Status;
  /** `undefined` if the frame has none, or ends before it. */
  readonly identifier: number | undefined;
}

/** What {@link NotificationDecoder.next} yields. */
export type Frame = LegacyNotification | MalformedFrame;

/** Tells the two kinds of frames apart. */
export function isMalformed(frame: Frame): frame is MalformedFrame {
  return "status" in frame;
}
