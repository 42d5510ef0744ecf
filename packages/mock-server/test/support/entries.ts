import type { LedgerEntry } from "../../src/index.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { Row } from "../../ui/state/row.ts";
import { TOKEN } from "./client.ts";

/** An entry of a push that was accepted, with these changes. */
export function entryOf(changes: Partial<LedgerEntry> = {}): LedgerEntry {
  const payload = changes.payload ?? '{"aps":{"alert":"Hello"}}';
  return {
    id: 1,
    kind: "push",
    connection: 1,
    stream: 1,
    method: "POST",
    path: `/3/device/${TOKEN}`,
    token: TOKEN,
    topic: "com.example.app",
    pushType: "alert",
    priority: undefined,
    expiration: undefined,
    collapseId: undefined,
    apnsId: "4084A6E4-9EA8-4D2A-8A49-9A344A152DA7",
    bytes: Buffer.byteLength(payload),
    payload,
    arrivedAt: 1_800_000_000_000,
    settledAt: 1_800_000_000_012,
    acted: true,
    status: 200,
    reason: undefined,
    fault: undefined,
    ...changes,
  };
}

/** The same as a row, with a payload as an object. */
export function rowOf(payload: unknown, changes: Partial<LedgerEntry> = {}): Row {
  return new Row(entryOf({ payload: JSON.stringify(payload), ...changes }));
}

/** Enters a push into a ledger, without a client; it waits for its answer. */
export function openEntry(ledger: Ledger, changes: Partial<LedgerEntry> = {}): LedgerEntry {
  const { id, arrivedAt, settledAt, acted, status, reason, fault, ...facts } = entryOf(changes);
  return ledger.open(facts);
}

/** Enters so many pushes that were accepted into a ledger, without a client: "Number 1" and on. */
export function fillLedger(ledger: Ledger, count: number, changes: Partial<LedgerEntry> = {}): void {
  for (let at = 1; at <= count; at++) {
    const payload = `{"aps":{"alert":"Number ${at}"}}`;
    const entry = openEntry(ledger, { payload, apnsId: `id ${at}`, ...changes });
    ledger.act(entry);
    ledger.settle(entry, 200);
  }
}
