import type { Clock } from "apnskit";
import type { Fate } from "./fate.ts";
import { Lag, type LagEnd, type Lagging } from "./lag.ts";
import { Memories, type Memory } from "./memories.ts";
import { isWorthIt } from "./repetitions.ts";

/** A notification that a connection took while one of the app lagged. */
interface Note extends Memory {
  readonly fate: Fate;
  /** Monotonic milliseconds. */
  readonly at: number;
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
 * Milliseconds by which bytes that came first may be read last. The system does not say in which order connections got
 * their bytes, and a busy event loop has long turns.
 */
const DISORDER = 1_000;

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
  #lookedAt = 0;
  /** An equal notification came while the client of a lag was there. Other lags may still be the reason. */
  #wasMeant = false;
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

  /** A connection has sent more than is read ahead. @param presentAt when its client was last found to be there */
  begin(connection: Lagging, presentAt: number): Lag {
    const lag = new Lag(connection, Math.max(presentAt, this.#clock.now() - DISORDER));
    this.#lags.add(lag);
    if (this.#connections.size > 1) connection.noteRecent(lag);
    return lag;
  }

  /** A lag has ended, and its notes are in use elsewhere. */
  end(lag: Lag, end: LagEnd): void {
    this.#lags.delete(lag);
    if (end === "cut") this.#wasMeant = false;
    if (!this.#wasMeant || this.#isAnyInQuestion()) return;
    // No cut explains the equal notification: the client sends equal ones on purpose.
    this.#wasMeant = false;
    this.#restsUntil = this.#clock.now() + this.#time;
  }

  /** The client of a lag in question was there. The lag ends next. */
  foundPresent(): void {
    this.#wasMeant = true;
  }

  #isAnyInQuestion(): boolean {
    for (const { connection } of this.#lags) if (connection.isInQuestion) return true;
    return false;
  }

  /**
   * Whether a notification must wait for the end of lags. Reads the connections that lag to their ends then: if both
   * lag that have an equal notification, either may have been cut.
   *
   * @param mine the lag of the connection that takes it @param goOn called when a lag has ended
   */
  mustWait(key: string, mine: Lag | undefined, goOn: () => void): boolean {
    this.#look();
    const asked = this.#questions(key, mine);
    if (asked.length === 0) return false;
    const admitted = asked.filter(({ connection }) => this.#admits(connection));
    for (const { connection } of admitted) connection.catchUp();
    const open = admitted.filter(({ end }) => end === undefined);
    for (const lag of open) lag.whenEnded(goOn);
    return open.length > 0;
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

  /**
   * The lags whose ends decide whether a notification is a repetition. One may be there several times.
   *
   * @param mine of the connection that takes it
   */
  #questions(key: string, mine: Lag | undefined): Lag[] {
    const lags: Lag[] = [];
    for (const { fate, lag, at } of this.#notes.of(key)) {
      if (!isWorthIt(fate.verdict) || (lag !== undefined && lag === mine)) continue;
      if (lag !== undefined && lag.end === undefined) lags.push(lag);
      if (mine !== undefined && mine.end === undefined && at >= mine.from) lags.push(mine);
    }
    return lags;
  }

  /** Takes the note that a notification of a connection that was cut, or is presumed to be, repeats. */
  claim(key: string, mine: Lag | undefined): Fate | undefined {
    for (const note of this.#notes.of(key)) {
      if (!isWorthIt(note.fate.verdict) || (note.lag !== undefined && note.lag === mine)) continue;
      const isOfLag = note.lag !== undefined && note.lag.end === undefined;
      if (!isOfLag && (mine === undefined || note.at < mine.from)) continue;
      this.#notes.drop(note);
      return note.fate;
    }
    return undefined;
  }

  note(key: string, fate: Fate, lag: Lag | undefined): void {
    const now = this.#clock.now();
    this.#notes.expire(now);
    if (this.#notes.size >= this.#capacity) this.#notes.dropOldest();
    this.#notes.add({ key, fate, lag, at: now, until: now + this.#time, isGone: false });
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
