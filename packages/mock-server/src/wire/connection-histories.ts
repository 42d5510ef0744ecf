import { ConnectionHistory, type ConnectionOrigin, type ConnectionRecord } from "./connection-history.ts";

const KEPT_CLOSED = 200;

/** The histories of all open connections and of the latest closed ones. */
export class ConnectionHistories {
  readonly #now: () => number;
  readonly #histories = new Map<number, ConnectionHistory>();

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  open(origin: ConnectionOrigin): ConnectionHistory {
    const history = new ConnectionHistory(origin, this.#now);
    this.#histories.set(origin.number, history);
    return history;
  }

  /** Records that a connection has closed, and drops the oldest if there are too many closed ones. */
  close(history: ConnectionHistory): void {
    history.note({ kind: "closed" });
    let closed = 0;
    for (const each of this.#histories.values()) if (each.isClosed) closed++;
    if (closed <= KEPT_CLOSED) return;
    for (const [number, each] of this.#histories) {
      if (!each.isClosed) continue;
      this.#histories.delete(number);
      return;
    }
  }

  get(number: number): ConnectionRecord | undefined {
    return this.#histories.get(number)?.record();
  }

  /** Oldest first. */
  list(): ConnectionRecord[] {
    return [...this.#histories.values()].map((history) => history.record());
  }
}
