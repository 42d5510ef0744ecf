import { Notification, type NotificationJson } from "apnskit";
import type { Entry } from "../input/entry.ts";
import { InvalidLineEnd } from "./file-recipients.ts";

/** A line of a file as the store of several machines keeps it. Plain JSON. */
export interface QueuedRecipient {
  /** From 1. */
  readonly line: number;
  /** Empty for a line that is not valid. */
  readonly token: string;
  readonly notification?: NotificationJson;
  /** Why the line is not valid. */
  readonly invalid?: string;
}

/** Marks campaigns of this command, in their `data`. */
export const MADE_BY = { command: "apnskit campaign", version: 1 } as const;

export function isMadeByCommand(data: unknown): boolean {
  const { command, version } = (data ?? {}) as Partial<typeof MADE_BY>;
  return command === MADE_BY.command && version === MADE_BY.version;
}

export function queuedRecipient(entry: Entry): QueuedRecipient {
  const { line } = entry;
  if ("invalid" in entry) return { line, token: "", invalid: entry.invalid };
  return { line, token: entry.token, notification: entry.notification.toJSON() };
}

/** @throws InvalidLineEnd, InvalidNotification: the recipient's push ends with it */
export function notificationOf({ notification, invalid }: QueuedRecipient): Notification {
  if (notification === undefined) throw new InvalidLineEnd(invalid ?? "the line is not valid");
  return Notification.fromJSON(notification);
}
