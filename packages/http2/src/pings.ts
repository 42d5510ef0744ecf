import { FrameType } from "./frames.ts";
import type { OutputBuffer } from "./output-buffer.ts";

/** First octet of the PING frames that the session sends for itself. */
const OWN = 0xff;
const OWN_PAYLOAD = Buffer.alloc(8, OWN);

/** What an acknowledged PING was for. */
export type Acknowledged =
  /** The caller's, with its number. */
  | number
  /** The session's own: a round trip is over. */
  | "round-trip"
  /** No PING was awaiting it. */
  | undefined;

/** The PING frames of this end that have not been acknowledged. */
export class Pings {
  readonly #out: OutputBuffer;
  #callers = 0;
  #own = false;

  constructor(out: OutputBuffer) {
    this.#out = out;
  }

  /** Sends a PING for the caller. @param payload 0 … 2⁴⁸ − 1 */
  send(payload: number): void {
    const octets = Buffer.alloc(8);
    octets.writeUIntBE(payload, 2, 6);
    this.#callers++;
    this.#out.writeFrame(FrameType.PING, 0, 0, octets);
  }

  /** Measures a round trip: sends a PING, unless one is on its way already. */
  measureRoundTrip(): void {
    if (this.#own) return;
    this.#own = true;
    this.#out.writeFrame(FrameType.PING, 0, 0, OWN_PAYLOAD);
  }

  /** Takes an acknowledgement, whose eight octets begin at `start`. */
  acknowledge(bytes: Buffer, start: number): Acknowledged {
    if (bytes[start] === OWN) {
      if (!this.#own) return undefined;
      this.#own = false;
      return "round-trip";
    }
    if (this.#callers === 0) return undefined;
    this.#callers--;
    return bytes.readUIntBE(start + 2, 6);
  }
}
