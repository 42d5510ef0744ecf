/**
 * The events of a run. Each event goes into a hash, by which two runs are compared. The text of an event is
 * kept only in a verbose run: most runs are never read.
 */
export class Trace {
  /** True: the text is kept. */
  readonly verbose: boolean;
  readonly #lines: string[] = [];
  #low = 0x811c_9dc5;
  #high = 0x2545_f491;
  #events = 0;

  constructor(verbose = false) {
    this.verbose = verbose;
  }

  /** Events so far. */
  get events(): number {
    return this.#events;
  }

  /** The text, a line for each event that has one. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** The hash of all events so far: 16 hexadecimal digits. */
  get hash(): string {
    return hex(this.#high) + hex(this.#low);
  }

  /** Takes note of an event by numbers. */
  mix(time: number, kind: number, a = 0, b = 0): void {
    this.#events++;
    this.#add(time * 1_024);
    this.#add(kind);
    this.#add(a);
    this.#add(b);
  }

  /** Takes note of a text, such as an identifier. */
  mixText(text: string): void {
    for (let i = 0; i < text.length; i++) this.#add(text.charCodeAt(i));
  }

  /** Takes note of octets: of their number, and of the first and last of them. */
  mixBytes(bytes: Uint8Array): void {
    this.#add(bytes.length);
    const { length } = bytes;
    for (let i = 0; i < length; i += length > 256 ? 7 : 1) this.#add(bytes[i]!);
  }

  /** Keeps a line of text, if texts are wanted. The time is in milliseconds. */
  line(time: number, text: string): void {
    if (this.verbose) this.#lines.push(`${(time / 1_000).toFixed(4).padStart(12)} s  ${text}`);
  }

  #add(value: number): void {
    this.#low = Math.imul(this.#low ^ value, 0x0100_0193);
    this.#high = Math.imul(this.#high ^ (value + this.#low), 0x85eb_ca6b);
    this.#high ^= this.#high >>> 15;
  }
}

const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");

/** The kinds of events, as they go into the hash. */
export const EventKind = {
  TURN: 1,
  WRITE: 2,
  READ: 3,
  CONNECT: 4,
  CLOSE: 5,
  ACT: 6,
  ANSWER: 7,
  FAULT: 8,
  POST: 9,
  SETTLE: 10,
} as const;
