import type { Clock, Timer } from "./clock.ts";
import { uncaught } from "./uncaught.ts";

/** Something that must be given up at an instant. The links belong to {@link Deadlines}. */
export interface Expiring {
  /** Monotonic milliseconds; `Infinity` for never. */
  readonly deadline: number;
  /** Where the item waits; `undefined` while it is not entered. */
  bucket: Bucket | undefined;
  /** The item's neighbour in the bucket. */
  previous: Expiring | undefined;
  /** The item's neighbour in the bucket. */
  next: Expiring | undefined;
  /** Called once when the deadline has passed, unless it was removed before the timer fired. */
  expire(): void;
}

/** All that is looked at at the same time: a doubly linked list. */
interface Bucket {
  readonly due: number;
  first: Expiring | undefined;
}

/** No deadline is kept later than by this many milliseconds (and what the event loop adds). */
const PRECISION = 8;

/** When very many expire together the event loop gets a turn in between. */
const MOST_AT_ONCE = 2_000;

/** Likewise when very many of one bucket move on to the next. */
const MOST_MOVED = 20_000;

/**
 * Deadlines of any number of requests, with one timer. Entering and removing one costs the same however many there
 * are: no timer, heap or closure for each.
 *
 * They wait in buckets. The further a deadline is away, the wider is its bucket (at most 1/128 of the time that is
 * left), and when a bucket is due, what is in it moves on to narrower ones until its time has come. So there are never
 * more than some thousand buckets.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #buckets = new Map<number, Bucket>();
  /** When each bucket is due, latest first. */
  readonly #due: number[] = [];
  #timer: Timer | undefined;
  #timerDue = Number.POSITIVE_INFINITY;
  #size = 0;
  #latest: Bucket | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many are entered. */
  get size(): number {
    return this.#size;
  }

  /** Enters an item, unless it never expires. The process stays alive for entered items. */
  add(item: Expiring, now: number): void {
    if (item.deadline === Number.POSITIVE_INFINITY) return;
    const bucket = this.#bucketFor(item.deadline, now);
    item.bucket = bucket;
    item.previous = undefined;
    item.next = bucket.first;
    if (bucket.first !== undefined) bucket.first.previous = item;
    bucket.first = item;
    if (this.#size++ === 0) this.#timer?.ref();
    if (bucket.due < this.#timerDue) this.#arm(now);
  }

  /** Takes an item out; does nothing if it is not entered. */
  remove(item: Expiring): void {
    const { bucket } = item;
    if (bucket === undefined) return;
    if (item.previous === undefined) bucket.first = item.next;
    else item.previous.next = item.next;
    if (item.next !== undefined) item.next.previous = item.previous;
    item.bucket = undefined;
    item.previous = undefined;
    item.next = undefined;
    if (--this.#size === 0) this.#timer?.unref();
  }

  /**
   * Expires everything whose time has passed, without waiting for the timer. After the process was suspended, sockets are
   * read before timers run: requests that wait to leave must be looked at first.
   *
   * @param now monotonic milliseconds
   */
  expireDue(now: number): void {
    while (this.#timerDue <= now) {
      this.#timer?.cancel();
      if (!this.#onTimer()) return;
    }
  }

  /** Forgets all items: none of them expires. */
  clear(): void {
    for (const bucket of this.#buckets.values()) {
      while (bucket.first !== undefined) this.remove(bucket.first);
    }
    this.#buckets.clear();
    this.#due.length = 0;
    this.#latest = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerDue = Number.POSITIVE_INFINITY;
  }

  #bucketFor(deadline: number, now: number): Bucket {
    const due = bucketDue(deadline, now);
    if (this.#latest?.due === due) return this.#latest;
    let bucket = this.#buckets.get(due);
    if (bucket === undefined) {
      bucket = { due, first: undefined };
      this.#buckets.set(due, bucket);
      insertDescending(this.#due, due);
    }
    this.#latest = bucket;
    return bucket;
  }

  #arm(now: number): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerDue = this.#due.at(-1) ?? Number.POSITIVE_INFINITY;
    if (this.#due.length === 0) return;
    this.#timer = this.#clock.setTimer(() => void this.#onTimer(), Math.max(0, this.#timerDue - now));
    if (this.#size === 0) this.#timer.unref();
  }

  /** Returns whether anything was due. */
  #onTimer(): boolean {
    this.#timer = undefined;
    // Nothing is armed again by those that are added from within.
    this.#timerDue = Number.NEGATIVE_INFINITY;
    const now = this.#clock.now();
    const expired: Expiring[] = [];
    let moved = 0;
    while (this.#due.length > 0 && this.#due.at(-1)! <= now) {
      const bucket = this.#buckets.get(this.#due.at(-1)!)!;
      while (bucket.first !== undefined && expired.length < MOST_AT_ONCE && moved < MOST_MOVED) {
        const item = bucket.first;
        this.remove(item);
        if (item.deadline <= now) {
          expired.push(item);
        } else {
          moved++;
          this.add(item, now);
        }
      }
      if (bucket.first !== undefined) break;
      this.#due.pop();
      this.#buckets.delete(bucket.due);
      if (this.#latest === bucket) this.#latest = undefined;
    }
    this.#arm(now);
    for (const item of expired) {
      try {
        item.expire();
      } catch (error) {
        uncaught(error);
      }
    }
    return expired.length + moved > 0;
  }
}

/** When to look at a deadline: at once after it if it is near, before it if it is far. */
function bucketDue(deadline: number, now: number): number {
  const distance = deadline - now;
  // Not rounded up: a deadline so close to 0 that dividing it gives 0 would be looked at before its time, for ever.
  if (distance <= PRECISION * 128) return (Math.floor(deadline / PRECISION) + 1) * PRECISION;
  const width = powerOfTwo(distance / 128);
  return Math.floor(deadline / width) * width;
}

/** The largest power of two that is not above a number from 1. */
function powerOfTwo(number: number): number {
  // Bits are quicker than logarithms, and exact; beyond them a logarithm has to do.
  return number < 2 ** 31 ? 1 << (31 - Math.clz32(number)) : 2 ** Math.floor(Math.log2(number));
}

function insertDescending(sorted: number[], value: number): void {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! > value) low = middle + 1;
    else high = middle;
  }
  sorted.splice(low, 0, value);
}
