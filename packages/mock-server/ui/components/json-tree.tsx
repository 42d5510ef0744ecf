import { useState } from "preact/hooks";
import type { Json } from "../state/payload.ts";

/** Levels that are open at first, and children that are rendered at once. */
const OPEN_LEVELS = 3;
const MOST_CHILDREN = 100;

/** JSON as a tree that folds. The component renders all values as text, never as markup. */
export function JsonTree({ value, name, level = 0 }: { value: Json; name?: string; level?: number }) {
  const label = name === undefined ? null : <span class="json-name">{name}: </span>;
  if (typeof value !== "object" || value === null) {
    return (
      <div class="json-leaf">
        {label}
        <span class={`json-${value === null ? "null" : typeof value}`}>{JSON.stringify(value)}</span>
      </div>
    );
  }
  const isList = Array.isArray(value);
  const children: [string, Json][] = Object.entries(value);
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  if (children.length === 0) {
    return (
      <div class="json-leaf">
        {label}
        {open}
        {close}
      </div>
    );
  }
  return (
    <details class="json-node" open={level < OPEN_LEVELS}>
      <summary>
        {label}
        <span class="json-brace">{open}</span>
        <span class="json-folded">
          {" "}
          {children.length} {close}
        </span>
      </summary>
      <Children entries={children} level={level + 1} />
      <div class="json-close">{close}</div>
    </details>
  );
}

function Children({ entries, level }: { entries: [string, Json][]; level: number }) {
  const [shown, setShown] = useState(MOST_CHILDREN);
  return (
    <>
      {entries.slice(0, shown).map(([name, value]) => (
        <JsonTree key={name} name={name} value={value} level={level} />
      ))}
      {entries.length > shown && (
        <button type="button" class="quiet" onClick={() => setShown(shown + 10 * MOST_CHILDREN)}>
          {entries.length - shown} more
        </button>
      )}
    </>
  );
}
