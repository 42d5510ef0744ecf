import { signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import {
  forgotten,
  holdList,
  paused,
  select,
  selectedId,
  setPaused,
  store,
  version,
  view,
} from "../app-state.ts";
import { counted, duration, number, seconds, shortToken } from "../format.ts";
import { isNarrowed } from "../state/filter.ts";
import { appOf, type Row } from "../state/row.ts";
import { scrollToShow, virtualWindow } from "../state/virtual-window.ts";
import { StatusChip } from "./status-chip.tsx";

const ROW_HEIGHT = 58;
/** Pixels of scrolling before the list freezes. */
const SLACK = 8;

const scrollTop = signal(0);
const viewHeight = signal(600);
let element: HTMLElement | null = null;

/** The requests, newest first. Only visible rows have elements. */
export function RequestList() {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    element = ref.current;
    const observer = new ResizeObserver(() => {
      viewHeight.value = ref.current?.clientHeight ?? 600;
    });
    observer.observe(ref.current!);
    return () => {
      observer.disconnect();
      element = null;
    };
  }, []);
  version.value;
  const { length, newer } = view;
  const { first, count, offset, height } = virtualWindow(
    length,
    ROW_HEIGHT,
    scrollTop.value,
    viewHeight.value,
  );
  const rows = Array.from({ length: count }, (_, at) => view.at(first + at)!).filter(Boolean);
  const active = selectedId.value;
  const isMade = active !== undefined && rows.some(({ id }) => id === active);
  return (
    <div class="list-frame">
      {newer > 0 && (
        <button type="button" class="newer" onClick={showNewest}>
          ↑ {number(newer)} new
        </button>
      )}
      <div
        class="list"
        ref={ref}
        role="listbox"
        tabIndex={0}
        aria-label="Requests, newest first"
        aria-activedescendant={isMade ? `row-${active}` : undefined}
        onScroll={onScroll}
        onKeyDown={onListKey}
      >
        <div class="list-height" role="presentation" style={{ height: `${height}px` }}>
          <div class="list-window" role="presentation" style={{ transform: `translateY(${offset}px)` }}>
            {rows.map((row, at) => (
              <ListRow key={at} row={row} place={first + at} of={length} isSelected={row.id === active} />
            ))}
          </div>
        </div>
      </div>
      {length === 0 && <Empty />}
      {forgotten.value > 0 && (
        <p class="list-note">
          {counted(forgotten.value, "request")} left the ledger before the page received them; raise{" "}
          <code>--ledger</code>.
        </p>
      )}
    </div>
  );
}

function ListRow({
  row,
  place,
  of,
  isSelected,
}: {
  row: Row;
  place: number;
  of: number;
  isSelected: boolean;
}) {
  const { entry } = row;
  const copies = store.sameApnsId(entry);
  const collapsed = store.sameCollapseId(entry);
  const app = appOf(entry);
  const type = entry.kind === "push" ? (entry.pushType ?? "no type") : entry.kind;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the listbox handles the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the listbox has the focus and names its active option
    <div
      class={`row ${row.standing}`}
      role="option"
      id={`row-${row.id}`}
      aria-selected={isSelected}
      aria-setsize={of}
      aria-posinset={place + 1}
      onClick={() => select(row.id)}
    >
      <span class="dot" />
      <span class="row-main">
        <span class="row-title" dir="auto">
          {row.summary}
        </span>
        <span class="row-facts">
          <span class="fact">{type}</span>
          <span class="fact topic">{app}</span>
          {entry.token !== "" && <span class="fact mono">{shortToken(entry.token)}</span>}
          {copies > 1 && <span class="mark">same id ×{copies}</span>}
          {collapsed > 1 && <span class="mark">collapse ×{collapsed}</span>}
          {entry.fault !== undefined && <span class="mark">fault {entry.fault}</span>}
        </span>
      </span>
      <span class="row-end">
        <StatusChip row={row} />
        <span class="row-time mono">
          {row.latency !== undefined && <span class="latency">{duration(row.latency)}</span>}
          {seconds(entry.arrivedAt)}
        </span>
      </span>
    </div>
  );
}

function Empty() {
  if (isNarrowed(view.filter)) {
    return (
      <div class="empty">
        <h2>No request matches</h2>
        <p>{counted(store.rows.length, "request")} in all. Clear the search to see them.</p>
      </div>
    );
  }
  return (
    <div class="empty">
      <h2>No requests yet</h2>
      <p>Send a push to this server, and it appears here at once.</p>
    </div>
  );
}

function onScroll(event: Event): void {
  const { scrollTop: top } = event.currentTarget as HTMLElement;
  scrollTop.value = top;
  if (!paused.peek()) holdList(top > SLACK);
}

function showNewest(): void {
  setPaused(false);
  element?.scrollTo({ top: 0 });
  scrollTop.value = 0;
  element?.focus();
}

function onListKey(event: KeyboardEvent): void {
  const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
  if (event.key === "Home") moveTo(0);
  else if (event.key === "End") moveTo(view.length - 1);
  else if (moves[event.key] !== undefined) moveBy(moves[event.key]!);
  else return;
  event.preventDefault();
}

/** Selects the row `places` below the selected row. */
export function moveBy(places: number): void {
  const at = selectedId.peek() === undefined ? -1 : view.indexOf(selectedId.peek()!);
  moveTo(at < 0 ? 0 : at + places);
}

function moveTo(place: number): void {
  const row = view.at(Math.min(view.length - 1, Math.max(0, place)));
  if (!row) return;
  select(row.id);
  if (!element) return;
  const top = scrollToShow(view.indexOf(row.id), ROW_HEIGHT, element.scrollTop, element.clientHeight);
  if (top !== undefined) element.scrollTop = top;
}

export function focusList(): void {
  element?.focus();
}
