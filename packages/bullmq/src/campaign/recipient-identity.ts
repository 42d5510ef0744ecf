import { createHash } from "node:crypto";
import { collapseIdFor } from "apnskit";

/** The namespace of `apns-id`s of campaigns (RFC 9562 §6.6): a random UUID, the same for good. */
const NAMESPACE = Buffer.from("6f1c2d0a4b7e4c5f9d3e8a1b2c3d4e5f", "hex");
const FIVE = 0x50;

/** The same over all attempts, workers and resumptions. */
export interface RecipientIdentity {
  /** The `apns-id`: a UUID of version 5 of campaign and index (RFC 9562 §5.5). */
  readonly id: string;
  /** The `apns-collapse-id`. */
  readonly collapseId: string;
}

/** @param index of the recipient in the campaign, from 0 */
export function recipientId(campaign: string, index: number): string {
  const bytes = createHash("sha1").update(NAMESPACE).update(`${campaign}\n${index}`).digest();
  bytes[6] = (bytes[6]! & 0x0f) | FIVE;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex", 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** @param index of the recipient in the campaign, from 0 */
export function recipientIdentity(campaign: string, index: number): RecipientIdentity {
  return { id: recipientId(campaign, index), collapseId: collapseIdFor("campaign", campaign, index) };
}
