import type { LedgerEntry } from "../ledger/ledger-entry.ts";

/** The JSON of entries, made once for all pages that receive an entry in the same turn. */
export class EntryTexts {
  readonly #texts: Map<number, string> | undefined;

  /** @param pages number of listening pages; for one page nothing is kept */
  constructor(pages: number) {
    if (pages > 1) this.#texts = new Map();
  }

  of(entry: LedgerEntry): string {
    if (!this.#texts) return JSON.stringify(entry);
    let text = this.#texts.get(entry.id);
    if (text === undefined) {
      text = JSON.stringify(entry);
      this.#texts.set(entry.id, text);
    }
    return text;
  }
}
