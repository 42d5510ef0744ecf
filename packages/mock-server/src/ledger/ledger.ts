import { Tally } from "./tally.ts";

/** Which of APNs's services a request was for. */
export type RequestKind = "push" | "broadcast" | "channel";

/** One request, as the server saw it. */
export interface LedgerEntry {
  /** Counts up from 1 over all requests. */
  readonly id: number;
  /** The service that it was for. */
  readonly kind: RequestKind;
  /** Counts up from 1 over all connections. */
  readonly connection: number;
  /** HTTP/2 stream id. */
  readonly stream: number;
  /** `:method` as sent. */
  readonly method: string;
  /** `:path` as sent. */
  readonly path: string;
  /** Device token of the path; "" for other kinds. */
  readonly token: string;
  /** As sent, or the default of a single-topic certificate; for broadcasts and channels the bundle id. */
  topic: string | undefined;
  /** `apns-push-type` as sent. */
  readonly pushType: string | undefined;
  /** `apns-priority` as sent. */
  readonly priority: string | undefined;
  /** `apns-expiration` as sent: seconds since the epoch. */
  readonly expiration: string | undefined;
  /** `apns-collapse-id` as sent. */
  readonly collapseId: string | undefined;
  /** The `apns-id` (for broadcasts and channels `apns-request-id`) as sent, or the one made for the answer. */
  readonly apnsId: string;
  /** Length of the body. */
  readonly bytes: number;
  /** The body as text; undefined if payloads are not kept. */
  readonly payload: string | undefined;
  /** Milliseconds since the epoch. */
  readonly arrivedAt: number;
  /** Milliseconds since the epoch; undefined while the request waits for its answer. */
  settledAt: number | undefined;
  /** Whether the request had its effect: here the notification would have gone out. */
  acted: boolean;
  /** Status of the answer; undefined while there is none, and for good if it never got one. */
  status: number | undefined;
  /** Why it was refused, as the answer spells it; undefined if it was not. */
  reason: string | undefined;
  /** Kind of the fault that hit it. */
  fault: string | undefined;
}

/** Every given field has to match. */
export type LedgerQuery = {
  [Field in
    | "kind"
    | "connection"
    | "token"
    | "topic"
    | "pushType"
    | "collapseId"
    | "apnsId"
    | "acted"
    | "status"
    | "reason"
    | "fault"]?: LedgerEntry[Field];
} & {
  /** Only entries with a higher id. */
  after?: number;
  /** Whether it got its answer, or was given up. */
  settled?: boolean;
};

/** Running counts since the start or the last `clear()`; they outlive the entries themselves. */
export interface LedgerTotals {
  /** Requests that came, in whole. */
  arrived: number;
  /** Requests that had their effect. */
  acted: number;
  /** Answered with a reason. */
  refused: number;
  /** Settled without an answer: reset, stalled, dropped, cancelled. */
  unanswered: number;
  /** How often each reason was given. */
  reasons: Record<string, number>;
}

/** What the ledger keeps, and what it counts. */
export interface LedgerOptions {
  /** Entries to keep; older ones are forgotten. Default 10,000. */
  capacity?: number;
  /** Whether bodies are kept. Default true. */
  payloads?: boolean;
  /** Ids to count for the whole run, in compact tables. Default none. */
  tally?: readonly ("apns-id" | "collapse-id")[];
}

export interface ReceivedOptions extends LedgerQuery {
  /** How many settled entries to wait for. Default 1. */
  count?: number;
  /** Milliseconds to wait at most. Default 5,000; Infinity waits for good. */
  timeout?: number;
}

interface Waiter {
  query: LedgerQuery;
  count: number;
  found: LedgerEntry[];
  resolve: (entries: LedgerEntry[]) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout | undefined;
}

