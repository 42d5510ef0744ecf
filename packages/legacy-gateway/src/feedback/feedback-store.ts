import type { FeedbackTuple } from "../codec/feedback-tuple.ts";
import { FeedbackJournal, type FeedbackRecord } from "./feedback-journal.ts";

/** The figures of one app's feedback list. */
export interface FeedbackCounts {
  /** Dead tokens that wait for a client. */
  readonly waiting: number;
  /** Tokens that clients have read to the end of the list. */
  readonly delivered: number;
  /** Tokens that a full list dropped, the oldest first. APNs names them again at the next push. */
  readonly displaced: number;
}

/** A dead token in the list, in hexadecimal. */
export interface FeedbackEntry {
  readonly token: string;
  /** Whole seconds since 1970. */
  readonly timestamp: number;
}

class FeedbackList {
  readonly tokens = new Map<string, number>();
  delivered = 0;
  displaced = 0;
}

/**
 * The dead tokens of each app, until a client has read them. In a file, or in memory alone. A list has each
 * token once, with its latest time.
 */
export class FeedbackStore {
  readonly #capacity: number;
  readonly #journal: FeedbackJournal | undefined;
  readonly #lists = new Map<string, FeedbackList>();

  private constructor(journal: FeedbackJournal | undefined, capacity: number) {
    this.#journal = journal;
    this.#capacity = capacity;
  }

  /**
   * @param path the file; `undefined` for none
   * @param capacity most tokens of each app
   * @throws GatewayStateFailed for a file that cannot be used
   */
  static async open(path: string | undefined, capacity: number): Promise<FeedbackStore> {
    if (path === undefined) return new FeedbackStore(undefined, capacity);
    const { journal, records } = await FeedbackJournal.open(path);
    const store = new FeedbackStore(journal, capacity);
    for (const record of records) store.#apply(record);
    return store;
  }

  /** Notes that a token is dead since an instant, in whole seconds since 1970. */
  add(app: string, token: string, timestamp: number): void {
    const { tokens } = this.#listOf(app);
    const known = tokens.get(token);
    if (known !== undefined && known >= timestamp) return;
    this.#change([["+", app, token, timestamp]]);
    if (tokens.size <= this.#capacity) return;
    const [oldest, time] = tokens.entries().next().value!;
    this.#change([["-", app, oldest, time]]);
    this.#listOf(app).displaced++;
  }

  /** The list that a client of an app gets now. */
  entriesOf(app: string): FeedbackEntry[] {
    return Array.from(this.#listOf(app).tokens, ([token, timestamp]) => ({ token, timestamp }));
  }

  /** Removes entries that a client has read to the end. A token that died again meanwhile stays. */
  delivered(app: string, entries: readonly FeedbackEntry[]): void {
    const list = this.#listOf(app);
    const gone = entries.filter(({ token, timestamp }) => list.tokens.get(token) === timestamp);
    list.delivered += gone.length;
    this.#change(gone.map(({ token, timestamp }) => ["-", app, token, timestamp]));
    const live = [...this.#lists.values()].reduce((sum, { tokens }) => sum + tokens.size, 0);
    if (this.#journal?.isBloated(live)) this.#journal.rewrite(this.#records());
  }

  countsOf(app: string): FeedbackCounts {
    const { tokens, delivered, displaced } = this.#listOf(app);
    return { waiting: tokens.size, delivered, displaced };
  }

  /** Resolves when every change is on the disk. @throws GatewayStateFailed */
  async flush(): Promise<void> {
    await this.#journal?.flush();
  }

  /** @throws GatewayStateFailed when a change could not be written */
  async close(): Promise<void> {
    await this.#journal?.close();
  }

  #change(records: FeedbackRecord[]): void {
    for (const record of records) this.#apply(record);
    this.#journal?.append(records);
  }

  #apply([change, app, token, timestamp]: FeedbackRecord): void {
    const { tokens } = this.#listOf(app);
    // At the end, so the first entry is the oldest.
    tokens.delete(token);
    if (change === "+") tokens.set(token, timestamp);
  }

  #records(): FeedbackRecord[] {
    return [...this.#lists].flatMap(([app, { tokens }]) =>
      Array.from(tokens, ([token, timestamp]): FeedbackRecord => ["+", app, token, timestamp]),
    );
  }

  #listOf(app: string): FeedbackList {
    let list = this.#lists.get(app);
    if (list === undefined) {
      list = new FeedbackList();
      this.#lists.set(app, list);
    }
    return list;
  }
}

/** An entry as it goes over the wire. */
export function tupleOf({ token, timestamp }: FeedbackEntry): FeedbackTuple {
  return { token: Buffer.from(token, "hex"), timestamp };
}
