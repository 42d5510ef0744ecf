import { InvalidNotification } from "../errors.ts";
import { receivedType } from "./received.ts";

/** The most characters of a channel id; APNs makes ids of 24. */
export const CHANNEL_ID_LIMIT = 128;

/**
 * A broadcast channel's id: the base64 text that APNs gave it.
 *
 * @throws InvalidNotification
 */
export function checkChannelId(channelId: unknown, field = "channelId"): string {
  if (
    typeof channelId === "string" &&
    channelId.length <= CHANNEL_ID_LIMIT &&
    /^[\x21-\x7e]+$/.test(channelId)
  ) {
    return channelId;
  }
  const what =
    typeof channelId === "string" ? `a string of ${channelId.length} characters` : receivedType(channelId);
  const rule = `must be the base64 text that APNs gave the channel, at most ${CHANNEL_ID_LIMIT} characters`;
  throw new InvalidNotification(field, "invalid", `${rule}; received ${what}`);
}
