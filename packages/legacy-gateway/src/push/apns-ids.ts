import { randomBytes } from "node:crypto";

const DIGITS = Buffer.from("0123456789abcdef");
/** Positions of the digits of sequence number and identifier. */
const SEQUENCE = [19, 20, 21, 22, 24, 25, 26, 27];
const IDENTIFIER = [28, 29, 30, 31, 32, 33, 34, 35];
const MOST_SEQUENCES = 0x4000_0000;
/** The two highest bits of its half (RFC 9562 §4.1). */
const VARIANT = 0x8000_0000;

/**
 * The `apns-id`s of one connection: UUIDs of version 8 (RFC 9562 §5.8), made of 60 random bits of the
 * connection, 30 bits of a sequence number, and the client's identifier as the last eight digits. So an id in
 * a log identifies connection and notification, and it stays the same over all attempts.
 */
export class ApnsIds {
  /** Names the connection in logs: the start of all its ids. */
  readonly connection: string;
  readonly #text: Buffer;
  #sequence = 0;

  constructor(random: Buffer = randomBytes(8)) {
    const digits = random.toString("hex");
    this.connection = digits.slice(0, 8);
    this.#text = Buffer.from(
      `${this.connection}-${digits.slice(8, 12)}-8${digits.slice(12, 15)}-0000-000000000000`,
    );
  }

  /** The id of the next notification. @param identifier the client's, 0 … 2³² − 1 */
  next(identifier: number): string {
    this.#write(SEQUENCE, VARIANT + this.#sequence);
    this.#write(IDENTIFIER, identifier);
    this.#sequence = (this.#sequence + 1) % MOST_SEQUENCES;
    return this.#text.toString("latin1");
  }

  /** Joining texts would produce ten times as much garbage. */
  #write(places: readonly number[], value: number): void {
    let shift = 28;
    for (const place of places) {
      this.#text[place] = DIGITS[(value >>> shift) & 0xf]!;
      shift -= 4;
    }
  }
}
