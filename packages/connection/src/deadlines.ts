import type { Clock, Timer } from "./clock.ts";
import { uncaught } from "./uncaught.ts";

/** An item that expires at an instant. Only {@link Deadlines} changes the links. */
export interface Expiring {
  /** Monotonic milliseconds; `Infinity` for never. */
  readonly deadline: number;
  /** The bucket that holds the item; `undefined` if there is none. */
  bucket: Bucket | undefined;
  /** The item's neighbour in the bucket. */
  previous: Expiring | undefined;
  /** The item's neighbour in the bucket. */
  next: Expiring | undefined;
  /** Called once when the deadline has passed, unless it was removed before the timer fired. */
  expire(): void;
}

/** The items that are checked at the same time, as a doubly linked list. */
interface Bucket {
  readonly due: number;
  first: Expiring | undefined;
}

/** A deadline fires at most this many milliseconds late, plus the delay of the event loop. */
const PRECISION = 8;

/** After so many expirations the event loop gets a turn. */
const MOST_AT_ONCE = 2_000;

/** After so many items have moved to another bucket, too. */
const MOST_MOVED = 20_000;

/**
 * Deadlines of any number of requests, with one timer. Adding or removing an item takes constant time and
 * needs no timer, heap or closure for each.
 *
 * Items wait in buckets. The further away a deadline is, the wider is its bucket (at most 1/128 of the time
 * that is left). When a bucket is due, its items move to narrower buckets until their deadlines pass. So
 * there are never more than a few thousand buckets.
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

  /** The number of items. */
  get size(): number {
    return this.#size;
  }

  /** Adds an item, unless it never expires. The items keep the process alive. */
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

  /** Removes an item; does nothing if it was not added. */
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
   * Expires every item whose deadline has passed, without waiting for the timer. After a suspension of the
   * process, sockets are read before timers run. So requests that wait to leave must be checked first.
   *
   * @param now monotonic milliseconds
   */
  expireDue(now: number): void {
    while (this.#timerDue <= now) {
      this.#timer?.cancel();
      if (!this.#onTimer()) return;
    }
  }

  /** Removes all items without expiring them. */
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
    // Items that are added from within do not set the timer.
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

/** When to check a deadline: just after it if it is near, before it if it is far. */
function bucketDue(deadline: number, now: number): number {
  const distance = deadline - now;
  // Not `Math.ceil`: if dividing a tiny deadline gives 0, the check would come too early, again and again.
  if (distance <= PRECISION * 128) return (Math.floor(deadline / PRECISION) + 1) * PRECISION;
  const width = powerOfTwo(distance / 128);
  return Math.floor(deadline / width) * width;
}

/** The largest power of two that is not above a number from 1. */
function powerOfTwo(number: number): number {
  // Bit operators are faster than logarithms, and exact. Larger numbers need a logarithm.
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
