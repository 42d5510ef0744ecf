import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { store } from "../app-state.ts";
import { counted } from "../format.ts";
import { placeOf } from "../state/entry-store.ts";
import { standingWords } from "./status-chip.tsx";

/** Milliseconds between two announcements. A screen reader must have time to finish each. */
const INTERVAL = 3_000;

const line = signal("");

/** Announces new requests to users of screen readers. */
export function Announcer() {
  useEffect(() => {
    let told = store.rows.at(-1)?.id ?? 0;
    const timer = window.setInterval(() => {
      const newest = store.rows.at(-1);
      if (!newest || newest.id <= told) {
        told = Math.min(told, newest?.id ?? 0);
        return;
      }
      const count = store.rows.length - placeOf(store.rows, told + 1);
      told = newest.id;
      line.value = `${counted(count, "new request")}. Latest: ${newest.summary}, ${standingWords(newest)}`;
    }, INTERVAL);
    return () => window.clearInterval(timer);
  }, []);
  return (
    <div class="hidden" role="log" aria-live="polite" aria-label="New requests">
      {line.value}
    </div>
  );
}
