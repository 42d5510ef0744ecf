import { hash } from "node:crypto";
import { received } from "@apnskit/connection/internal";
import { collapseIdFor, InvalidOption } from "apnskit";

/** Namespace of the `apns-id`s of campaigns (RFC 9562 §6.6): a random UUID that must never change. */
const NAMESPACE = Buffer.from("6f1c2d0a4b7e4c5f9d3e8a1b2c3d4e5f", "hex");
/** Octets for the longest number as text. */
const NUMBER_LENGTH = 32;

const DIGITS = Buffer.from("0123456789abcdef");
/** The place of each octet's digits in the text of an id. */
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/** What the `apns-id`s of one campaign have in common. The next id overwrites the end of the input and the text. */
class ApnsIds {
  readonly campaign: string;
  /** Namespace and name, and room for a recipient's place. */
  readonly #input: Buffer;
  readonly #prefixLength: number;
  /** The beginning of the input, for each length of a number. */
  readonly #inputs: readonly Buffer[];
  readonly #text = Buffer.from("00000000-0000-0000-0000-000000000000");

  constructor(campaign: string) {
    const prefix = Buffer.concat([NAMESPACE, Buffer.from(`${campaign}\n`)]);
    this.campaign = campaign;
    this.#prefixLength = prefix.length;
    this.#input = Buffer.concat([prefix, Buffer.alloc(NUMBER_LENGTH)]);
    const ends = Array.from({ length: NUMBER_LENGTH }, (_, length) => prefix.length + length);
    this.#inputs = ends.map((end) => this.#input.subarray(0, end));
  }

  /** A `Hash` object, a view and the pieces of a text would cost more than the hash itself. */
  at(index: number): string {
    const number = String(index);
    this.#input.write(number, this.#prefixLength, "latin1");
    const octets = hash("sha1", this.#inputs[number.length]!, "binary");
    const text = this.#text;
    for (let at = 0; at < PLACES.length; at++) {
      let octet = octets.charCodeAt(at);
      if (at === 6) octet = (octet & 0x0f) | 0x50;
      else if (at === 8) octet = (octet & 0x3f) | 0x80;
      const place = PLACES[at]!;
      text[place] = DIGITS[octet >> 4]!;
      text[place + 1] = DIGITS[octet & 0xf]!;
    }
    return text.toString("latin1");
  }
}

let last: ApnsIds | undefined;

function requireParts(campaign: string, index: number): void {
  if (typeof campaign !== "string") {
    throw new InvalidOption("campaign", `campaign must be a string${received(campaign)}`);
  }
  if (Number.isSafeInteger(index) && index >= 0) return;
  throw new InvalidOption("index", `index must be an integer from 0${received(index)}`);
}

/**
 * The `apns-id` of a recipient's push: a version 5 UUID (RFC 9562 §5.5) of campaign and place. All attempts,
 * resumptions and machines use the same one.
 *
 * @param index the recipient's place in the campaign, from 0
 * @throws InvalidOption
 */
export function apnsIdFor(campaign: string, index: number): string {
  requireParts(campaign, index);
  if (last?.campaign !== campaign) last = new ApnsIds(campaign);
  return last.at(index);
}

/**
 * The collapse id of a recipient's push. A device that gets the push twice shows one notification.
 *
 * @param index the recipient's place in the campaign, from 0
 * @throws InvalidOption
 */
export function campaignCollapseId(campaign: string, index: number): string {
  requireParts(campaign, index);
  return collapseIdFor("campaign", campaign, index);
}
