import { useState } from "preact/hooks";
import type { LedgerEntry } from "../../src/ledger/ledger-entry.ts";
import { number } from "../format.ts";
import type { Payload } from "../state/payload.ts";
import { CopyButton } from "./copy-button.tsx";
import { JsonTree } from "./json-tree.tsx";
import { ScrollText } from "./scroll-text.tsx";

/** The body, as a tree or as received, and its share of the size limit. */
export function PayloadView({
  entry,
  payload,
  limit,
}: {
  entry: LedgerEntry;
  payload: Payload;
  limit: number;
}) {
  const [raw, setRaw] = useState(false);
  const isJson = payload.kind === "json";
  return (
    <section class="card">
      <div class="card-head">
        <h3>Payload</h3>
        {isJson && (
          <fieldset class="segments small">
            <legend class="hidden">Form of the payload</legend>
            <button type="button" aria-pressed={!raw} onClick={() => setRaw(false)}>
              Tree
            </button>
            <button type="button" aria-pressed={raw} onClick={() => setRaw(true)}>
              Raw
            </button>
          </fieldset>
        )}
        {entry.payload !== undefined && entry.payload !== "" && <CopyButton text={entry.payload} />}
      </div>
      <div class={`size ${entry.bytes > limit ? "over" : ""}`}>
        <meter min={0} max={limit} value={Math.min(entry.bytes, limit)} aria-label="Size of the payload" />
        <span>
          {number(entry.bytes)} of {number(limit)} bytes
        </span>
      </div>
      {payload.kind === "not-kept" && <p class="muted">The server is set not to keep payloads.</p>}
      {payload.kind === "empty" && <p class="muted">The request has no body.</p>}
      {payload.kind === "text" && <ScrollText label="The payload as it came" text={payload.text} />}
      {isJson &&
        (raw ? (
          <ScrollText label="The payload as it came" text={entry.payload!} />
        ) : (
          <JsonTree value={payload.value} />
        ))}
    </section>
  );
}
