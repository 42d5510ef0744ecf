import type { LedgerEntry } from "../../src/ledger/ledger-entry.ts";
import { apsOf, type Json, type JsonObject } from "./payload.ts";
import { type ActivityPreview, previewOf } from "./preview.ts";
import type { Row } from "./row.ts";

/** One push to a Live Activity, and what it changed. */
export interface ActivityStep {
  readonly row: Row;
  readonly preview: ActivityPreview;
  /** Keys of the state that have another value than before. */
  readonly changed: readonly string[];
}

/**
 * The pushes to the Live Activity that a push belongs to, oldest first: those to the same device token and topic, or the
 * broadcasts of the same app. What was not acted on is left out, but for the push itself.
 */
export function activitySteps(row: Row, all: readonly Row[]): ActivityStep[] {
  const steps: ActivityStep[] = [];
  let before: JsonObject = {};
  for (const each of all) {
    if (!isSameActivity(each.entry, row.entry) || !(each.entry.acted || each.id === row.id)) continue;
    const preview = previewOf(each.entry, each.payload);
    if (preview.kind !== "activity") continue;
    if (preview.event === "start") before = {};
    const changed = Object.keys(preview.state).filter((name) => !same(preview.state[name], before[name]));
    steps.push({ row: each, preview, changed });
    before = { ...before, ...preview.state };
  }
  return steps;
}

/** The newest `aps.timestamp` before a push, of the updates to the same Live Activity; in seconds. */
export function earlierTimestamp(row: Row, all: readonly Row[]): number | undefined {
  let newest: number | undefined;
  for (const each of all) {
    if (each.id >= row.id) break;
    if (!isSameActivity(each.entry, row.entry) || !each.entry.acted) continue;
    const timestamp = apsOf(each.payload)?.timestamp;
    if (typeof timestamp === "number") newest = Math.max(newest ?? -Infinity, timestamp);
  }
  return newest;
}

function isSameActivity(a: LedgerEntry, b: LedgerEntry): boolean {
  return a.token === b.token && a.topic === b.topic && a.kind === b.kind;
}

function same(a: Json | undefined, b: Json | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
