import { placeOf, type StoreChange } from "./entry-store.ts";
import { type Filter, matcher, NO_FILTER } from "./filter.ts";
import type { Row } from "./row.ts";

/**
 * The rows that pass the filter, kept up to date batch by batch: only what is new is looked at. While it is held, it
 * stays as it is for the eye, and counts what came.
 */
export class ListView {
  #filter: Filter = NO_FILTER;
  #passes: (row: Row) => boolean = () => true;
  #rows: Row[] = [];
  /** While held: the rows up to this id are shown. */
  #heldAt: number | undefined;

  get filter(): Filter {
    return this.#filter;
  }

  /** How many rows are shown. */
  get length(): number {
    return this.#heldAt === undefined ? this.#rows.length : placeOf(this.#rows, this.#heldAt + 1);
  }

  /** How many rows came since it is held. */
  get newer(): number {
    return this.#rows.length - this.length;
  }

  get isHeld(): boolean {
    return this.#heldAt !== undefined;
  }

  /** The row at a place of the list, newest first. */
  at(place: number): Row | undefined {
    const { length } = this;
    return place < 0 ? undefined : this.#rows[length - 1 - place];
  }

  /** Where the row with this id is in the list; -1 if it is not shown. */
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

  /** Stays as it is from now on. */
  hold(): void {
    this.#heldAt ??= this.#rows.at(-1)?.id ?? 0;
  }

  /** Shows all again. */
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
