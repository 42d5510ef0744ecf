import { batch, computed, signal } from "@preact/signals";
import type { Device } from "../src/services/device-registry.ts";
import type { ConnectionRecord } from "../src/wire/connection-history.ts";
import { controlApi, Refused, type ServerState } from "./control-api.ts";
import { type Link, LiveFeed } from "./live-feed.ts";
import { ConnectionSamples, recordsKey } from "./state/connection-samples.ts";
import type { ServerFacts } from "./state/copy-as.ts";
import { EntryStore } from "./state/entry-store.ts";
import { type FaultKind, faultKinds } from "./state/fault-form.ts";
import type { Filter } from "./state/filter.ts";
import { ListView } from "./state/list-view.ts";
import type { RequestDetail } from "./state/request-detail.ts";
import type { Row } from "./state/row.ts";

export type Tab = "requests" | "faults" | "connections" | "devices";
export type Theme = "auto" | "light" | "dark";

const THEME_KEY = "apnskit-mock-theme";
const SAMPLE_INTERVAL = 500;
/** Shortest time in milliseconds between two requests for the records of connections. */
const RECORDS_INTERVAL = 1_000;

export const store = new EntryStore();
export const view = new ListView();
export const samples = new ConnectionSamples();

/** Counts up whenever the store or the view changes. Every component that shows them reads it. */
export const version = signal(0);
export const sampleVersion = signal(0);
export const link = signal<Link>("connecting");
export const facts = signal<ServerFacts | undefined>(undefined);
export const serverState = signal<ServerState | undefined>(undefined);
export const kinds = signal<readonly FaultKind[]>([]);
export const devices = signal<readonly Device[]>([]);
export const records = signal<readonly ConnectionRecord[]>([]);
export const tab = signal<Tab>("requests");
export const theme = signal<Theme>(readTheme());
export const filter = signal<Filter>(view.filter);
export const selectedId = signal<number | undefined>(undefined);
export const detail = signal<RequestDetail | undefined>(undefined);
/** Whether the user paused the list, regardless of the scroll position. */
export const paused = signal(false);
/** Entries that the ledger dropped before it sent them to the page. */
export const forgotten = signal(0);
/** The last message to the user, shown for a short time. */
export const notice = signal<{ text: string; isError: boolean } | undefined>(undefined);

export const selected = computed<Row | undefined>(() => {
  version.value;
  return selectedId.value === undefined ? undefined : store.get(selectedId.value);
});

let detailOf: Row | undefined;
/** Incidents of that row's connection when the detail was requested; undefined if the connection is gone. */
let incidentsOf: number | undefined;
/** State of the request for the detail. The ledger keeps less than the page and may have dropped the row. */
let asked: "under way" | "told" | "forgotten" = "told";
let sampled = false;

const feed = new LiveFeed({
  hello({ clearedUpTo }, isOther) {
    if (isOther) {
      forget(Infinity);
      forgotten.value = 0;
    } else forget(clearedUpTo);
    // The server may have been unreachable for a moment only.
    if (asked === "forgotten") detailOf = undefined;
    void loadFacts();
  },
  entries({ entries, forgotten: lost }) {
    view.apply(store.upsert(entries));
    if (lost > 0) forgotten.value += lost;
    showSoon();
  },
  cleared: (upTo) => forget(upTo),
  state(state) {
    const before = serverState.peek();
    batch(() => {
      serverState.value = state;
      samples.add(state.connections);
      sampled = true;
      sampleVersion.value++;
    });
    if (before?.devices !== state.devices) void loadDevices();
    loadRecordsSoon();
    void loadDetail();
  },
  link(now) {
    link.value = now;
  },
});

/** Connects the page to the server. */
export function start(): void {
  applyTheme();
  feed.start();
  window.setInterval(() => {
    if (!sampled) samples.repeat();
    sampled = false;
    if (tab.peek() === "connections") sampleVersion.value++;
  }, SAMPLE_INTERVAL);
}

export function select(id: number | undefined): void {
  if (id === selectedId.peek()) return;
  batch(() => {
    selectedId.value = id;
    detail.value = undefined;
    detailOf = undefined;
  });
  void loadDetail();
}

export function setFilter(change: Partial<Filter>): void {
  view.show({ ...filter.peek(), ...change }, store.rows);
  batch(() => {
    filter.value = view.filter;
    version.value++;
  });
}

