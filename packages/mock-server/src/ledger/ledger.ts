import { MockApnsClosed, NotReceived } from "../errors.ts";
import { choice, flag, listOf, number, whole } from "../schema/field.ts";
import { Shape } from "../schema/shape.ts";
import { timerDelay } from "../timer-delay.ts";
import type { LedgerEntry } from "./ledger-entry.ts";
import { checkQuery, type LedgerQuery, matches, queryFields } from "./ledger-query.ts";
import { Tally } from "./tally.ts";

/** Running counts since the start or the last `clear()`. They include entries that were dropped. */
export interface LedgerTotals {
  /** Requests that arrived completely. */
  arrived: number;
  /** Requests that had their effect. */
  acted: number;
  /** Answered with a reason. */
  refused: number;
  /** Settled without an answer: reset, stalled, dropped, cancelled. */
  unanswered: number;
  /**
   * Streams that HTTP/2 refused at the stream limit. They have no entry, and no other count includes them.
   */
  refusedStreams: number;
  /** How often each reason was sent. */
  reasons: Record<string, number>;
}

/** What the ledger keeps and counts. */
export interface LedgerOptions {
  /** The most entries to keep; older ones are dropped. Default 10,000. */
  capacity?: number;
  /** Whether bodies are kept. Default true. */
  payloads?: boolean;
  /** Ids to count for the whole run, in compact tables. Default none. */
  tally?: readonly ("apns-id" | "collapse-id")[];
}

export interface ReceivedOptions extends LedgerQuery {
  /** How many settled entries to wait for. Default 1. */
  count?: number;
  /** The most milliseconds to wait. Default 5,000; Infinity: no limit. */
  timeout?: number;
}

const OPTIONS = new Shape<LedgerOptions>("the ledger options", {
  capacity: whole(0),
  payloads: flag(),
  tally: listOf(choice("apns-id", "collapse-id")),
});

/** The form of a wait for requests. */
export const receivedShape = new Shape<ReceivedOptions>("a wait for requests", {
  ...queryFields,
  count: whole(0),
  timeout: number(0, "infinite", "milliseconds"),
});

interface Waiter {
  query: LedgerQuery;
  count: number;
  found: LedgerEntry[];
  resolve: (entries: LedgerEntry[]) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout | undefined;
}

/** Requests and their results: a ring of the latest entries, running totals, and optional counts by id. */
export class Ledger {
  /** Whether entries hold the bodies of their requests. */
  readonly keepsPayloads: boolean;
  /** Counts by `apns-id`, if asked for. */
  readonly apnsIds: Tally | undefined;
  /** Counts by `apns-collapse-id`, if asked for. */
  readonly collapseIds: Tally | undefined;
  readonly #capacity: number;
  readonly #now: () => number;
  #ring: LedgerEntry[] = [];
  /** The headers of each entry of the ring, at the same place. */
  #headers: (readonly string[])[] = [];
  /** The place of the next entry once the ring is full. */
  #next = 0;
  #lastId = 0;
  #clearedUpTo = 0;
  #totals = noTotals();
  readonly #waiters = new Set<Waiter>();
  readonly #listeners = new Set<(entry: LedgerEntry) => void>();

  /** @throws InvalidMockInput for an invalid option */
  constructor(options: LedgerOptions = {}, now: () => number = Date.now) {
    const { capacity, payloads, tally } = OPTIONS.check(options);
    this.#capacity = capacity ?? 10_000;
    this.#now = now;
    this.keepsPayloads = payloads ?? true;
    if (tally?.includes("apns-id")) this.apnsIds = new Tally();
    if (tally?.includes("collapse-id")) this.collapseIds = new Tally();
  }

  /** Enters a request that has just arrived. @param headers alternating names and values, as received */
  open(
    facts: Omit<LedgerEntry, "id" | "arrivedAt" | "settledAt" | "acted" | "status" | "reason" | "fault">,
    headers: readonly string[] = [],
  ): LedgerEntry {
    const entry = facts as LedgerEntry & { id: number; arrivedAt: number };
    entry.id = ++this.#lastId;
    entry.arrivedAt = this.#now();
    entry.settledAt = undefined;
    entry.acted = false;
    entry.status = undefined;
    entry.reason = undefined;
    entry.fault = undefined;
    if (this.#ring.length < this.#capacity) {
      this.#ring.push(entry);
      this.#headers.push(headers);
    } else if (this.#capacity > 0) {
      this.#ring[this.#next] = entry;
      this.#headers[this.#next] = headers;
      this.#next = (this.#next + 1) % this.#capacity;
    }
    this.#totals.arrived++;
    this.apnsIds?.arrive(entry.apnsId);
    if (entry.collapseId !== undefined) this.collapseIds?.arrive(entry.collapseId);
    return entry;
  }

  /** Records that the request has its effect. */
  act(entry: LedgerEntry): void {
    if (entry.acted) return;
    entry.acted = true;
    this.#totals.acted++;
    this.apnsIds?.act(entry.apnsId);
    if (entry.collapseId !== undefined) this.collapseIds?.act(entry.collapseId);
  }

