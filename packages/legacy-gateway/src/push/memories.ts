/** An entry of {@link Memories}. */
export interface Memory {
  readonly key: string;
  /** Monotonic milliseconds: the entry ends then. */
  readonly until: number;
  /** Set by {@link Memories.drop}. */
  isGone: boolean;
}

const NONE: readonly never[] = [];

/** Entries that are found by key, all with the same lifetime, oldest first. */
export class Memories<T extends Memory> {
  /** Nearly all keys have one entry, and an array for each would take as much as the entry. */
  readonly #byKey = new Map<string, T | T[]>();
  /** In the order of their ends. */
  #all: T[] = [];
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(memory: T): void {
    const same = this.#byKey.get(memory.key);
    if (same === undefined) this.#byKey.set(memory.key, memory);
    else if (Array.isArray(same)) same.push(memory);
    else this.#byKey.set(memory.key, [same, memory]);
    this.#all.push(memory);
    this.#size++;
  }

  /** The entries with a key, oldest first. */
  of(key: string): readonly T[] {
    const same = this.#byKey.get(key);
    if (same === undefined) return NONE;
    return Array.isArray(same) ? same : [same];
  }

  drop(memory: T): void {
    memory.isGone = true;
    this.#size--;
    const same = this.#byKey.get(memory.key)!;
    if (!Array.isArray(same) || same.length === 1) this.#byKey.delete(memory.key);
    else same.splice(same.indexOf(memory), 1);
    if (this.#size === 0) {
      this.#all = [];
      this.#head = 0;
    }
  }

  dropOldest(): void {
    while (this.#all[this.#head]!.isGone) this.#head++;
    this.drop(this.#all[this.#head++]!);
  }

  /** Drops the entries whose end has come. */
  expire(now: number): void {
    if (this.#size === 0) return;
    while (this.#head < this.#all.length) {
      const memory = this.#all[this.#head]!;
      if (!memory.isGone && memory.until > now) break;
      this.#head++;
      if (!memory.isGone) this.drop(memory);
    }
    if (this.#head > 1_000 && this.#head * 2 > this.#all.length) {
      this.#all = this.#all.slice(this.#head);
      this.#head = 0;
    }
  }

  /** All entries, oldest first. */
  list(): T[] {
    return this.#all.slice(this.#head).filter(({ isGone }) => !isGone);
  }
}
