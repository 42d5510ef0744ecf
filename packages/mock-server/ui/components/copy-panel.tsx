import { useState } from "preact/hooks";
import { detail, facts } from "../app-state.ts";
import { apnskitSend, type Copy, curl, simulatorFile, vitestTest } from "../state/copy-as.ts";
import type { Row } from "../state/row.ts";
import { CopyButton } from "./copy-button.tsx";
import { ScrollText } from "./scroll-text.tsx";

const FORMS = ["curl", "apnskit send", "Simulator", "vitest"] as const;
type Form = (typeof FORMS)[number];

/** The request in other forms, to copy. */
export function CopyPanel({ row }: { row: Row }) {
  const [form, setForm] = useState<Form>("curl");
  const copy = copyOf(form, row);
  return (
    <section class="card">
      <div class="card-head">
        <h3>Copy as</h3>
        <fieldset class="segments small">
          <legend class="hidden">Form to copy</legend>
          {FORMS.map((each) => (
            <button key={each} type="button" aria-pressed={form === each} onClick={() => setForm(each)}>
              {each}
            </button>
          ))}
        </fieldset>
        {copy && "text" in copy && <CopyButton text={copy.text} />}
        {copy && "text" in copy && form === "Simulator" && (
          <button type="button" class="quiet" onClick={() => download("push.apns", copy.text)}>
            Save
          </button>
        )}
      </div>
      {copy === undefined && <p class="muted">Loading …</p>}
      {copy && "why" in copy && <p class="muted">{copy.why}</p>}
      {copy && "text" in copy && <ScrollText label={`The request as ${form}`} text={copy.text} />}
    </section>
  );
}

function copyOf(form: Form, row: Row): Copy | undefined {
  const server = facts.value;
  if (form === "Simulator") return simulatorFile(row.entry, row.payload);
  if (form === "vitest") return vitestTest(row.entry, row.payload);
  if (!server) return undefined;
  if (form === "apnskit send") return apnskitSend(row.entry, row.payload, server, location.origin);
  const found = detail.value;
  if (found?.entry.id === row.id) return curl(row.entry, found, server, location.origin);
  return { why: "The ledger has dropped this request and its headers." };
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
