import { useState } from "preact/hooks";
import type { ConnectionRecord } from "../../src/wire/connection-history.ts";
import { attempt, records, samples, sampleVersion, serverState, setFilter, setTab } from "../app-state.ts";
import { controlApi } from "../control-api.ts";
import { clock, counted, number } from "../format.ts";
import { type ConnectionSample, linePoints } from "../state/connection-samples.ts";
import { NO_FILTER } from "../state/filter.ts";
import { describeEvent } from "../state/timeline.ts";

const WIDTH = 240;
const HEIGHT = 44;
const MOST_CLOSED = 50;

/** The connections, with their clients' settings, load, counts and events. */
export function ConnectionsTab() {
  sampleVersion.value;
  const open = serverState.value?.connections ?? [];
  const byNumber = new Map(records.value.map((record) => [record.number, record]));
  const closed = records.value.filter(({ closedAt }) => closedAt !== undefined);
  const openInAll = Math.max(open.length, records.value.length - closed.length);
  return (
    <div class="page">
      {open.length === 0 && closed.length === 0 && (
        <div class="empty">
          <h2>No connections yet</h2>
          <p>Each HTTP/2 connection of a client appears here with its settings and its load.</p>
        </div>
      )}
      {open.toReversed().map((connection) => (
        <OpenConnection
          key={connection.number}
          sample={connection}
          record={byNumber.get(connection.number)}
        />
      ))}
      {openInAll > open.length && (
        <p class="muted">and {number(openInAll - open.length)} older open connections</p>
      )}
      {closed
        .slice(-MOST_CLOSED)
        .reverse()
        .map((record) => (
          <section
            key={record.number}
            class="card connection closed"
            aria-label={`Connection ${record.number}`}
          >
            <div class="card-head">
              <h2>Connection {record.number}</h2>
              <span class="chip waiting">closed</span>
              <ShowRequests number={record.number} />
            </div>
            <Counts requests={record.requests} refused={record.refused} unanswered={record.unanswered} />
            <Facts record={record} />
          </section>
        ))}
      {closed.length > MOST_CLOSED && (
        <p class="muted">and {number(closed.length - MOST_CLOSED)} older closed connections</p>
      )}
    </div>
  );
}

function OpenConnection({
  sample,
  record,
}: {
  sample: ConnectionSample;
  record: ConnectionRecord | undefined;
}) {
  const { state, inflight, streamLimit, refusedStreams, requests, refused, unanswered } = sample;
  const series = samples.of(sample.number);
  return (
    <section class="card connection" aria-label={`Connection ${sample.number}`}>
      <div class="card-head">
        <h2>Connection {sample.number}</h2>
        <span class={`chip ${state === "active" ? "accepted" : "refused"}`}>{state}</span>
        <ShowRequests number={sample.number} />
        <button
          type="button"
          class="quiet"
          onClick={() =>
            void attempt(
              () => controlApi.strike({ kind: "goaway", reason: "Shutdown", connection: sample.number }),
              "GOAWAY sent",
            )
          }
        >
          GOAWAY
        </button>
        <button
          type="button"
          class="quiet"
          onClick={() =>
            void attempt(() => controlApi.strike({ kind: "drop", connection: sample.number }), "Dropped")
          }
        >
          Drop
        </button>
      </div>
      <div class="load">
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`Streams in flight, now ${inflight}`}>
          <polyline points={linePoints(series, WIDTH, HEIGHT)} />
        </svg>
        <p>
          <strong>{number(inflight)}</strong> in flight of {number(streamLimit)}
          <span class="muted"> most in a minute {number(Math.max(0, ...series))}</span>
        </p>
      </div>
      <Counts requests={requests} refused={refused} unanswered={unanswered} refusedStreams={refusedStreams} />
      {record && <Facts record={record} />}
    </section>
  );
}

function Counts(counts: { requests: number; refused: number; unanswered: number; refusedStreams?: number }) {
  return (
    <ul class="counts">
      <li>
        <strong>{number(counts.requests)}</strong> requests
      </li>
      <li>
        <strong>{number(counts.refused)}</strong> refused
      </li>
      <li>
        <strong>{number(counts.unanswered)}</strong> without an answer
      </li>
      {counts.refusedStreams !== undefined && (
        <li>
          <strong>{number(counts.refusedStreams)}</strong> streams above the limit
        </li>
      )}
    </ul>
  );
}

function Facts({ record }: { record: ConnectionRecord }) {
  const { clientSettings, events } = record;
  return (
    <>
      <p class="muted">
        {record.peer}, {record.tls ?? "TLS"}, since {clock(record.openedAt)}
        {record.certificateTopics && `, certificate for ${record.certificateTopics.join(", ") || "no topic"}`}
      </p>
      {clientSettings && (
        <p class="muted">
          Client's settings: window {number(clientSettings.initialWindowSize ?? 65_535)}, frames{" "}
          {number(clientSettings.maxFrameSize ?? 16_384)}, header table{" "}
          {number(clientSettings.headerTableSize ?? 4096)}, push {clientSettings.enablePush ? "on" : "off"}
        </p>
      )}
      <Events events={events} />
    </>
  );
}

/** The events. They are rendered when the user opens them, because each connection may have hundreds. */
function Events({ events }: Pick<ConnectionRecord, "events">) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{counted(events.length, "event")}</summary>
      {isOpen && (
        <ol class="timeline">
          {events.map((event, at) => (
            <li key={at}>
              <time class="mono">{clock(event.at)}</time>
              <span>{describeEvent(event)}</span>
            </li>
          ))}
        </ol>
      )}
    </details>
  );
}

function ShowRequests({ number: of }: { number: number }) {
  return (
    <button
      type="button"
      class="quiet"
      onClick={() => {
        setFilter({ ...NO_FILTER, text: `connection:${of}` });
        setTab("requests");
      }}
    >
      Requests
    </button>
  );
}
