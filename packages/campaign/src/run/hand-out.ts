import type { Clock, Notification, Pair, Timer } from "apnskit";
import type { Recipient } from "../recipient.ts";
import type { CampaignState } from "../state/campaign-state.ts";
import { Stage } from "../state/recipient-states.ts";
import { RunBuilder } from "../state/runs.ts";
import type { CheckpointRecord, Runs } from "../store/checkpoint-record.ts";
import type { BlockReader } from "./block-reader.ts";
import type { Pacer } from "./pacer.ts";
import { INTERVAL } from "./record-writer.ts";
import type { Entry } from "./under-way.ts";

/** Fewest and most recipients that are handed out ahead of the client. */
const LEAST_AHEAD = 64;
const MOST_AHEAD = 32_768;
/** The most recipients of the first append. */
const MOST_FIRST = 1_000;
/** Assumed milliseconds of an append, before the first append. */
const FIRST_APPEND = 20;
/** Milliseconds by which a busy event loop is late. */
const LATENESS = 10;
/** Milliseconds after which the client's speed is measured again. */
const SHORTEST_MEASURE = 40;
/**
 * Recipients that are read ahead, as a multiple of those that are handed out ahead: enough for the next append. Recipients
 * that wait longer cost more, since the garbage collector copies them.
 */
const READ_AHEAD = 1.25;
/** Milliseconds that count for a client that took recipients in less. */
const SHORTEST_ACTIVE = 1;
/** Places of the queue that are freed together. */
const SWEPT_AT_ONCE = 4096;

const DONE = { done: true, value: undefined } as const;

/** Everything that handing out needs. */
export interface HandOutSetup<One extends Recipient> {
  readonly reader: BlockReader<One>;
  readonly state: CampaignState;
  readonly pacer: Pacer | undefined;
  readonly perSecond: number | undefined;
  /** The most pushes that the client has under way, if the caller chose it. */
  readonly concurrency: number | undefined;
  readonly clock: Clock;
  /** Says that records wait to be written. `now`: the client waits for them. */
  wake(when: "soon" | "now"): void;
  /** Makes the notification for a recipient. An error ends the run. */
  notificationFor(entry: Entry<One>): Notification | undefined;
  /** The client gets this recipient. */
  onGiven(entry: Entry<One>): void;
}

/**
 * Hands recipients to the client. The store records each recipient first. Recipients pass through one queue:
 *
 *     source ──▶ read │ being written │ ready ──▶ client
 *
 * The store records recipients ahead of the client, for slightly longer than an append takes. So the client
 * does not wait for the disk. This class is the source of `sendMany`.
 */
export class HandOut<One extends Recipient> implements AsyncIterableIterator<Pair> {
  readonly #setup: HandOutSetup<One>;
  /**
   * The entries from the place `#base` on. Places only grow: `#base` ≤ `#head` ≤ `#ready` ≤ `#staged` ≤
   * `#end`.
   */
  #queue: (One | undefined)[] = [];
  /** Places in the campaign of the recipients in the queue. An object for each recipient would cost a collection each. */
  #indexes: number[] = [];
  #base = 0;
  /** The client has got the entries before this place. */
  #head = 0;
  /** The entries before this place are durable. */
  #ready = 0;
  /** The entries before this place are durable or being written. */
  #staged = 0;
  /** Records about new blocks. */
  #blockRecords: CheckpointRecord[] = [];
  #reading = false;
  #isRead = false;
  #failure: { readonly error: unknown } | undefined;
  #halted = false;
  #paused = false;
  #ahead: number;
  #measuredAt: number;
  #measuredHead = 0;
  /** Milliseconds that the client waited since the last measurement, without the wait that lasts. */
  #waited = 0;
  /** When the wait that lasts began. */
  #waitsSince = 0;
  /** Estimated milliseconds of an append. It follows a slow append at once, and faster appends gradually. */
  #appendTime = FIRST_APPEND;
  #waiting: ((result: IteratorResult<Pair> | PromiseLike<never>) => void) | undefined;
  /** State of the next recipient's turn, with a rate. */
  #turn: "waits" | "has come" | undefined;
  #timer: Timer | undefined;

