import type { ServerResponse } from "node:http";
import type { Ledger } from "../ledger/ledger.ts";
import type { LedgerEntry } from "../ledger/ledger-entry.ts";
import type { EntryTexts } from "./entry-texts.ts";

/** The most unread bytes of a page; beyond that it gets nothing until it has read them. */
const MOST_UNREAD = 1 << 20;
/** The most entries, and characters, of one event. */
const MOST_ENTRIES = 1000;
const LONGEST_EVENT = 1 << 18;

/** A piece of the ledger, ready to be sent. Pages at the same position share it. */
export interface LedgerPiece {
  readonly json: string;
  /** The last entry in it. */
  readonly to: number;
  /** Entries in it that are still unanswered. */
  readonly waiting: readonly LedgerEntry[];
}

/** Makes the piece after `after`; undefined if there is nothing new. */
export function ledgerPiece(ledger: Ledger, after: number, texts: EntryTexts): LedgerPiece | undefined {
  if (after >= ledger.lastId) return undefined;
  const from = Math.max(after + 1, ledger.oldestId);
  const waiting: LedgerEntry[] = [];
  const entries: string[] = [];
  let length = 0;
  let id = from;
  for (; id <= ledger.lastId && entries.length < MOST_ENTRIES && length < LONGEST_EVENT; id++) {
    const entry = ledger.get(id)!;
    const json = texts.of(entry);
    entries.push(json);
    length += json.length;
    if (entry.settledAt === undefined) waiting.push(entry);
  }
  const forgotten = from - after - 1;
  return { json: entriesJson(forgotten, entries), to: id - 1, waiting };
}

/** @param entries JSON of each */
function entriesJson(forgotten: number, entries: readonly string[]): string {
  return `{"forgotten":${forgotten},"entries":[${entries.join()}]}`;
}

/** One page (or program) that listens, and its position. */
export class EventListener {
  readonly #response: ServerResponse;
  /** All entries up to this one were sent. */
  #sent: number;
  /**
   * Sent entries that had no answer yet, in the order of their ids. Entries and not ids, because the ledger may forget an
   * entry before it is answered. Their streams hold these entries anyway.
   */
  readonly #waiting = new Set<LedgerEntry>();
  #cleared: number;
  #state: string | undefined;
  #lastWrite = 0;

  /** @param after the last entry that the page knows with its answer */
  constructor(response: ServerResponse, after: number, cleared: number) {
    this.#response = response;
    this.#sent = after;
    this.#cleared = cleared;
  }

  /** The id up to which every entry was sent. */
  get sent(): number {
    return this.#sent;
  }

  /** Whether it has read nearly everything. */
  get isReady(): boolean {
    return this.#response.writableLength < MOST_UNREAD;
  }

  /** Milliseconds (monotonic) of the last write. */
  get lastWrite(): number {
    return this.#lastWrite;
  }

  /**
   * Sends the results of entries that the page knows without answers, and reports if the ledger was cleared.
   *
   * @returns whether there are more results than fit into one event
   */
  update(ledger: Ledger, texts: EntryTexts): boolean {
    if (this.#cleared !== ledger.clearedUpTo) {
      this.#cleared = ledger.clearedUpTo;
      this.#sent = Math.max(this.#sent, this.#cleared);
      for (const entry of this.#waiting) if (entry.id <= this.#cleared) this.#waiting.delete(entry);
      this.event("cleared", JSON.stringify({ upTo: this.#cleared }));
    }
    const settled: string[] = [];
    let length = 0;
    let isFull = false;
    for (const entry of this.#waiting) {
      if (entry.settledAt === undefined) continue;
      this.#waiting.delete(entry);
      const json = texts.of(entry);
      settled.push(json);
      length += json.length;
      isFull = settled.length >= MOST_ENTRIES || length >= LONGEST_EVENT;
      if (isFull) break;
    }
    if (settled.length > 0) this.event("entries", entriesJson(0, settled));
    return isFull;
  }

  advance(piece: LedgerPiece): void {
    this.#sent = piece.to;
    for (const entry of piece.waiting) this.#waiting.add(entry);
    this.event("entries", piece.json);
  }

  /** Sends the state of the server if it differs from the last one sent. */
  showState(state: string): void {
    if (state === this.#state) return;
    this.#state = state;
    this.event("state", state);
  }

  /** The id tells up to where nothing is missing: a page that reconnects continues from there. */
  event(name: string, data: string): void {
    const [oldestWaiting] = this.#waiting;
    const complete = oldestWaiting === undefined ? this.#sent : oldestWaiting.id - 1;
    this.#write(`id: ${complete}\nevent: ${name}\ndata: ${data}\n\n`);
  }

  /** Keeps the connection alive, and finds out if the page is gone. */
  ping(): void {
    this.#write(":\n\n");
  }

  end(): void {
    this.#response.end();
  }

  /** Cuts the connection. A page that reads nothing would never receive an end behind unread data. */
  drop(): void {
    this.#response.destroy();
  }

  #write(text: string): void {
    this.#lastWrite = performance.now();
    this.#response.write(text);
  }
}
