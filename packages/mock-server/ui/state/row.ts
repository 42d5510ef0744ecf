import type { LedgerEntry } from "../../src/ledger/ledger-entry.ts";
import { type Payload, readPayload } from "./payload.ts";
import { summaryOf } from "./summary.ts";

/** What an entry has come to. */
export type Standing = "waiting" | "accepted" | "refused" | "failed" | "unanswered";

/** A request in the list: its entry, and what is made of it when it is first looked at. */
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

  /** The title, or what the push does. */
  get summary(): string {
    this.#summary ??= summaryOf(this.entry, this.payload);
    return this.#summary;
  }

  /** Everything that a search looks through, in lower case. */
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
      // Escapes such as \u00e4 hide the letters that a person looks for.
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

/** Which app a request is for: its topic, or the bundle id of a broadcast. */
export function appOf(entry: LedgerEntry): string {
  return entry.topic ?? "(no topic)";
}
