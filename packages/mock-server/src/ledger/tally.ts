import { createHash } from "node:crypto";

/** The counts of one id; each stops at 65,535. */
export interface TallyCount {
  /** How often it arrived. */
  arrived: number;
  /** How often it was acted on. */
  acted: number;
}

/** The counts of all ids together. */
export interface TallySummary {
  /** Different ids. */
  ids: number;
  /** How often any of them arrived. */
  arrived: number;
  /** How often any of them was acted on. */
  acted: number;
  /** Ids that were acted on more than once. */
  repeated: number;
  /** Ids that arrived and were never acted on. */
  neverActed: number;
}

const WORDS = 5;
const COUNT_MAX = 0xffff;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Counts by id for runs of millions: an open-addressing hash table in one typed array, 20 bytes a slot, at
 * most two thirds full. A million ids take about 40 MB. A UUID is its own key; for other ids the key is a
 * 128-bit digest. Each count stops at 65,535.
 */
export class Tally {
  #slots: Uint32Array;
  #capacity: number;
  #size = 0;
  readonly #key = new Uint32Array(4);

  /** @param expected number of ids to make room for; beyond that the table grows */
  constructor(expected = 1000) {
    this.#capacity = 2 ** Math.ceil(Math.log2(Math.max(16, expected * 1.5)));
    this.#slots = new Uint32Array(this.#capacity * WORDS);
  }

  /** Counts an id as arrived. */
  arrive(id: string): void {
    const at = this.#claim(id);
    const counts = this.#slots[at]!;
    if (counts >>> 16 < COUNT_MAX) this.#slots[at] = counts + 0x10000;
  }

  /** Counts an id as acted on. */
  act(id: string): void {
    const at = this.#claim(id);
    const counts = this.#slots[at]!;
    if ((counts & COUNT_MAX) < COUNT_MAX) this.#slots[at] = counts + 1;
  }

  /** The counts of an id; both are 0 for an unknown id. */
  get(id: string): TallyCount {
    this.#readKey(id);
    const counts = this.#slots[this.#find() + 4]!;
    return { arrived: counts >>> 16, acted: counts & COUNT_MAX };
  }

  /** Adds up the counts of all ids; takes time in proportion to their number. */
  summary(): TallySummary {
    const summary = { ids: this.#size, arrived: 0, acted: 0, repeated: 0, neverActed: 0 };
    for (let at = 4; at < this.#slots.length; at += WORDS) {
      const counts = this.#slots[at]!;
      if (counts === 0) continue;
      const acted = counts & COUNT_MAX;
      summary.arrived += counts >>> 16;
      summary.acted += acted;
      if (acted > 1) summary.repeated++;
      if (acted === 0) summary.neverActed++;
    }
    return summary;
  }

  /** Drops all ids; keeps the memory. */
  clear(): void {
    this.#slots.fill(0);
    this.#size = 0;
  }

  /** Index of the id's counts; gives the id a slot if it has none. */
  #claim(id: string): number {
    this.#readKey(id);
    let at = this.#find();
    if (this.#slots[at + 4] === 0) {
      if ((this.#size + 1) * 3 > this.#capacity * 2) {
        this.#grow();
        this.#readKey(id);
        at = this.#find();
      }
      this.#slots.set(this.#key, at);
      this.#size++;
    }
    return at + 4;
  }

  /** First word of the key's slot, or of a free slot for it. A slot with zero counts is free. */
  #find(): number {
    const [a, b, c, d] = this.#key as unknown as [number, number, number, number];
    let slot = (Math.imul(a ^ Math.imul(b, 0x85ebca6b), 0xc2b2ae35) ^ c ^ d) >>> 0;
    for (;;) {
      slot &= this.#capacity - 1;
      const at = slot * WORDS;
      const slots = this.#slots;
      if (slots[at + 4] === 0) return at;
      if (slots[at] === a && slots[at + 1] === b && slots[at + 2] === c && slots[at + 3] === d) return at;
      slot++;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#capacity *= 2;
    this.#slots = new Uint32Array(this.#capacity * WORDS);
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at + 4] === 0) continue;
      this.#key.set(old.subarray(at, at + 4));
      this.#slots.set(old.subarray(at, at + WORDS), this.#find());
    }
  }

  #readKey(id: string): void {
    if (UUID.test(id)) {
      this.#key[0] = Number.parseInt(id.slice(0, 8), 16);
      this.#key[1] = Number.parseInt(id.slice(9, 13) + id.slice(14, 18), 16);
      this.#key[2] = Number.parseInt(id.slice(19, 23) + id.slice(24, 28), 16);
      this.#key[3] = Number.parseInt(id.slice(28), 16);
    } else {
      const digest = createHash("sha1").update(id).digest();
      for (let word = 0; word < 4; word++) this.#key[word] = digest.readUInt32BE(word * 4);
    }
  }
}
