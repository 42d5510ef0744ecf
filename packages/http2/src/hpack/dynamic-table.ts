/** Octets that an entry counts beyond its name and value (RFC 7541 §4.1). */
export const ENTRY_OVERHEAD = 32;

/**
 * The entries that both ends remember, newest first, and their weight (RFC 7541 §2.3.2, §4). A ring:
 *
 *     oldest                    newest
 *   ┌───┬───┬───┬───┬───┬───┬───┬───┐
 *   │   │ 3 │ 2 │ 1 │ 0 │   │   │   │   position 0 is the newest, length − 1 the oldest
 *   └───┴───┴───┴───┴───┴───┴───┴───┘
 */
export class DynamicTable {
  #names: (string | undefined)[] = new Array(16).fill(undefined);
  #values: (string | undefined)[] = new Array(16).fill(undefined);
  /** Where the next entry goes. */
  #head = 0;
  #length = 0;
  #size = 0;
  #maxSize: number;

  /** @param maxSize octets that the entries may weigh together, {@link ENTRY_OVERHEAD} for each included */
  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  get length(): number {
    return this.#length;
  }

  /** Octets that the entries weigh. */
  get size(): number {
    return this.#size;
  }

  get maxSize(): number {
    return this.#maxSize;
  }

  /** Changes the limit and evicts what no longer fits (RFC 7541 §4.3). Returns how many were evicted. */
  resize(maxSize: number): number {
    this.#maxSize = maxSize;
    return this.#evict(maxSize);
  }

  /**
   * Adds an entry and evicts the oldest to make room for it. An entry larger than the whole table empties the
   * table and is not added, which is no error (RFC 7541 §4.4). Returns how many were evicted.
   */
  insert(name: string, value: string, weight: number): number {
    if (weight > this.#maxSize) return this.#evict(0);
    const evicted = this.#evict(this.#maxSize - weight);
    if (this.#length === this.#names.length) this.#grow();
    this.#names[this.#head] = name;
    this.#values[this.#head] = value;
    this.#head = (this.#head + 1) & (this.#names.length - 1);
    this.#length++;
    this.#size += weight;
    return evicted;
  }

  /** The name at a position (0 is the newest), or `undefined` past the end. */
  name(position: number): string | undefined {
    return position < this.#length ? this.#names[this.#slot(position)] : undefined;
  }

  /** The value at a position (0 is the newest), or `undefined` past the end. */
  value(position: number): string | undefined {
    return position < this.#length ? this.#values[this.#slot(position)] : undefined;
  }

  #slot(position: number): number {
    return (this.#head - 1 - position) & (this.#names.length - 1);
  }

  #evict(target: number): number {
    let evicted = 0;
    while (this.#size > target) {
      const slot = this.#slot(this.#length - 1);
      this.#size -= entryWeight(this.#names[slot]!, this.#values[slot]!);
      this.#names[slot] = undefined;
      this.#values[slot] = undefined;
      this.#length--;
      evicted++;
    }
    return evicted;
  }

  #grow(): void {
    const names: (string | undefined)[] = new Array(this.#length * 2).fill(undefined);
    const values: (string | undefined)[] = new Array(this.#length * 2).fill(undefined);
    for (let position = 0; position < this.#length; position++) {
      names[this.#length - 1 - position] = this.#names[this.#slot(position)];
      values[this.#length - 1 - position] = this.#values[this.#slot(position)];
    }
    this.#names = names;
    this.#values = values;
    this.#head = this.#length;
  }
}

/** Octets that an entry counts against the table's size; the strings hold one octet per character. */
export function entryWeight(name: string, value: string): number {
  return name.length + value.length + ENTRY_OVERHEAD;
}
