import { placeOf } from "./entry-store.ts";
import { previewOf } from "./preview.ts";
import type { Row } from "./row.ts";

/** The earlier notifications that concern a notification on the lock screen. */
export interface Surroundings {
  /** The number of earlier notifications of the same app and thread in its group. */
  readonly grouped: number;
  /** The notification that it replaces, by its collapse id. */
  readonly replaces: Row | undefined;
}

/**
 * Maximum number of earlier pushes to a device that the page considers. A test may send thousands to one
 * token.
 */
const MOST_BEFORE = 1_000;

/**
 * Finds the notifications that a device would group with a notification, and the notification that it would
 * replace.
 */
export function surroundingsOf(row: Row, all: readonly Row[]): Surroundings {
  const { token, topic, collapseId } = row.entry;
  const thread = threadOf(row);
  const shown = new Set<string>();
  let replaces: Row | undefined;
  let looked = 0;
  for (let at = placeOf(all, row.id) - 1; at >= 0 && looked < MOST_BEFORE; at--) {
    const each = all[at]!;
    const { entry } = each;
    if (!entry.acted || entry.kind !== "push" || entry.token !== token || entry.topic !== topic) continue;
    looked++;
    const preview = previewOf(entry, each.payload);
    if (preview.kind !== "notification" || !preview.hasText) continue;
    if (collapseId !== undefined && entry.collapseId === collapseId) replaces ??= each;
    if (preview.threadId === thread) shown.add(entry.collapseId ?? `#${each.id}`);
  }
  if (collapseId !== undefined) shown.delete(collapseId);
  return { grouped: shown.size, replaces };
}

function threadOf(row: Row): string | undefined {
  const preview = previewOf(row.entry, row.payload);
  return preview.kind === "notification" ? preview.threadId : undefined;
}
