import { placeOf, type StoreChange } from "./entry-store.ts";
import { type Filter, matcher, NO_FILTER } from "./filter.ts";
import type { Row } from "./row.ts";

/**
 * The rows that pass the filter. Each batch updates them, and only new rows are tested. While the view is
 * held, it shows the same rows and counts the new rows.
 */
export class ListView {
  #filter: Filter = NO_FILTER;
  #passes: (row: Row) => boolean = () => true;
  #rows: Row[] = [];
  /** While held, the view shows the rows up to this id. */
  #heldAt: number | undefined;

  get filter(): Filter {
    return this.#filter;
  }

  /** The number of visible rows. */
  get length(): number {
    return this.#heldAt === undefined ? this.#rows.length : placeOf(this.#rows, this.#heldAt + 1);
  }

  /** The number of new rows since `hold`. */
  get newer(): number {
    return this.#rows.length - this.length;
  }

  get isHeld(): boolean {
    return this.#heldAt !== undefined;
  }

  /** The row at a position in the list, newest first. */
  at(place: number): Row | undefined {
    const { length } = this;
    return place < 0 ? undefined : this.#rows[length - 1 - place];
  }

  /** The position of the row with this id; -1 if the list does not show it. */
  indexOf(id: number): number {
    const place = placeOf(this.#rows, id);
    const { length } = this;
    return place < length && this.#rows[place]!.id === id ? length - 1 - place : -1;
  }

  show(filter: Filter, all: readonly Row[]): void {
    this.#filter = filter;
    this.#passes = matcher(filter);
    this.#rows = all.filter(this.#passes);
  }

  /** Freezes the rows of the view. */
  hold(): void {
    this.#heldAt ??= this.#rows.at(-1)?.id ?? 0;
  }

  /** Shows all rows again. */
  release(): void {
    this.#heldAt = undefined;
  }

  apply({ added, changed, removedUpTo }: StoreChange): void {
    for (const row of [...added, ...changed]) this.#put(row);
    if (removedUpTo > 0) this.clear(removedUpTo);
  }

  clear(upTo: number): void {
    const gone = placeOf(this.#rows, upTo + 1);
    if (gone > 0) this.#rows = this.#rows.slice(gone);
  }

  #put(row: Row): void {
    const at = placeOf(this.#rows, row.id);
    const isKnown = this.#rows[at]?.id === row.id;
    if (this.#passes(row)) {
      if (isKnown) this.#rows[at] = row;
      else if (at === this.#rows.length) this.#rows.push(row);
      else this.#rows.splice(at, 0, row);
    } else if (isKnown) this.#rows.splice(at, 1);
  }
}
