import { select, store } from "../app-state.ts";
import { date } from "../format.ts";
import { activitySteps } from "../state/activity.ts";
import type { Json } from "../state/payload.ts";
import type { ActivityPreview } from "../state/preview.ts";
import type { Row } from "../state/row.ts";
import { AppIcon } from "./app-icon.tsx";
import { Text } from "./notification-screens.tsx";

const MOST_FIELDS = 12;
const MOST_STEPS = 30;

/** A Live Activity as a card with its state, the changes by this push, and the pushes before and after. */
export function ActivityCard({ row, preview }: { row: Row; preview: ActivityPreview }) {
  const steps = activitySteps(row, store.rows);
  const at = steps.findIndex((step) => step.row.id === row.id);
  const changed = new Set(steps[at]?.changed ?? []);
  const type =
    preview.type ?? steps.slice(0, at + 1).findLast((step) => step.preview.type !== undefined)?.preview.type;
  const from = Math.max(0, Math.min(at - MOST_STEPS / 2, steps.length - MOST_STEPS));
  return (
    <>
      <div class="phone lock activity-screen">
        <article class={`activity ${preview.event}`}>
          <header>
            <AppIcon app={preview.app} />
            <span class="activity-app">
              {preview.app}
              {type !== undefined && <small>{type}</small>}
            </span>
            <span class="activity-event">{preview.event}</span>
          </header>
          <StateTable state={preview.attributes} changed={new Set()} name="Attributes" />
          <StateTable state={preview.state} changed={changed} name="State" />
          {(preview.alert.title || preview.alert.body) && (
            <p class="activity-alert" dir="auto">
              <Text text={preview.alert.title} /> <Text text={preview.alert.body} />
            </p>
          )}
        </article>
      </div>
      <ul class="preview-facts">
        {preview.staleDate !== undefined && <li>Stale from {date(preview.staleDate * 1000)}</li>}
        {preview.event === "end" && (
          <li>
            {preview.dismissalDate === undefined
              ? "Stays for up to four hours"
              : `Removed at ${date(preview.dismissalDate * 1000)}`}
          </li>
        )}
        {changed.size > 0 && <li>Changed: {[...changed].join(", ")}</li>}
      </ul>
      {steps.length > 1 && (
        <nav class="steps" aria-label="Pushes to this Live Activity">
          {steps.slice(from, from + MOST_STEPS).map((step, place) => (
            <button
              key={step.row.id}
              type="button"
              class={step.preview.event}
              aria-current={step.row.id === row.id ? "step" : undefined}
              aria-label={`Push ${from + place + 1}: ${step.preview.event}`}
              title={`#${step.row.id} ${step.preview.event}`}
              onClick={() => select(step.row.id)}
            >
              {from + place + 1}
            </button>
          ))}
        </nav>
      )}
    </>
  );
}

function StateTable({
  state,
  changed,
  name,
}: {
  state: Record<string, Json>;
  changed: Set<string>;
  name: string;
}) {
  const fields = Object.entries(state);
  if (fields.length === 0) return null;
  return (
    <dl class="activity-state" aria-label={name}>
      {fields.slice(0, MOST_FIELDS).map(([field, value]) => (
        <div key={field} class={changed.has(field) ? "changed" : ""}>
          <dt>{field}</dt>
          <dd dir="auto">{typeof value === "string" ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
      {fields.length > MOST_FIELDS && <p>and {fields.length - MOST_FIELDS} more</p>}
    </dl>
  );
}
