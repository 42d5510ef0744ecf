import type { Clock } from "apnskit";
import type { Fate } from "./fate.ts";
import { Lag, type Lagging } from "./lag.ts";
import { Memories, type Memory } from "./memories.ts";
import { isWorthIt } from "./repetitions.ts";

/** A notification that a connection took while one of the app lagged. */
interface Note extends Memory {
  readonly fate: Fate;
  readonly number: number;
  /** Of the connection that took it; `undefined` if that did not lag. */
  readonly lag: Lag | undefined;
}

/** A remembered notification of a connection that turned out to be cut. */
export interface Noted {
  readonly key: string;
  readonly fate: Fate;
}

/** Connections of an app that may hold more than they read ahead, because their end was in question. */
const MOST_CATCHING_UP = 4;
/** Milliseconds between two looks for lags that are over. */
const LOOK_INTERVAL = 1_000;

/**
 * The notifications that connections of an app took while the end of one of them could not be seen. Its client may
 * have left in the middle of a frame, and may send the same on another connection. Only an equal notification raises
 * the question. Then the later one waits until the connection that lags was read to its end.
 */
export class Overlaps {
  readonly #clock: Pick<Clock, "now">;
  readonly #time: number;
  readonly #capacity: number;
  readonly #notes = new Memories<Note>();
  readonly #lags = new Set<Lag>();
  readonly #connections = new Set<object>();
  readonly #catchingUp = new Set<Lagging>();
  #number = 0;
  #lookedAt = 0;
  /** Until then, equal notifications on several connections are taken for usual. */
  #restsUntil = Number.NEGATIVE_INFINITY;

  /** @param time milliseconds that a note lasts; 0 for none @param capacity the most notes */
  constructor(clock: Pick<Clock, "now">, time: number, capacity: number) {
    this.#clock = clock;
    this.#time = time;
    this.#capacity = capacity;
  }

  /** Whether notifications must be compared and noted now. */
  get isWatching(): boolean {
    if (this.#lags.size === 0 || this.#connections.size < 2 || this.#time === 0) return false;
    return this.#clock.now() >= this.#restsUntil;
  }

  join(connection: object): void {
    this.#connections.add(connection);
    // Alone, a connection that lags has noted nothing.
    if (this.#connections.size === 2) for (const lag of this.#lags) lag.connection.noteRecent(lag);
  }

  leave(connection: object, lagging: Lagging | undefined): void {
    this.#connections.delete(connection);
    if (lagging !== undefined) this.#catchingUp.delete(lagging);
  }

  /** A connection has sent more than is read ahead. */
  begin(connection: Lagging): Lag {
    const lag = new Lag(connection, this.#number);
    this.#lags.add(lag);
    if (this.#connections.size > 1) connection.noteRecent(lag);
    return lag;
  }

  /** A lag has ended, and its notes are in use elsewhere. */
  end(lag: Lag): void {
    this.#lags.delete(lag);
  }

  /** A lag ended although an equal notification had come: the client sends equal ones on purpose. */
  rest(): void {
    this.#restsUntil = this.#clock.now() + this.#time;
  }

  /**
   * Whether a notification must wait for the end of a lag. Reads the connection that lags to its end then.
   *
   * @param mine the lag of the connection that takes it @param goOn called when the lag has ended
   */
  mustWait(key: string, mine: Lag | undefined, goOn: () => void): boolean {
    for (;;) {
      const lag = this.#question(key, mine);
      if (lag === undefined || !this.#admits(lag.connection)) return false;
      lag.connection.catchUp();
      if (lag.end !== undefined) continue;
      lag.whenEnded(goOn);
      return true;
    }
  }

  /** Whether another connection may hold more than it reads ahead. */
  #admits(connection: Lagging): boolean {
    if (this.#catchingUp.has(connection)) return true;
    if (this.#catchingUp.size >= MOST_CATCHING_UP) return false;
    this.#catchingUp.add(connection);
    return true;
  }

  /** A connection is back within its read-ahead. */
  caughtUp(connection: Lagging): void {
    this.#catchingUp.delete(connection);
  }

  /** The lag whose end decides whether a notification is a repetition. @param mine of the connection that takes it */
  #question(key: string, mine: Lag | undefined): Lag | undefined {
    this.#look();
    for (const { fate, lag, number } of this.#notes.of(key)) {
      if (!isWorthIt(fate.verdict) || (lag !== undefined && lag === mine)) continue;
      if (lag !== undefined && lag.end === undefined) return lag;
      if (mine !== undefined && mine.end === undefined && number >= mine.from) return mine;
    }
    return undefined;
  }

  /** Takes the note that a notification of a connection that was cut, or is presumed to be, repeats. */
  claim(key: string, mine: Lag | undefined): Fate | undefined {
    for (const note of this.#notes.of(key)) {
      if (!isWorthIt(note.fate.verdict) || (note.lag !== undefined && note.lag === mine)) continue;
      const isOfLag = note.lag !== undefined && note.lag.end === undefined;
      if (!isOfLag && (mine === undefined || note.number < mine.from)) continue;
      this.#notes.drop(note);
      return note.fate;
    }
    return undefined;
  }

  note(key: string, fate: Fate, lag: Lag | undefined): void {
    const now = this.#clock.now();
    this.#notes.expire(now);
    if (this.#notes.size >= this.#capacity) this.#notes.dropOldest();
    this.#notes.add({ key, fate, lag, number: this.#number++, until: now + this.#time, isGone: false });
  }

  drop(key: string, fate: Fate): void {
    const note = this.#notes.of(key).find((one) => one.fate === fate);
    if (note !== undefined) this.#notes.drop(note);
  }

  /** Takes out everything that a connection took while it lagged. */
  takeOf(lag: Lag): Noted[] {
    const own = this.#notes.list().filter((note) => note.lag === lag);
    for (const note of own) this.#notes.drop(note);
    return own;
  }

  /** Ends the lags of connections that have long been read to their end. */
  #look(): void {
    const now = this.#clock.now();
    if (now < this.#lookedAt + LOOK_INTERVAL) return;
    this.#lookedAt = now;
    for (const lag of this.#lags) if (lag.connection.isQuiet) lag.settle("over");
  }
}
