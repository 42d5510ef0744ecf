import { createHash } from "node:crypto";
import type { Clock } from "apnskit";
import { Fate } from "./fate.ts";
import { Memories, type Memory } from "./memories.ts";
import type { Push } from "./push.ts";
import { DONE, type Verdict } from "./verdict.ts";

/** The fields that make two notifications the same. */
export interface Likeness {
  /** Lower-case hexadecimal. */
  readonly token: string;
  readonly payload: Uint8Array;
  /** As the client sent it. */
  readonly expiry: number | undefined;
}

interface Repetition extends Memory {
  readonly fate: Fate;
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
  readonly #memories = new Memories<Repetition>();

  /** @param time milliseconds that a memory lasts @param capacity the most memories */
  constructor(clock: Clock, time: number, capacity: number) {
    this.#clock = clock;
    this.#time = time;
    this.#capacity = capacity;
  }

  /** Memories now. */
  get size(): number {
    this.#expire();
    return this.#memories.size;
  }

  /**
   * Remembers notifications that APNs has and notifications in flight. Refused and unsent notifications are
   * not remembered, since their repetition must be sent.
   */
  remember(pushes: readonly Push[]): void {
    for (const push of pushes) {
      if (isWorthIt(push.fate.verdict)) this.rememberFate(keyOf(push), push.fate);
    }
  }

  /** Remembers one notification by its key. */
  rememberFate(key: string, fate: Fate): void {
    if (this.#time === 0 || !isWorthIt(fate.verdict)) return;
    this.#expire();
    this.#add({ key, fate, until: this.#clock.now() + this.#time, isGone: false });
  }

  /** Whether a notification with this key would be absorbed. */
  has(key: string): boolean {
    return this.size > 0 && this.#memories.of(key).some(({ fate }) => isWorthIt(fate.verdict));
  }

  /** The notification that this one repeats; `undefined` if it repeats none. */
  take(likeness: Likeness): Fate | undefined {
    // Usually there are no memories, and the key need not be computed.
    if (this.size === 0) return undefined;
    const key = keyOf(likeness);
    for (let [memory] = this.#memories.of(key); memory !== undefined; [memory] = this.#memories.of(key)) {
      this.#memories.drop(memory);
      if (isWorthIt(memory.fate.verdict)) return memory.fate;
    }
    return undefined;
  }

  /** For a file: notifications still in flight count as doubtful. */
  keep(): KeptMemory[] {
    this.#expire();
    const epochOfClock = this.#clock.epoch() - this.#clock.now();
    const live = this.#memories.list().filter(({ fate }) => isWorthIt(fate.verdict));
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
      this.#add({
        key,
        fate: new Fate(verdict),
        until: Math.min(until - epochOfClock, latest),
        isGone: false,
      });
    }
  }

  #add(memory: Repetition): void {
    if (this.#memories.size >= this.#capacity) {
      this.#memories.dropOldest();
      this.displaced++;
    }
    this.#memories.add(memory);
  }

  #expire(): void {
    this.#memories.expire(this.#clock.now());
  }
}

/** Whether the repetition of a notification with this verdict must not be sent. */
export function isWorthIt(verdict: Verdict | undefined): boolean {
  return verdict === undefined || verdict.state === "done" || verdict.state === "doubtful";
}

/** The same text for two notifications that are the same. */
export function keyOf({ token, payload, expiry }: Likeness): string {
  const hash = createHash("sha256").update(`${token} ${expiry} `).update(payload);
  return hash.digest("base64url");
}
