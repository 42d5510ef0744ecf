import { useEffect, useRef } from "preact/hooks";
import {
  facts,
  link,
  notice,
  paused,
  select,
  selectedId,
  serverState,
  setPaused,
  setTab,
  setTheme,
  store,
  type Tab,
  tab,
  theme,
  version,
} from "../app-state.ts";
import { number } from "../format.ts";
import { Announcer } from "./announcer.tsx";
import { ConnectionsTab } from "./connections-tab.tsx";
import { DevicesTab } from "./devices-tab.tsx";
import { FaultsTab } from "./faults-tab.tsx";
import { FilterBar, SEARCH_ID } from "./filter-bar.tsx";
import { focusDetail, RequestDetailView } from "./request-detail-view.tsx";
import { focusList, moveBy, RequestList } from "./request-list.tsx";
import { ShortcutsDialog } from "./shortcuts-dialog.tsx";

const TABS: readonly (readonly [Tab, string])[] = [
  ["requests", "Requests"],
  ["faults", "Faults"],
  ["connections", "Connections"],
  ["devices", "Devices"],
];
const NEXT_THEME = { auto: "light", light: "dark", dark: "auto" } as const;

export function App() {
  const help = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => onShortcut(event, help.current);
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  const now = tab.value;
  return (
    <div class={`app ${selectedId.value !== undefined && now === "requests" ? "with-detail" : ""}`}>
      <header class="bar">
        <h1 class="brand">
          <img src="/ui/icon.svg" alt="" width="26" height="26" />
          <span>apnskit-mock</span>
        </h1>
        <LinkState />
        <nav aria-label="Parts">
          {TABS.map(([value, label]) => (
            <button
              key={value}
              type="button"
              class="tab"
              aria-current={now === value ? "page" : undefined}
              onClick={() => setTab(value)}
            >
              {label}
              <TabCount tab={value} />
            </button>
          ))}
        </nav>
        <span class="bar-end">
          <button
            type="button"
            class="quiet"
            onClick={() => setTheme(NEXT_THEME[theme.peek()])}
            aria-label={`Colours: ${theme.value}`}
            title={`Colours: ${theme.value}`}
          >
            {theme.value === "auto" ? "◐" : theme.value === "light" ? "☀" : "☾"}
          </button>
          <button
            type="button"
            class="quiet"
            onClick={() => help.current?.showModal()}
            aria-label="Keyboard shortcuts"
            title="Keyboard shortcuts"
          >
            ?
          </button>
        </span>
      </header>
      <main>
        {now === "requests" && (
          <div class="requests">
            <section class="requests-list" aria-label="Requests">
              <FilterBar />
              <RequestList />
            </section>
            <RequestDetailView />
          </div>
        )}
        {now === "faults" && <FaultsTab />}
        {now === "connections" && <ConnectionsTab />}
        {now === "devices" && <DevicesTab />}
      </main>
      <Announcer />
      <div class="notice-place" role="status">
        {notice.value && <p class={`notice ${notice.value.isError ? "error" : ""}`}>{notice.value.text}</p>}
      </div>
      <ShortcutsDialog dialog={help} />
    </div>
  );
}

function LinkState() {
  const words = { live: "Live", connecting: "Connecting", lost: "Server unreachable, trying again" }[
    link.value
  ];
  const environment = facts.value?.environment;
  return (
    <span class={`link-state ${link.value}`} role="status">
      <span class="dot" />
      {words}
      {environment !== undefined && link.value === "live" && <span class="environment">{environment}</span>}
    </span>
  );
}

function TabCount({ tab: of }: { tab: Tab }) {
  version.value;
  const state = serverState.value;
  const counts: Record<Tab, number> = {
    requests: store.rows.length,
    faults: state?.faults.length ?? 0,
    connections: state?.connections.length ?? 0,
    devices: 0,
  };
  const count = counts[of];
  return count === 0 ? null : <span class="tab-count">{number(count)}</span>;
}

function onShortcut(event: KeyboardEvent, help: HTMLDialogElement | null): void {
  if (event.ctrlKey || event.metaKey || event.altKey || help?.open) return;
  const target = event.target as HTMLElement;
  const isField = target.matches("input, select, textarea");
  if (event.key === "Escape") {
    if (isField) target.blur();
    else if (selectedId.peek() !== undefined) {
      select(undefined);
      focusList();
    }
    return;
  }
  if (isField) return;
  const at = ["1", "2", "3", "4"].indexOf(event.key);
  if (at >= 0) setTab(TABS[at]![0]);
  else if (event.key === "?") help?.showModal();
  else if (tab.peek() !== "requests") return;
  else if (event.key === "/") document.getElementById(SEARCH_ID)?.focus();
  else if (event.key === "j") moveBy(1);
  else if (event.key === "k") moveBy(-1);
  else if (event.key === "p") setPaused(!paused.peek());
  else if (event.key === "Enter" && target.matches(".list")) focusDetail();
  else return;
  event.preventDefault();
}
