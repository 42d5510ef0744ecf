import { createHash } from "node:crypto";
import { collapseIdFor } from "apnskit";

/** Namespace of the `apns-id`s of campaigns (RFC 9562 §6.6): a random UUID that must never change. */
const NAMESPACE = Buffer.from("6f1c2d0a4b7e4c5f9d3e8a1b2c3d4e5f", "hex");

/**
 * The `apns-id` of a recipient's push: a version 5 UUID (RFC 9562 §5.5) of campaign and place. All attempts,
 * resumptions and machines use the same one.
 *
 * @param index the recipient's place in the campaign, from 0
 */
export function apnsIdFor(campaign: string, index: number): string {
  const bytes = createHash("sha1").update(NAMESPACE).update(`${campaign}\n${index}`).digest();
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex", 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * The collapse id of a recipient's push. A device that gets the push twice shows one notification.
 *
 * @param index the recipient's place in the campaign, from 0
 */
export function campaignCollapseId(campaign: string, index: number): string {
  return collapseIdFor("campaign", campaign, index);
}
