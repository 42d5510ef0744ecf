import { choice, type Field, flag, text, whole } from "../schema/field.ts";
import { type Fields, Shape } from "../schema/shape.ts";
import { isSpelledReason } from "../services/reasons.ts";
import type { LedgerEntry } from "./ledger-entry.ts";

/** Every given field must match. */
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
  /** Whether the request was answered or abandoned. */
  settled?: boolean;
};

const anyText: Field<string> = text("a text", () => true);

/** The fields of a query, as JavaScript, JSON or words of a URL's query. */
export const queryFields: Fields = {
  kind: choice("push", "broadcast", "channel"),
  connection: whole(1),
  token: anyText,
  topic: text(),
  pushType: text(),
  collapseId: anyText,
  apnsId: text(),
  acted: flag(),
  status: whole(100, 599),
  reason: text('a reason of APNs, e.g. "BadDeviceToken"', isSpelledReason),
  fault: choice("answer", "latency", "goaway", "reset", "settings", "stall", "drop"),
  after: whole(0),
  settled: flag(),
};

const QUERY = new Shape<LedgerQuery>("a ledger query", queryFields);

/** @throws InvalidMockInput that names the invalid field */
export function checkQuery(query: LedgerQuery): LedgerQuery {
  return QUERY.check(query);
}

/** Whether every given field matches. */
export function matches(entry: LedgerEntry, query: LedgerQuery): boolean {
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
