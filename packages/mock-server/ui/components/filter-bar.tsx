import {
  attempt,
  filter,
  paused,
  serverState,
  setFilter,
  setPaused,
  store,
  version,
  view,
} from "../app-state.ts";
import { controlApi } from "../control-api.ts";
import { counted, number } from "../format.ts";
import { isNarrowed, NO_FILTER, type StandingFilter } from "../state/filter.ts";

const STANDINGS: readonly (readonly [StandingFilter, string])[] = [
  ["all", "All"],
  ["accepted", "Accepted"],
  ["refused", "Refused"],
  ["unanswered", "No answer"],
  ["waiting", "Waiting"],
];
const TYPES = [
  ...[
    "alert",
    "background",
    "voip",
    "liveactivity",
    "complication",
    "controls",
    "fileprovider",
    "location",
    "mdm",
  ],
  ...["pushtotalk", "widgets", "broadcast", "channel"],
];
export const SEARCH_ID = "search";

/** Search, filters, pause and clear. */
export function FilterBar() {
  const { text, standing, type } = filter.value;
  version.value;
  return (
    <search class="filters">
      <div class="filter-line">
        <input
          id={SEARCH_ID}
          type="search"
          placeholder="Search text, token, topic, apns-id, reason"
          aria-label="Search requests"
          value={text}
          onInput={(event) => setFilter({ text: event.currentTarget.value })}
          autocomplete="off"
          spellcheck={false}
        />
        <button
          type="button"
          aria-pressed={paused.value}
          onClick={() => setPaused(!paused.peek())}
          title="Freeze the list (p)"
        >
          {paused.value ? "Go on" : "Pause"}
        </button>
        <button
          type="button"
          onClick={() => void attempt(controlApi.clearLedger)}
          title="Delete all requests"
        >
          Clear
        </button>
      </div>
      <div class="filter-line chips">
        <fieldset class="segments">
          <legend class="hidden">Outcome</legend>
          {STANDINGS.map(([value, label]) => (
            <button
              key={value}
              type="button"
              aria-pressed={standing === value}
              onClick={() => setFilter({ standing: value })}
            >
              {label}
            </button>
          ))}
        </fieldset>
        <select
          aria-label="Push type"
          value={type}
          onChange={(event) => setFilter({ type: event.currentTarget.value })}
        >
          <option value="">All types</option>
          {TYPES.map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </select>
        {isNarrowed(filter.value) && (
          <span class="count">
            {number(view.length)} of {counted(store.rows.length, "request")}
            <button type="button" class="link" onClick={() => setFilter(NO_FILTER)}>
              show all
            </button>
          </span>
        )}
      </div>
      {serverState.value?.listening === false && <p class="list-note">The server refuses new connections.</p>}
    </search>
  );
}
