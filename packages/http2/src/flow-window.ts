import { MAX_31_BIT } from "./frames.ts";

/**
 * The receiving side of one flow-control window (RFC 9113 §5.2): how much the peer may still send, and when to grant more.
 * Granting waits until half of the window is used up, so that small answers cost no frame at all.
 */
export class ReceiveWindow {
  readonly #size: number;
  #available: number;

  /** @param size octets that the peer may send before it needs a grant; 1 … 2³¹ − 1 */
  constructor(size: number) {
    this.#size = size;
    this.#available = size;
  }

  /** Takes note of received octets; false when the peer sent more than it was allowed. */
  receive(octets: number): boolean {
    this.#available -= octets;
    return this.#available >= 0;
  }

  /** The increment to send in a WINDOW_UPDATE now, or 0. Calling it counts as sending it. */
  grant(): number {
    const used = this.#size - this.#available;
    if (used * 2 < this.#size) return 0;
    this.#available = this.#size;
    return used;
  }
}

/** Adds a WINDOW_UPDATE's increment to a send window; `undefined` when that passes 2³¹ − 1 (RFC 9113 §6.9.1). */
export function widen(window: number, increment: number): number | undefined {
  const widened = window + increment;
  return widened > MAX_31_BIT ? undefined : widened;
}