/** Freezes the list, or resumes it. */
export function holdList(hold: boolean): void {
  if (hold === view.isHeld) return;
  if (hold) view.hold();
  else view.release();
  version.value++;
}

export function setPaused(now: boolean): void {
  paused.value = now;
  holdList(now);
}

export function setTab(now: Tab): void {
  tab.value = now;
  if (now === "connections") loadRecordsSoon();
}

export function setTheme(now: Theme): void {
  theme.value = now;
  try {
    localStorage.setItem(THEME_KEY, now);
  } catch {
    // The browser stores nothing: the choice lasts until the user leaves the page.
  }
  applyTheme();
}

/**
 * Runs a task against the server, and shows its error.
 * @returns whether the task succeeded
 */
export async function attempt(task: () => Promise<unknown>, done?: string): Promise<boolean> {
  try {
    await task();
    if (done !== undefined) say(done);
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say(error.message, true);
    return false;
  }
}

let noticeTimer: number | undefined;

/** Shows a message for a short time. */
export function say(text: string, isError = false): void {
  notice.value = { text, isError };
  window.clearTimeout(noticeTimer);
  noticeTimer = window.setTimeout(
    () => {
      notice.value = undefined;
    },
    isError ? 8_000 : 2_500,
  );
}

/** Minimum time in milliseconds between two renderings because of new requests. */
const DRAWING_INTERVAL = 100;
let isDue = false;
let drawnAt = -Infinity;

/**
 * Renders new entries. After a quiet time it renders at once; otherwise it collects entries until the
 * interval ends.
 */
function showSoon(): void {
  if (isDue) return;
  isDue = true;
  window.setTimeout(
    () => {
      isDue = false;
      drawnAt = performance.now();
      version.value++;
      void loadDetail();
    },
    Math.max(0, drawnAt + DRAWING_INTERVAL - performance.now()),
  );
}

function forget(upTo: number): void {
  if (upTo <= 0) return;
  store.clear(upTo);
  view.clear(upTo);
  version.value++;
}

/**
 * Loads facts about the selected request that its entry does not have. The page requests them again after the
 * answer, and after each new incident on the connection.
 */
async function loadDetail(): Promise<void> {
  const row = selected.peek();
  if (!row) return;
  const incidents = samples.incidentsOf(row.entry.connection);
  if (row === detailOf && (asked !== "told" || incidents === incidentsOf)) return;
  detailOf = row;
  incidentsOf = incidents;
  asked = "under way";
  try {
    const found = await controlApi.detail(row.id);
    if (detailOf !== row) return;
    detail.value = found;
    asked = "told";
  } catch (error) {
    // The page still shows the facts in the entry.
    if (!(error instanceof Refused)) throw error;
    if (detailOf === row) asked = "forgotten";
  }
}

async function loadFacts(): Promise<void> {
  await attempt(async () => {
    facts.value = await controlApi.facts();
    if (kinds.peek().length === 0) kinds.value = faultKinds(await controlApi.openApi());
  });
}

async function loadDevices(): Promise<void> {
  await attempt(async () => {
    devices.value = await controlApi.devices();
  });
}

let recordsTimer: number | undefined;
let loadedKey: string | undefined;
let loadedAt = -Infinity;

/** Requests the records of connections if they are visible and have changed. */
function loadRecordsSoon(): void {
  if (tab.peek() !== "connections" || recordsTimer !== undefined) return;
  if (recordsKey(serverState.peek()?.connections ?? []) === loadedKey) return;
  recordsTimer = window.setTimeout(
    () => {
      recordsTimer = undefined;
      if (tab.peek() === "connections") void loadConnections();
    },
    Math.max(0, loadedAt + RECORDS_INTERVAL - performance.now()),
  );
}

async function loadConnections(): Promise<void> {
  loadedAt = performance.now();
  loadedKey = recordsKey(serverState.peek()?.connections ?? []);
  const done = await attempt(async () => {
    records.value = await controlApi.connections();
  });
  if (!done) loadedKey = undefined;
}

function readTheme(): Theme {
  try {
    const kept = localStorage.getItem(THEME_KEY);
    return kept === "light" || kept === "dark" ? kept : "auto";
  } catch {
    return "auto";
  }
}

function applyTheme(): void {
  const { dataset } = document.documentElement;
  if (theme.peek() === "auto") delete dataset.theme;
  else dataset.theme = theme.peek();
}
