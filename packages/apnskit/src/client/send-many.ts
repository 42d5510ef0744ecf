import { types } from "node:util";
import { InvalidOption } from "@apnskit/pool";
import { Completions, underWayLimitOf } from "@apnskit/pool/internal";
import { InvalidDeviceToken, InvalidNotification } from "../errors.ts";
import type { Notification } from "../notifications/notification.ts";
import type { Outcome } from "../outcome.ts";
import type { DevicePushes, DeviceToken } from "./device-pushes.ts";

/** One notification for one device. */
export type Pair = readonly [token: DeviceToken, notification: Notification];

/** Items that exist already or arrive later. */
export type Source<Item> = Iterable<Item> | AsyncIterable<Item>;

/**
 * Sends the items of a source; yields each outcome as soon as it is known.
 *
 * @param notification for all devices; without it, the source yields pairs
 * @param concurrency how many may be under way or wait to be read
 * @throws InvalidOption for a value that is no source
 */
export function sendMany(
  pushes: DevicePushes,
  source: Source<Pair> | Source<DeviceToken>,
  notification: Notification | undefined,
  concurrency: number,
  signal: AbortSignal | undefined,
): AsyncIterableIterator<Outcome> {
  requireSource(source);
  return new Completions<Pair | DeviceToken, Outcome>(
    source,
    concurrency,
    signal,
    notification === undefined
      ? (pair, index, done, group) => {
          if (Array.isArray(pair)) pushes.send(pair[0], pair[1], group, index, done);
          else pushes.refuse(pair, notAPair(pair), index, done);
        }
      : (token, index, done, group) => pushes.send(token as DeviceToken, notification, group, index, done),
    underWayLimitOf(pushes.pool),
  );
}

/** The error for a value in place of a pair. */
function notAPair(value: unknown): InvalidNotification | InvalidDeviceToken {
  if (typeof value === "string" || types.isUint8Array(value)) {
    const rule =
      "sendMany(tokens, notification) needs it as its second argument, or give pairs [token, notification]";
    return new InvalidNotification("notification", "missing", rule);
  }
  return new InvalidDeviceToken(
    "sendMany needs pairs [token, notification], or tokens and a notification as its second argument",
  );
}

function requireSource(source: unknown): void {
  const iterable = source as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined;
  const method = iterable?.[Symbol.asyncIterator] ?? iterable?.[Symbol.iterator];
  if (typeof method === "function" && typeof source !== "string" && !types.isUint8Array(source)) return;
  const wanted = "an iterable or async iterable of pairs, or of device tokens with a notification";
  const got = types.isUint8Array(source) ? "bytes" : typeof source;
  throw new InvalidOption("source", `sendMany takes ${wanted}; received ${got}`);
}
