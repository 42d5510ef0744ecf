/** What a {@link Lag} asks of its connection. */
export interface Lagging {
  /** Whether everything that its client sent was read, and nothing came for a while. */
  readonly isQuiet: boolean;
  /** Whether it is being read to its end. */
  readonly isInQuestion: boolean;
  /** Reads to the end of what its client can have sent by now, and settles the lag. */
  catchUp(): void;
  /** Notes everything that its client may repeat after a cut now. */
  noteRecent(lag: Lag): void;
}

/**
 * The end of a lag. `cut`: the connection had been cut. `over`: its client had not left in doubt, so that equal
 * notifications on other connections are no repetitions.
 */
export type LagEnd = "cut" | "over";

/**
 * A time during which the gateway cannot see whether a connection has ended: its client has sent more than the
 * gateway reads ahead.
 */
export class Lag {
  /** Monotonic milliseconds. Only notes from then on can repeat what was still unread when the lag began. */
  readonly from: number;
  readonly connection: Lagging;
  #end: LagEnd | undefined = undefined;
  readonly #waiting = new Set<() => void>();

  constructor(connection: Lagging, from: number) {
    this.connection = connection;
    this.from = from;
  }

  /** `undefined` while it lasts. */
  get end(): LagEnd | undefined {
    return this.#end;
  }

  /** Calls back once when the lag has ended. The same function is entered only once. */
  whenEnded(callback: () => void): void {
    this.#waiting.add(callback);
  }

  /** The only writer of the end; the first one counts. */
  settle(end: LagEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    for (const callback of this.#waiting) callback();
    this.#waiting.clear();
  }
}
