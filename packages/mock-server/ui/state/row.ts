import type { LedgerEntry } from "../../src/ledger/ledger-entry.ts";
import { type Payload, readPayload } from "./payload.ts";
import { summaryOf } from "./summary.ts";

/** The state of an entry. */
export type Standing = "waiting" | "accepted" | "refused" | "failed" | "unanswered";

/** A request in the list: its entry, and values that are derived on first use. */
export class Row {
  readonly entry: LedgerEntry;
  #payload: Payload | undefined;
  #summary: string | undefined;
  #searchText: string | undefined;

  constructor(entry: LedgerEntry) {
    this.entry = entry;
  }

  get id(): number {
    return this.entry.id;
  }

  get standing(): Standing {
    const { settledAt, status } = this.entry;
    if (settledAt === undefined) return "waiting";
    if (status === undefined) return "unanswered";
    if (status >= 500) return "failed";
    return status >= 400 ? "refused" : "accepted";
  }

  get payload(): Payload {
    this.#payload ??= readPayload(this.entry.payload);
    return this.#payload;
  }

  /** The title, or the effect of the push. */
  get summary(): string {
    this.#summary ??= summaryOf(this.entry, this.payload);
    return this.#summary;
  }

  /** The text that a search covers, in lower case. */
  get searchText(): string {
    if (this.#searchText === undefined) {
      const {
        token,
        topic,
        apnsId,
        reason,
        collapseId,
        pushType,
        fault,
        kind,
        path,
        payload = "",
      } = this.entry;
      // Escapes such as \u00e4 would hide letters from the search.
      const readable =
        payload.includes("\\") && this.payload.kind === "json" ? JSON.stringify(this.payload.value) : "";
      const parts = [
        token,
        topic,
        apnsId,
        reason,
        collapseId,
        pushType,
        fault,
        kind,
        path,
        payload,
        readable,
      ];
      this.#searchText = parts
        .filter((part) => part !== undefined)
        .join("\n")
        .toLowerCase();
    }
    return this.#searchText;
  }

  /** Milliseconds from arrival to answer. */
  get latency(): number | undefined {
    const { arrivedAt, settledAt } = this.entry;
    return settledAt === undefined ? undefined : settledAt - arrivedAt;
  }
}

/** The app of a request: its topic, or the bundle id of a broadcast. */
export function appOf(entry: LedgerEntry): string {
  return entry.topic ?? "(no topic)";
}
