import { useMemo } from "preact/hooks";
import { detail, facts, select, selected, store } from "../app-state.ts";
import { clock, date, duration, number, shortToken } from "../format.ts";
import { earlierTimestamp } from "../state/activity.ts";
import { limitOf } from "../state/payload.ts";
import { reasonText } from "../state/reasons.ts";
import { appOf, type Row } from "../state/row.ts";
import { timelineOf } from "../state/timeline.ts";
import { warningsOf } from "../state/warnings.ts";
import { CopyPanel } from "./copy-panel.tsx";
import { DeviceActions } from "./device-actions.tsx";
import { DevicePreview } from "./device-preview.tsx";
import { PayloadView } from "./payload-view.tsx";
import { Prose } from "./prose.tsx";
import { focusList } from "./request-list.tsx";
import { StatusChip } from "./status-chip.tsx";

const HEADING_ID = "detail-heading";

/** Everything about the selected request. */
export function RequestDetailView() {
  const row = selected.value;
  if (!row) {
    return (
      <section class="detail none" aria-label="Details">
        <div class="empty">
          <h2>Nothing selected</h2>
          <p>Select a request to see the notification as on the device, and the reason for its answer.</p>
        </div>
      </section>
    );
  }
  const { entry } = row;
  return (
    <section class="detail" aria-labelledby={HEADING_ID}>
      <header class="detail-head">
        <button
          type="button"
          class="quiet back"
          onClick={() => {
            select(undefined);
            focusList();
          }}
          aria-label="Close the details"
        >
          ←
        </button>
        <div class="detail-title">
          <h2 id={HEADING_ID} tabIndex={-1} dir="auto">
            {row.summary}
          </h2>
          <p class="muted">
            #{number(entry.id)} · {appOf(entry)} · {clock(entry.arrivedAt)}
          </p>
        </div>
        <StatusChip row={row} />
      </header>
      <div class="detail-body" key={row.id}>
        <DevicePreview row={row} />
        <Outcome row={row} />
        <Warnings row={row} />
        <PayloadView entry={entry} payload={row.payload} limit={limitOf(entry)} />
        <Headers row={row} />
        <Timeline row={row} />
        <CopyPanel row={row} />
        {entry.kind === "push" && entry.token !== "" && <DeviceActions token={entry.token} />}
      </div>
    </section>
  );
}

/** Moves the focus to the details. */
export function focusDetail(): void {
  document.getElementById(HEADING_ID)?.focus();
}

function Outcome({ row }: { row: Row }) {
  const { reason, status, settledAt, fault, acted } = row.entry;
  const text = reason === undefined ? undefined : reasonText(reason);
  return (
    <section class="card">
      <h3>Outcome</h3>
      {settledAt === undefined && <p>The request waits for its answer.</p>}
      {settledAt !== undefined && status !== undefined && reason === undefined && (
        <p>APNs accepts the push. That says nothing about its delivery.</p>
      )}
      {settledAt !== undefined && status === undefined && (
        <p>
          The request got no answer: the stream was reset, the client cancelled it, or the connection ended.{" "}
          {acted
            ? "The notification went out, but the client cannot know."
            : "The notification did not go out."}
        </p>
      )}
      {text && (
        <dl class="facts">
          <div>
            <dt>Rule</dt>
            <dd>
              <Prose text={text.rule} />
            </dd>
          </div>
          <div>
            <dt>Remedy</dt>
            <dd>
              <Prose text={text.remedy} />
            </dd>
          </div>
          <div>
            <dt>Next step</dt>
            <dd>{text.consequence}</dd>
          </div>
        </dl>
      )}
      {fault !== undefined && (
        <p class="muted">
          A fault of this server (<code>{fault}</code>) decided it, not the request.
        </p>
      )}
    </section>
  );
}

function Warnings({ row }: { row: Row }) {
  const warnings = useMemo(
    () => warningsOf(row.entry, row.payload, earlierTimestamp(row, store.rows)),
    [row],
  );
  if (warnings.length === 0) return null;
  return (
    <section class="card warnings">
      <h3>Accepted without a complaint, but</h3>
      <ul>
        {warnings.map((warning) => (
          <li key={warning}>
            <Prose text={warning} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Headers({ row }: { row: Row }) {
  const found = detail.value?.entry.id === row.id ? detail.value : undefined;
  const { entry } = row;
  const token = found?.providerToken;
  const headers: readonly (readonly [string, string])[] = found?.headers ?? [
    [":method", entry.method],
    [":path", entry.path],
  ];
  const age = token?.issuedAt === undefined ? undefined : entry.arrivedAt - token.issuedAt * 1000;
  return (
    <section class="card">
      <h3>Request</h3>
      <dl class="facts mono">
        {headers.map(([name, value], at) => (
          <div key={at}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div>
          <dt>answered apns-id</dt>
          <dd>{entry.apnsId}</dd>
        </div>
      </dl>
      {token && (
        <>
          <h4>Provider token</h4>
          <dl class="facts">
            <Fact name="Team (iss)" value={token.teamId} known={facts.value?.signingKey.teamId} />
            <Fact name="Key (kid)" value={token.keyId} known={facts.value?.signingKey.keyId} />
            <div>
              <dt>Age</dt>
              <dd>
                {age === undefined
                  ? "iat is missing"
                  : `${duration(age)}, issued ${date(token.issuedAt! * 1000)}${age > 3_600_000 ? ": too old" : ""}`}
              </dd>
            </div>
          </dl>
        </>
      )}
      <h4>Connection</h4>
      <dl class="facts">
        <div>
          <dt>Stream</dt>
          <dd>
            {entry.stream} on connection {entry.connection}
          </dd>
        </div>
        {found?.connection && (
          <>
            <div>
              <dt>Client</dt>
              <dd>
                {found.connection.peer}, {found.connection.tls ?? "TLS"}
              </dd>
            </div>
            {found.connection.certificateTopics && (
              <div>
                <dt>Certificate</dt>
                <dd>{found.connection.certificateTopics.join(", ") || "without a topic"}</dd>
              </div>
            )}
          </>
        )}
        {entry.token !== "" && (
          <div>
            <dt>Device token</dt>
            <dd class="mono breaks" title={shortToken(entry.token)}>
              {entry.token}
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
}

function Fact({
  name,
  value,
  known,
}: {
  name: string;
  value: string | undefined;
  known: string | undefined;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value === undefined ? "missing" : <code>{value}</code>}
        {value !== undefined && value === known && <span class="muted"> this server's own</span>}
      </dd>
    </div>
  );
}

function Timeline({ row }: { row: Row }) {
  const record = detail.value?.entry.id === row.id ? detail.value.connection : undefined;
  const moments = timelineOf(row.entry, record);
  return (
    <section class="card">
      <h3>Timeline</h3>
      <ol class="timeline">
        {moments.map(({ at, what, own }, place) => (
          <li key={place} class={own ? "own" : ""}>
            <time class="mono">{clock(at)}</time>
            <span>{what}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
