import { hash } from "node:crypto";
import { collapseIdFor } from "apnskit";

/** Namespace of the `apns-id`s of campaigns (RFC 9562 §6.6): a random UUID that never changes. */
const NAMESPACE = Buffer.from("6f1c2d0a4b7e4c5f9d3e8a1b2c3d4e5f", "hex");
/** Octets for the longest number as text. */
const NUMBER_LENGTH = 32;

const DIGITS = Buffer.from("0123456789abcdef");
/** The place of each octet's digits in the text. */
const places = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const text = Buffer.from("00000000-0000-0000-0000-000000000000");

/** Namespace and name of the last campaign, with room for a recipient's place. */
let campaignOfInput: string | undefined;
let input = Buffer.alloc(0);
let prefixLength = 0;

/**
 * The `apns-id` of a recipient's push, the same over all attempts, resumptions and machines: a UUID of version 5
 * (RFC 9562 §5.5) of campaign and place.
 *
 * @param index the recipient's place in the campaign, from 0
 */
export function apnsIdFor(campaign: string, index: number): string {
  if (campaign !== campaignOfInput) setCampaign(campaign);
  const end = prefixLength + input.write(String(index), prefixLength, "latin1");
  // Each recipient needs an id. A `Hash` object and the pieces of a text would cost more than the hash.
  const octets = hash("sha1", input.subarray(0, end), "latin1");
  for (let at = 0; at < places.length; at++) {
    let octet = octets.charCodeAt(at);
    if (at === 6) octet = (octet & 0x0f) | 0x50;
    else if (at === 8) octet = (octet & 0x3f) | 0x80;
    const place = places[at]!;
    text[place] = DIGITS[octet >> 4]!;
    text[place + 1] = DIGITS[octet & 0xf]!;
  }
  return text.toString("latin1");
}

function setCampaign(campaign: string): void {
  const prefix = Buffer.concat([NAMESPACE, Buffer.from(`${campaign}\n`)]);
  prefixLength = prefix.length;
  input = Buffer.alloc(prefixLength + NUMBER_LENGTH);
  prefix.copy(input);
  campaignOfInput = campaign;
}

/**
 * The collapse id of a recipient's push: a device that gets it twice shows one.
 *
 * @param index the recipient's place in the campaign, from 0
 */
export function campaignCollapseId(campaign: string, index: number): string {
  return collapseIdFor("campaign", campaign, index);
}