/** What arrived and what became of it: a ring of the latest entries, running totals, and counts by id if asked. */
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
  /** Where the next entry goes once the ring is full. */
  #next = 0;
  #lastId = 0;
  #totals = noTotals();
  readonly #waiters = new Set<Waiter>();
  readonly #listeners = new Set<(entry: LedgerEntry) => void>();

  /** @throws RangeError if the capacity is not a whole number from 0 */
  constructor(options: LedgerOptions = {}, now: () => number = Date.now) {
    const capacity = options.capacity ?? 10_000;
    if (!Number.isSafeInteger(capacity) || capacity < 0) {
      throw new RangeError(`ledger capacity must be a whole number, 0 or more, got ${String(capacity)}`);
    }
    this.#capacity = capacity;
    this.#now = now;
    this.keepsPayloads = options.payloads ?? true;
    if (options.tally?.includes("apns-id")) this.apnsIds = new Tally();
    if (options.tally?.includes("collapse-id")) this.collapseIds = new Tally();
  }

  /** Enters a request that just arrived. */
  open(
    facts: Omit<LedgerEntry, "id" | "arrivedAt" | "settledAt" | "acted" | "status" | "reason" | "fault">,
  ): LedgerEntry {
    const entry = facts as LedgerEntry & { id: number; arrivedAt: number };
    entry.id = ++this.#lastId;
    entry.arrivedAt = this.#now();
    entry.settledAt = undefined;
    entry.acted = false;
    entry.status = undefined;
    entry.reason = undefined;
    entry.fault = undefined;
    if (this.#ring.length < this.#capacity) this.#ring.push(entry);
    else if (this.#capacity > 0) {
      this.#ring[this.#next] = entry;
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

  /** Records the answer, or that there will be none. Only the first call counts. */
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

  /** The kept entries that match, oldest first. */
  entries(query: LedgerQuery = {}): LedgerEntry[] {
    const inOrder = [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
    return inOrder.filter((entry) => matches(entry, query));
  }

  /** How many of the kept entries match. */
  count(query: LedgerQuery = {}): number {
    return this.#ring.reduce((count, entry) => count + Number(matches(entry, query)), 0);
  }

  /** The running counts as they are now. */
  get totals(): LedgerTotals {
    return { ...this.#totals, reasons: { ...this.#totals.reasons } };
  }

  /** Calls the function with each entry when it is settled. Returns how to stop that. */
  subscribe(listener: (entry: LedgerEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Waits until so many settled requests match, those already kept included.
   *
   * @returns the matching entries, oldest first
   * @throws Error after `timeout`, or when the server closes
   */
  received(options: ReceivedOptions = {}): Promise<LedgerEntry[]> {
    const { count = 1, timeout = 5_000, ...rest } = options;
    const query = { ...rest, settled: true };
    return new Promise((resolve, reject) => {
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
            new Error(`Only ${got} requests came within ${timeout} ms that match ${JSON.stringify(rest)}`),
          );
        }, timeout);
      }
      this.#waiters.add(waiter);
    });
  }

  /** Forgets entries, totals and tallies. Requests that wait for their answer are settled, but not listed any more. */
  clear(): void {
    this.#ring = [];
    this.#next = 0;
    this.#totals = noTotals();
    this.apnsIds?.clear();
    this.collapseIds?.clear();
  }

  /** Fails all who wait. */
  close(): void {
    for (const { reject, timer } of this.#waiters) {
      clearTimeout(timer);
      reject(new Error("The mock server was closed"));
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
  return { arrived: 0, acted: 0, refused: 0, unanswered: 0, reasons: {} };
}

function matches(entry: LedgerEntry, query: LedgerQuery): boolean {
  for (const field in query) {
    const wanted = query[field as keyof LedgerQuery];
    if (wanted === undefined) continue;
    if (field === "after") {
      if (entry.id <= (wanted as number)) return false;
    } else if (field === "settled") {
      if ((entry.settledAt !== undefined) !== wanted) return false;
    } else if (entry[field as keyof LedgerEntry] !== wanted) return false;
  }
  return true;
}
