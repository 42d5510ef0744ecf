import type { LedgerEntry } from "../../src/ledger/ledger-entry.ts";
import { Row } from "./row.ts";

/** Maximum numbers of entries and of payload characters that a page keeps. */
const MOST_ENTRIES = 100_000;
const MOST_CHARACTERS = 128 * 1024 * 1024;

/** The changes by a batch. */
export interface StoreChange {
  /** New rows, by id. */
  readonly added: readonly Row[];
  /** Rows that replaced rows with the same ids. */
  readonly changed: readonly Row[];
  /** Rows up to this id are gone. */
  readonly removedUpTo: number;
}

/**
 * The requests that the page knows, in the order of their ids. If there are too many, the store drops the
 * oldest.
 */
export class EntryStore {
  #rows: Row[] = [];
  #characters = 0;
  readonly #apnsIds = new Map<string, number>();
  readonly #collapseIds = new Map<string, number>();
  /** Pushes by device token, in the order of the latest push to each. */
  readonly #tokens = new Map<string, number>();
  readonly #mostEntries: number;
  readonly #mostCharacters: number;

  constructor(mostEntries = MOST_ENTRIES, mostCharacters = MOST_CHARACTERS) {
    this.#mostEntries = mostEntries;
    this.#mostCharacters = mostCharacters;
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  get(id: number): Row | undefined {
    const at = placeOf(this.#rows, id);
    return this.#rows[at]?.id === id ? this.#rows[at] : undefined;
  }

  /** Stores entries, in any order. An entry replaces an earlier entry with the same id. */
  upsert(entries: readonly LedgerEntry[]): StoreChange {
    const added: Row[] = [];
    const changed: Row[] = [];
    for (const entry of entries) {
      const row = new Row(entry);
      const at = placeOf(this.#rows, entry.id);
      if (this.#rows[at]?.id === entry.id) {
        this.#rows[at] = row;
        changed.push(row);
        continue;
      }
      if (at === this.#rows.length) this.#rows.push(row);
      else this.#rows.splice(at, 0, row);
      this.#count(entry, 1);
      added.push(row);
    }
    return { added, changed, removedUpTo: this.#trim() };
  }

  /** Forgets all entries up to this one. */
  clear(upTo: number): void {
    this.#remove(placeOf(this.#rows, upTo + 1));
  }

  /** The number of requests with the same `apns-id`. */
  sameApnsId(entry: LedgerEntry): number {
    return this.#apnsIds.get(entry.apnsId.toLowerCase()) ?? 1;
  }

  /** The number of pushes to the same device and app with the same collapse id; 0 without a collapse id. */
  sameCollapseId(entry: LedgerEntry): number {
    const key = collapseKey(entry);
    return key === undefined ? 0 : (this.#collapseIds.get(key) ?? 1);
  }

  /**
   * The number of pushes to each wanted device, newest first: the first `most` devices, and the count of the
   * rest.
   */
  devices(most: number, isWanted: (token: string) => boolean): { found: [string, number][]; more: number } {
    const found: [string, number][] = [];
    let more = 0;
    for (const device of [...this.#tokens].reverse()) {
      if (!isWanted(device[0])) continue;
      if (found.length < most) found.push(device);
      else more++;
    }
    return { found, more };
  }

  #trim(): number {
    let gone = Math.max(0, this.#rows.length - this.#mostEntries);
    let characters = this.#characters;
    for (let at = 0; at < gone; at++) characters -= sizeOf(this.#rows[at]!.entry);
    while (characters > this.#mostCharacters && gone < this.#rows.length - 1) {
      characters -= sizeOf(this.#rows[gone++]!.entry);
    }
    if (gone === 0) return 0;
    const upTo = this.#rows[gone - 1]!.id;
    this.#remove(gone);
    return upTo;
  }

  #remove(count: number): void {
    if (count <= 0) return;
    for (const { entry } of this.#rows.slice(0, count)) this.#count(entry, -1);
    this.#rows = this.#rows.slice(count);
  }

  #count(entry: LedgerEntry, by: 1 | -1): void {
    this.#characters += by * sizeOf(entry);
    add(this.#apnsIds, entry.apnsId.toLowerCase(), by);
    const key = collapseKey(entry);
    if (key !== undefined) add(this.#collapseIds, key, by);
    if (entry.kind !== "push" || entry.token === "") return;
    const token = entry.token.toLowerCase();
    const count = (this.#tokens.get(token) ?? 0) + by;
    // Set again, so that the token moves to the end.
    if (by > 0 || count === 0) this.#tokens.delete(token);
    if (count > 0) this.#tokens.set(token, count);
  }
}

/** The index of the row with this id, or the index for its insertion. */
export function placeOf(rows: readonly Row[], id: number): number {
  let low = 0;
  let high = rows.length;
  // Usually the row comes last.
  if (high === 0 || rows[high - 1]!.id < id) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle]!.id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

function add(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}

function sizeOf(entry: LedgerEntry): number {
  return (entry.payload?.length ?? 0) + 300;
}

function collapseKey({ collapseId, token, topic }: LedgerEntry): string | undefined {
  return collapseId === undefined ? undefined : `${token}\n${topic ?? ""}\n${collapseId}`;
}
