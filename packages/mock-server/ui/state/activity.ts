import type { LedgerEntry } from "../../src/ledger/ledger-entry.ts";
import { placeOf } from "./entry-store.ts";
import { apsOf, type Json, type JsonObject } from "./payload.ts";
import { type ActivityPreview, previewOf } from "./preview.ts";
import type { Row } from "./row.ts";

/** One push to a Live Activity, and what it changed. */
export interface ActivityStep {
  readonly row: Row;
  readonly preview: ActivityPreview;
  /** Keys of the state whose values changed. */
  readonly changed: readonly string[];
}

/**
 * Maximum number of pushes to one Live Activity that the page considers. A test may send thousands to one
 * token.
 */
const MOST_BEFORE = 1_000;
const MOST_AFTER = 50;

/**
 * The pushes to the Live Activity of a push, oldest first: those to the same device token and topic, or the
 * broadcasts of the same app. Pushes that were not acted on are left out, except the push itself.
 */
export function activitySteps(row: Row, all: readonly Row[]): ActivityStep[] {
  const steps: ActivityStep[] = [];
  let before: JsonObject = {};
  for (const each of around(row, all)) {
    const preview = previewOf(each.entry, each.payload);
    if (preview.kind !== "activity") continue;
    if (preview.event === "start") before = {};
    const changed = Object.keys(preview.state).filter((name) => !same(preview.state[name], before[name]));
    steps.push({ row: each, preview, changed });
    before = { ...before, ...preview.state };
  }
  return steps;
}

/** The newest `aps.timestamp` of earlier updates to the same Live Activity, in seconds. */
export function earlierTimestamp(row: Row, all: readonly Row[]): number | undefined {
  let newest: number | undefined;
  for (const each of around(row, all)) {
    if (each.id >= row.id) break;
    const timestamp = apsOf(each.payload)?.timestamp;
    if (typeof timestamp === "number") newest = Math.max(newest ?? -Infinity, timestamp);
  }
  return newest;
}

/** The push itself and the nearest pushes to the same Live Activity that were acted on, in order. */
function around(row: Row, all: readonly Row[]): Row[] {
  const belongs = (each: Row) => each.entry.acted && isSameActivity(each.entry, row.entry);
  const place = placeOf(all, row.id);
  const before: Row[] = [];
  for (let at = place - 1; at >= 0 && before.length < MOST_BEFORE; at--) {
    if (belongs(all[at]!)) before.push(all[at]!);
  }
  const after: Row[] = [];
  for (let at = place + 1; at < all.length && after.length < MOST_AFTER; at++) {
    if (belongs(all[at]!)) after.push(all[at]!);
  }
  return [...before.reverse(), row, ...after];
}

function isSameActivity(a: LedgerEntry, b: LedgerEntry): boolean {
  return a.token === b.token && a.topic === b.topic && a.kind === b.kind;
}

function same(a: Json | undefined, b: Json | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
