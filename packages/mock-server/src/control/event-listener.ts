import type { ServerResponse } from "node:http";
import type { Ledger } from "../ledger/ledger.ts";
import type { LedgerEntry } from "../ledger/ledger-entry.ts";

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
  readonly waiting: readonly number[];
}

/** Makes the piece after `after`; undefined if there is nothing new. */
export function ledgerPiece(ledger: Ledger, after: number): LedgerPiece | undefined {
  if (after >= ledger.lastId) return undefined;
  const from = Math.max(after + 1, ledger.oldestId);
  const waiting: number[] = [];
  const entries: string[] = [];
  let length = 0;
  let id = from;
  for (; id <= ledger.lastId && entries.length < MOST_ENTRIES && length < LONGEST_EVENT; id++) {
    const entry = ledger.get(id)!;
    const json = JSON.stringify(entry);
    entries.push(json);
    length += json.length;
    if (entry.settledAt === undefined) waiting.push(id);
  }
  const forgotten = from - after - 1;
  return { json: `{"forgotten":${forgotten},"entries":[${entries.join()}]}`, to: id - 1, waiting };
}

/** One page (or program) that listens, and its position. */
export class EventListener {
  readonly #response: ServerResponse;
  /** All entries up to this one were sent. */
  #sent: number;
  /** Sent entries that had no answer yet, in the order of their ids. */
  readonly #waiting = new Set<number>();
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
   */
  update(ledger: Ledger): void {
    if (this.#cleared !== ledger.clearedUpTo) {
      this.#cleared = ledger.clearedUpTo;
      this.#sent = Math.max(this.#sent, this.#cleared);
      for (const id of this.#waiting) if (id <= this.#cleared) this.#waiting.delete(id);
      this.event("cleared", JSON.stringify({ upTo: this.#cleared }));
    }
    const settled: LedgerEntry[] = [];
    for (const id of this.#waiting) {
      const entry = ledger.get(id);
      if (entry && entry.settledAt === undefined) continue;
      this.#waiting.delete(id);
      if (entry) settled.push(entry);
      if (settled.length >= MOST_ENTRIES) break;
    }
    if (settled.length > 0) this.event("entries", JSON.stringify({ forgotten: 0, entries: settled }));
  }

  advance(piece: LedgerPiece): void {
    this.#sent = piece.to;
    for (const id of piece.waiting) this.#waiting.add(id);
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
    const complete = oldestWaiting === undefined ? this.#sent : oldestWaiting - 1;
    this.#write(`id: ${complete}\nevent: ${name}\ndata: ${data}\n\n`);
  }

  /** Keeps the connection alive, and finds out if the page is gone. */
  ping(): void {
    this.#write(":\n\n");
  }

  end(): void {
    this.#response.end();
  }

  #write(text: string): void {
    this.#lastWrite = performance.now();
    this.#response.write(text);
  }
}
