import type { Clock, Timer } from "apnskit";
import type { Lag, LagEnd, Lagging } from "./lag.ts";
import type { Overlaps } from "./overlaps.ts";
import type { Push } from "./push.ts";
import { keyOf } from "./repetitions.ts";

/** What an {@link OwnLag} asks of its connection. */
export interface LaggingReader {
  /** Whether all complete frames were taken, or are thrown away. */
  isStarved(): boolean;
  /** Whether the client has ended its side or is gone. */
  hasDeparted(): boolean;
  /** Reads on, whatever the bound. */
  resume(): void;
  /** Takes notifications again. */
  pump(): void;
  /** Everything that its client may repeat after a cut now. */
  inCaseOfCut(): readonly Push[];
}

/**
 * More than the systems of both sides hold of one connection by default. Bytes behind that many were written later.
 */
const MOST_UNREAD = 16_777_216;
/** Milliseconds without a byte after which a client that lagged is taken to be there. Bytes follow within a round trip. */
const QUIET = 1_000;

/** The lag of one connection: from the first pause of reading until its end would be seen again. */
export class OwnLag implements Lagging {
  readonly #overlaps: Overlaps;
  readonly #clock: Clock;
  readonly #reader: LaggingReader;
  #current: Lag | undefined = undefined;
  /** While its end is in question: the bytes after which the client must be there. */
  #leftToRead: number | undefined = undefined;
  #lastReadAt = 0;
  /** When its client was last found to be there. */
  #presentAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined = undefined;

  constructor(overlaps: Overlaps, clock: Clock, reader: LaggingReader) {
    this.#overlaps = overlaps;
    this.#clock = clock;
    this.#reader = reader;
  }

  /** `undefined` while the end of the connection would be seen. */
  get current(): Lag | undefined {
    return this.#current;
  }

  /** While its end is in question, the connection is read to it, and takes nothing. */
  get isInQuestion(): boolean {
    return this.#leftToRead !== undefined;
  }

  get isQuiet(): boolean {
    return this.#reader.isStarved() && this.#clock.now() >= this.#lastReadAt + QUIET;
  }

  /** The connection is no longer read. */
  begin(): void {
    this.#current ??= this.#overlaps.begin(this, this.#presentAt);
  }

  noteRecent(lag: Lag): void {
    for (const push of this.#reader.inCaseOfCut()) this.#overlaps.note(keyOf(push), push.fate, lag);
  }

  catchUp(): void {
    if (this.isInQuestion) return;
    if (this.isQuiet || this.#reader.hasDeparted()) {
      this.end("over");
      return;
    }
    this.#leftToRead = MOST_UNREAD;
    this.#lastReadAt = this.#clock.now();
    this.#watchQuiet();
    this.#reader.resume();
  }

  /** Reading goes on: what the system holds comes in the next turn of the event loop. */
  noteReading(): void {
    this.#lastReadAt = this.#clock.now();
  }

  /** Bytes were read. */
  noteRead(length: number): void {
    if (this.#current === undefined) return;
    this.#lastReadAt = this.#clock.now();
    if (this.#leftToRead === undefined) return;
    this.#leftToRead -= length;
    if (this.#leftToRead <= 0) this.#foundPresent();
  }

  end(end: LagEnd): void {
    this.#leftToRead = undefined;
    this.#timer?.cancel();
    const lag = this.#current;
    if (lag === undefined) return;
    this.#current = undefined;
    this.#overlaps.end(lag, end);
    lag.settle(end);
  }

  #watchQuiet(): void {
    this.#timer = this.#clock.setTimer(
      () => {
        if (this.#clock.now() >= this.#lastReadAt + QUIET) this.#foundPresent();
        else this.#watchQuiet();
      },
      this.#lastReadAt + QUIET - this.#clock.now(),
    );
  }

  /** The client was there when the question came up. */
  #foundPresent(): void {
    this.#presentAt = this.#clock.now();
    this.#overlaps.foundPresent();
    this.end("over");
    this.#reader.pump();
  }
}
