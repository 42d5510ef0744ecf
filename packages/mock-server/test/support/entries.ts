import type { LedgerEntry } from "../../src/index.ts";
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