  constructor(setup: HandOutSetup<One>) {
    this.#setup = setup;
    const { perSecond, concurrency = 0 } = setup;
    // The client asks for its whole window at once. One append covers a window that the caller chose.
    const first = Math.min(MOST_FIRST, Math.max(LEAST_AHEAD, concurrency));
    this.#ahead = perSecond === undefined ? first : this.#aheadOf(perSecond / 1000, 1);
    this.#measuredAt = setup.clock.now();
  }

  /** Whether the client has got all recipients. */
  get isExhausted(): boolean {
    return this.#isRead && this.#head === this.#end && this.#failure === undefined;
  }

  get #end(): number {
    return this.#base + this.#queue.length;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next pair, synchronously if possible. */
  next(): Promise<IteratorResult<Pair>> {
    const result = this.#take();
    // `for await` and `sendMany` accept a plain result too. It saves a turn of the event loop.
    if (result !== undefined) return result as unknown as Promise<IteratorResult<Pair>>;
    this.#waitsSince = this.#setup.clock.now();
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** The client needs no more pairs. */
  async return(): Promise<IteratorResult<Pair>> {
    this.halt();
    return DONE;
  }

  /** Stops handing out recipients. */
  halt(): void {
    this.#halted = true;
    this.#timer?.cancel();
    this.#answer();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#answer();
  }

  /** The records to write. The caller calls `release` when they are durable. */
  gather(): { readonly records: CheckpointRecord[]; readonly release: () => void } {
    const { state, clock } = this.#setup;
    const records = this.#blockRecords;
    this.#blockRecords = [];
    for (const record of records) state.apply(record);
    if (this.#halted) return { records, release: () => {} };
    this.#measure();
    const end = Math.min(this.#end, Math.max(this.#staged, this.#head + this.#ahead));
    if (end > this.#staged) {
      const record = { kind: "handed-out", runs: this.#runs(this.#staged, end) } as const;
      state.apply(record);
      records.push(record);
      this.#staged = end;
    }
    const began = clock.now();
    const release = (): void => {
      if (records.length > 0) this.#onAppended(clock.now() - began);
      this.#ready = end;
      this.#answer();
      this.#read();
    };
    return { records, release };
  }

  /** Recipients that were handed out, but did not reach the client. */
  left(): Runs {
    return this.#runs(this.#head, this.#staged);
  }

  /** @returns `undefined` when no pair is ready */
  #take(): IteratorResult<Pair> | undefined {
    while (!this.#halted && !this.#paused) {
      if (this.#head === this.#ready) return this.#starve();
      if (this.#mustWait()) return undefined;
      const at = this.#head - this.#base;
      const recipient = this.#queue[at]!;
      const entry = { index: this.#indexes[at]!, recipient };
      // An error here ends the run. The client has not got the recipient.
      const notification = this.#setup.notificationFor(entry);
      // The garbage collector would copy recipients again and again that are not needed.
      this.#queue[at] = undefined;
      this.#head++;
      if (this.#head - this.#base === SWEPT_AT_ONCE) this.#sweep();
      if (this.#ready - this.#head < this.#ahead / 2) {
        this.#setup.wake("soon");
        this.#read();
      }
      // The recipient was refused, and its end is already recorded.
      if (notification === undefined) continue;
      this.#setup.onGiven(entry);
      return {
        done: false,
        value: [typeof recipient === "string" ? recipient : recipient.token, notification],
      };
    }
    return this.#halted ? DONE : undefined;
  }

  /** Decides what to do when no recipient is ready. */
  #starve(): IteratorResult<Pair> | undefined {
    if (this.#isRead && this.#head === this.#end) {
      if (this.#failure !== undefined) throw this.#failure.error;
      return DONE;
    }
    if (this.#head === this.#staged && this.#head < this.#end) this.#setup.wake("now");
    this.#read();
    return undefined;
  }

  #answer(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    // `#take` may lead back here. The recipient must not go to a promise that was settled meanwhile.
    this.#waiting = undefined;
    try {
      const result = this.#take();
      if (result === undefined) {
        this.#waiting = waiting;
        return;
      }
      this.#waited += this.#setup.clock.now() - this.#waitsSince;
      waiting(result);
    } catch (error) {
      waiting(Promise.reject(error));
    }
  }

  /** Whether the next recipient must wait for its turn. */
  #mustWait(): boolean {
    const { pacer, clock } = this.#setup;
    if (pacer === undefined) return false;
    if (this.#turn === "waits") return true;
    if (this.#turn === "has come") {
      this.#turn = undefined;
      return false;
    }
    const wait = pacer.take(clock.now());
    if (wait === 0) return false;
    this.#turn = "waits";
    this.#timer = clock.setTimer(() => {
      this.#turn = "has come";
      this.#answer();
    }, wait);
    return true;
  }

  /** Sets the number of recipients to hand out ahead, by the client's speed. */
  #measure(): void {
    const { clock, perSecond } = this.#setup;
    if (perSecond !== undefined) {
      this.#ahead = this.#aheadOf(perSecond / 1000, 1);
      return;
    }
    const now = clock.now();
    if (this.#waiting !== undefined) {
      this.#waited += now - this.#waitsSince;
      this.#waitsSince = now;
    }
    const passed = now - this.#measuredAt;
    const taken = this.#head - this.#measuredHead;
    // A client that waits needs more soon. Otherwise a short time is too little to go by.
    if (taken === 0 || (passed < SHORTEST_MEASURE && this.#waited === 0)) return;
    const active = Math.max(SHORTEST_ACTIVE, passed - this.#waited);
    const ahead = this.#aheadOf(taken / active, LEAST_AHEAD);
    // The limits contain the effect of a burst and of a pause.
    this.#ahead = Math.max(this.#ahead >> 1, Math.min(this.#ahead << 1, ahead));
    this.#measuredAt = now;
    this.#measuredHead = this.#head;
    this.#waited = 0;
  }

  #onAppended(time: number): void {
    this.#appendTime = Math.max(time, (3 * this.#appendTime + time) / 4);
  }

  /** Recipients that the client takes until the next ones are durable. */
  #aheadOf(perMillisecond: number, least: number): number {
    // From the beginning of one append to the end of the next one.
    const time = Math.max(INTERVAL, this.#appendTime) + this.#appendTime + LATENESS;
    return Math.max(least, Math.min(MOST_AHEAD, Math.ceil(perMillisecond * time)));
  }

  #sweep(): void {
    const passed = this.#head - this.#base;
    this.#queue.splice(0, passed);
    this.#indexes.splice(0, passed);
    this.#base = this.#head;
  }

  #runs(from: number, to: number): Runs {
    const runs = new RunBuilder();
    for (let place = from; place < to; place++) runs.add(this.#indexes[place - this.#base]!);
    return runs.build();
  }

  /** Reads ahead, so that recipients are ready when the client asks. */
  #read(): void {
    if (this.#reading || !this.#wantsMore()) return;
    this.#reading = true;
    void this.#readBlocks();
  }

  #wantsMore(): boolean {
    return !this.#isRead && !this.#halted && this.#end - this.#head < READ_AHEAD * this.#ahead;
  }

  async #readBlocks(): Promise<void> {
    const { reader, state, wake } = this.#setup;
    try {
      while (this.#wantsMore()) {
        const { first, recipients, records, isLast } = await reader.next();
        // A run that stops closes its source. The reader cannot tell that from the source's own end.
        if (this.#halted) break;
        this.#blockRecords.push(...records);
        for (let at = 0; at < recipients.length; at++) {
          const index = first + at;
          if (state.recipients.get(index) === Stage.pending) {
            this.#queue.push(recipients[at]!);
            this.#indexes.push(index);
          }
        }
        this.#isRead = isLast;
        if (this.#waiting !== undefined && this.#head === this.#staged) wake("now");
      }
    } catch (error) {
      this.#failure = { error };
      this.#isRead = true;
    }
    this.#reading = false;
    this.#answer();
  }
}