  /** Records the answer, or that there will be none. Later calls have no effect. */
  settle(entry: LedgerEntry, status: number | undefined, reason?: string): void {
    if (entry.settledAt !== undefined) return;
    entry.settledAt = this.#now();
    entry.status = status;
    entry.reason = reason;
    if (reason !== undefined) {
      this.#totals.refused++;
      this.#totals.reasons[reason] = (this.#totals.reasons[reason] ?? 0) + 1;
    } else if (status === undefined) this.#totals.unanswered++;
    if (this.#waiters.size > 0) this.#wake(entry);
    for (const listener of this.#listeners) listener(entry);
  }

  /** Counts a stream that HTTP/2 refused before there was a request on it. */
  refuseStream(): void {
    this.#totals.refusedStreams++;
  }

  /** The kept entries that match, oldest first. @throws InvalidMockInput for an invalid query */
  entries(query: LedgerQuery = {}): LedgerEntry[] {
    checkQuery(query);
    const inOrder = [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
    return inOrder.filter((entry) => matches(entry, query));
  }

  /** The id of the newest entry; 0 before the first. */
  get lastId(): number {
    return this.#lastId;
  }

  /** The id of the oldest kept entry; if there is none, the id of the next entry. */
  get oldestId(): number {
    return this.#lastId - this.#ring.length + 1;
  }

  /** The id of the newest entry that `clear()` dropped; 0 if it was never called. */
  get clearedUpTo(): number {
    return this.#clearedUpTo;
  }

  /** The entry with this id; undefined if it is not kept. */
  get(id: number): LedgerEntry | undefined {
    return this.#ring[this.#place(id)];
  }

  /** The newest entry that matches. @throws InvalidMockInput for an invalid query */
  latest(query: LedgerQuery = {}): LedgerEntry | undefined {
    checkQuery(query);
    for (let id = this.#lastId; id >= this.oldestId; id--) {
      const entry = this.get(id)!;
      if (matches(entry, query)) return entry;
    }
    return undefined;
  }

  /** Alternating header names and values, credentials included; undefined if the entry is not kept. */
  headers(id: number): readonly string[] | undefined {
    return this.#headers[this.#place(id)];
  }

  /** The place of the entry with this id in the ring; -1 if it is not kept. Ids in the ring have no gaps. */
  #place(id: number): number {
    const offset = id - this.oldestId;
    if (!(offset >= 0 && offset < this.#ring.length)) return -1;
    return (this.#next + offset) % this.#ring.length;
  }

  /** The number of kept entries that match. */
  count(query: LedgerQuery = {}): number {
    checkQuery(query);
    return this.#ring.reduce((count, entry) => count + Number(matches(entry, query)), 0);
  }

  /** The current running counts. */
  get totals(): LedgerTotals {
    return { ...this.#totals, reasons: { ...this.#totals.reasons } };
  }

  /** Calls the function with each entry when it is settled. Returns a function that ends this. */
  subscribe(listener: (entry: LedgerEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Waits until so many settled requests match, those already kept included.
   *
   * @param signal ends the wait when it is aborted
   * @returns the matching entries, oldest first
   * @throws InvalidMockInput for an invalid query; rejects with NotReceived after `timeout`, with
   *   MockApnsClosed when the server closes, with the reason of the signal when it is aborted
   */
  received(options: ReceivedOptions = {}, signal?: AbortSignal): Promise<LedgerEntry[]> {
    return new Promise((resolve, reject) => {
      const { count = 1, timeout = 5_000, ...rest } = receivedShape.check(options);
      const query = { ...rest, settled: true };
      const found = this.entries(query);
      if (found.length >= count) {
        resolve(found);
        return;
      }
      const waiter: Waiter = { query, count, found, resolve, reject, timer: undefined };
      if (timeout !== Infinity) {
        waiter.timer = setTimeout(() => {
          this.#waiters.delete(waiter);
          const got = `${waiter.found.length} of ${count}`;
          reject(
            new NotReceived(
              `Only ${got} requests came within ${timeout} ms that match ${JSON.stringify(rest)}`,
            ),
          );
        }, timerDelay(timeout));
      }
      this.#waiters.add(waiter);
      signal?.addEventListener("abort", () => {
        if (!this.#waiters.delete(waiter)) return;
        clearTimeout(waiter.timer);
        reject(signal.reason);
      });
    });
  }

  /** The number of `received` calls that wait. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** Drops entries, totals and tallies. Requests that wait are still settled, but no longer listed. */
  clear(): void {
    this.#ring = [];
    this.#headers = [];
    this.#next = 0;
    this.#clearedUpTo = this.#lastId;
    this.#totals = noTotals();
    this.apnsIds?.clear();
    this.collapseIds?.clear();
  }

  /** Fails all waiting calls. */
  close(): void {
    for (const { reject, timer } of this.#waiters) {
      clearTimeout(timer);
      reject(new MockApnsClosed());
    }
    this.#waiters.clear();
    this.#listeners.clear();
  }

  #wake(entry: LedgerEntry): void {
    for (const waiter of this.#waiters) {
      if (!matches(entry, waiter.query)) continue;
      waiter.found.push(entry);
      if (waiter.found.length < waiter.count) continue;
      clearTimeout(waiter.timer);
      this.#waiters.delete(waiter);
      waiter.resolve(waiter.found);
    }
  }
}

function noTotals(): LedgerTotals {
  return { arrived: 0, acted: 0, refused: 0, unanswered: 0, refusedStreams: 0, reasons: {} };
}
