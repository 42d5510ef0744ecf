import type { Command } from "../codec/frames.ts";
import { type Status, statusName } from "../codec/status.ts";

/** What has happened to the notifications of one app. Counts up from the start of the process. */
export interface AppCounts {
  /** Notifications received whole, by command. */
  readonly received: Record<Command, number>;
  /** Accepted by APNs. */
  accepted: number;
  /** Called dead by APNs: silence, and an entry in the feedback list. */
  dead: number;
  /** Refused, by APNs or by the gateway, by the name of the status. */
  readonly refused: Record<string, number>;
  /** Sent and never answered: they may have reached the device. */
  inDoubt: number;
  /** Repetitions that were not sent, because APNs already had the notification. */
  absorbed: number;
  /** Error packets written. */
  reported: number;
  /** Refused, in doubt or unsent, but the client was gone before the gateway could report it. */
  untold: number;
}

/** Counts a refusal under the name of its status. */
export function countRefused({ refused }: AppCounts, status: Status): void {
  const name = statusName(status);
  refused[name] = (refused[name] ?? 0) + 1;
}

export function newAppCounts(): AppCounts {
  return {
    received: { 0: 0, 1: 0, 2: 0 },
    accepted: 0,
    dead: 0,
    refused: {},
    inDoubt: 0,
    absorbed: 0,
    reported: 0,
    untold: 0,
  };
}
