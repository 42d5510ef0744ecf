import { createHash } from "node:crypto";
import type { Clock } from "apnskit";
import type { Fate, Push } from "./push.ts";
import { DONE, type Verdict } from "./verdict.ts";

/** The fields that make two notifications the same. */
export interface Likeness {
  /** Lower-case hexadecimal. */
  readonly token: string;
  readonly notification: { readonly body: Uint8Array };
  /** As the client sent it. */
  readonly expiry: number | undefined;
}

interface Memory {
  readonly key: string;
  readonly fate: Fate;
  /** Monotonic milliseconds. */
  readonly until: number;
  isTaken: boolean;
}

/** The stored form of a memory, for a restart of the gateway. */
export interface KeptMemory {
  readonly key: string;
  readonly state: "done" | "doubtful";
  /** Milliseconds since 1970. */
  readonly until: number;
}

/**
 * Notifications that clients will send again although APNs has them or may have them: everything behind the
 * first refused notification of a connection. Each memory absorbs one repetition within a time. After that,
 * the same notification counts as new.
 */
export class Repetitions {
  /** Memories that were dropped early to make room for others: their repetitions would be sent again. */
  displaced = 0;
  readonly #clock: Clock;
  readonly #time: number;
  readonly #capacity: number;
  readonly #byKey = new Map<string, Memory[]>();
  /** In the order of their ends. */
  #all: Memory[] = [];
  #head = 0;
  #size = 0;

  /** @param time milliseconds that a memory lasts @param capacity the most memories */
  constructor(clock: Clock, time: number, capacity: number) {
    this.#clock = clock;
    this.#time = time;
    this.#capacity = capacity;
  }

  /** Memories now. */
  get size(): number {
    this.#expire();
    return this.#size;
  }

  /**
   * Remembers notifications that APNs has and notifications in flight. Refused and unsent notifications are
   * not remembered, since their repetition must be sent.
   */
  remember(pushes: readonly Push[]): void {
    if (this.#time === 0) return;
    this.#expire();
    const until = this.#clock.now() + this.#time;
    for (const push of pushes) {
      if (isWorthIt(push.verdict)) this.#add({ key: keyOf(push), fate: push, until, isTaken: false });
    }
  }

  /** The notification that this one repeats; `undefined` if it repeats none. */
  take(likeness: Likeness): Fate | undefined {
    // Usually there are no memories, and the key need not be computed.
    if (this.#size === 0) return undefined;
    this.#expire();
    if (this.#size === 0) return undefined;
    const key = keyOf(likeness);
    for (let memory = this.#first(key); memory !== undefined; memory = this.#first(key)) {
      this.#drop(memory);
      if (!isWorthIt(memory.fate.verdict)) continue;
      return memory.fate;
    }
    return undefined;
  }

  /** For a file: notifications still in flight count as doubtful. */
  keep(): KeptMemory[] {
    this.#expire();
    const epochOfClock = this.#clock.epoch() - this.#clock.now();
    const live = this.#all
      .slice(this.#head)
      .filter(({ isTaken, fate }) => !isTaken && isWorthIt(fate.verdict));
    return live.map(({ key, fate, until }) => ({
      key,
      state: fate.verdict?.state === "done" ? "done" : "doubtful",
      until: until + epochOfClock,
    }));
  }

  /** Takes over the memories of the previous process. */
  restore(kept: readonly KeptMemory[]): void {
    const epochOfClock = this.#clock.epoch() - this.#clock.now();
    const latest = this.#clock.now() + this.#time;
    const sorted = [...kept].sort((a, b) => a.until - b.until);
    for (const { key, state, until } of sorted) {
      const verdict: Verdict = state === "done" ? DONE : { state, reason: "in doubt since the last stop" };
      const fate: Fate = { verdict, onVerdict: () => {} };
      this.#add({ key, fate, until: Math.min(until - epochOfClock, latest), isTaken: false });
    }
  }

  #add(memory: Memory): void {
    if (this.#size >= this.#capacity) this.#displaceOldest();
    const same = this.#byKey.get(memory.key);
    if (same === undefined) this.#byKey.set(memory.key, [memory]);
    else same.push(memory);
    this.#all.push(memory);
    this.#size++;
  }

  #first(key: string): Memory | undefined {
    return this.#byKey.get(key)?.[0];
  }

  #drop(memory: Memory): void {
    memory.isTaken = true;
    this.#size--;
    const same = this.#byKey.get(memory.key)!;
    if (same.length === 1) this.#byKey.delete(memory.key);
    else same.splice(same.indexOf(memory), 1);
    if (this.#size === 0) {
      this.#all = [];
      this.#head = 0;
    }
  }

  #displaceOldest(): void {
    while (this.#all[this.#head]!.isTaken) this.#head++;
    this.displaced++;
    this.#drop(this.#all[this.#head++]!);
  }

  #expire(): void {
    if (this.#size === 0) return;
    const now = this.#clock.now();
    while (this.#head < this.#all.length) {
      const memory = this.#all[this.#head]!;
      if (!memory.isTaken && memory.until > now) break;
      this.#head++;
      if (!memory.isTaken) this.#drop(memory);
    }
    if (this.#head > 1_000 && this.#head * 2 > this.#all.length) {
      this.#all = this.#all.slice(this.#head);
      this.#head = 0;
    }
  }
}

function isWorthIt(verdict: Verdict | undefined): boolean {
  return verdict === undefined || verdict.state === "done" || verdict.state === "doubtful";
}

function keyOf({ token, notification, expiry }: Likeness): string {
  const hash = createHash("sha256").update(`${token} ${expiry} `).update(notification.body);
  return hash.digest("base64url");
}
