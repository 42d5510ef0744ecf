import type { Notification } from "apnskit";

/** The result of an input line: a notification for a device, or the reason why the line is invalid. */
export type Entry =
  | { readonly line: number; readonly token: string; readonly notification: Notification }
  | { readonly line: number; readonly invalid: string };

/**
 * Says what is wrong with a line without repeating the line, which may contain device tokens and private
 * texts.
 */
export class InvalidLine extends Error {
  override readonly name = "InvalidLine";
}

/** Turns lines into entries. A record of CSV may take several lines. */
export interface LineReader {
  /** Entries of these lines, and of earlier incomplete records. */
  read(lines: readonly import("./lines.ts").Line[]): Entry[];
  /** Entries of the rest at the end. */
  end(): Entry[];
}

/** The reason of an error that a line caused. */
export function reasonOf(error: unknown): string {
  if (error instanceof InvalidLine) return error.message;
  if (error instanceof RangeError && /call stack/.test(error.message)) return "nested too deeply";
  const { code } = error as { code?: unknown };
  if (typeof code === "string" && code.startsWith("ERR_APNS_")) return (error as Error).message;
  throw error;
}
