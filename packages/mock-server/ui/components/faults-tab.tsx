import { useState } from "preact/hooks";
import type { Fault } from "../../src/faults/fault.ts";
import { faultWords, latencyWords } from "../../src/faults/fault-words.ts";
import { attempt, kinds, say, serverState } from "../app-state.ts";
import { controlApi } from "../control-api.ts";
import { counted, number } from "../format.ts";
import { literal } from "../state/copy-as.ts";
import { faultTitle, readLatency } from "../state/fault-form.ts";
import { FAULT_PRESETS } from "../state/fault-presets.ts";
import { FaultForm } from "./fault-form-view.tsx";
import { FaultLines } from "./fault-lines.tsx";
import { useChosen } from "./use-chosen.ts";

const MOST_SHOWN = 100;

/** The faults: buttons for common faults, a form for all of them, and the faults in force. */
export function FaultsTab() {
  return (
    <div class="page faults">
      <section class="card" aria-labelledby="faults-in-force">
        <InForce />
      </section>
      <section class="card" aria-labelledby="faults-buttons">
        <h2 id="faults-buttons">At a press</h2>
        <div class="presets">
          {FAULT_PRESETS.map((preset) => (
            <button
              key={preset.label}
              type="button"
              class="preset"
              onClick={() =>
                void attempt(
                  async () => {
                    if ("inject" in preset) await controlApi.inject(preset.inject);
                    else say(`${counted((await controlApi.strike(preset.strike)).hit, "connection")} hit`);
                  },
                  "inject" in preset ? `In force: ${preset.label}` : undefined,
                )
              }
            >
              <strong>{preset.label}</strong>
              <span>{preset.does}</span>
              <code>
                {"inject" in preset
                  ? `--fault ${faultWords(preset.inject)}`
                  : `server.strike(${literal(preset.strike)});`}
              </code>
            </button>
          ))}
        </div>
      </section>
      <section class="card" aria-labelledby="faults-form">
        <h2 id="faults-form">Any fault</h2>
        {kinds.value.length === 0 ? <p class="muted">Loading …</p> : <FaultForm kinds={kinds.value} />}
      </section>
      <section class="card" aria-labelledby="faults-server">
        <h2 id="faults-server">The server itself</h2>
        <ServerSwitches />
      </section>
    </div>
  );
}

function InForce() {
  const faults = serverState.value?.faults ?? [];
  return (
    <>
      <div class="card-head">
        <h2 id="faults-in-force">In force</h2>
        {faults.length > 0 && (
          <button
            type="button"
            class="quiet"
            onClick={() => void attempt(controlApi.clearFaults, "No faults in force")}
          >
            End all
          </button>
        )}
      </div>
      {faults.length === 0 && <p class="muted">None: the server answers as APNs does.</p>}
      <ul class="in-force">
        {faults.slice(0, MOST_SHOWN).map(({ id, fault, hits }) => (
          <li key={id}>
            <div>
              <strong>{faultTitle(fault as Fault & Record<string, unknown>)}</strong>{" "}
              <span class="muted">{counted(hits, "hit")}</span>
              <FaultLines fault={fault} />
            </div>
            <button
              type="button"
              onClick={() => void attempt(() => controlApi.removeFault(id), "Ended")}
              aria-label={`End: ${faultTitle(fault as Fault & Record<string, unknown>)}`}
            >
              End
            </button>
          </li>
        ))}
      </ul>
      {faults.length > MOST_SHOWN && <p class="muted">and {number(faults.length - MOST_SHOWN)} more</p>}
    </>
  );
}

function ServerSwitches() {
  const state = serverState.value;
  const [words, setWords] = useState("");
  const [isListening, chooseListening] = useChosen(state?.listening ?? true);
  if (!state) return <p class="muted">Loading …</p>;
  const latency = readLatency(words.trim());
  return (
    <div class="switches">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (latency === undefined) say("Write the latency as 50, 20..80 or median=40,p99=250.", true);
          else void attempt(() => controlApi.setLatency(latency), "Latency set");
        }}
      >
        <label>
          Latency in ms
          <input
            value={words}
            placeholder={latencyWords(state.latency)}
            onInput={(event) => setWords(event.currentTarget.value)}
            autocomplete="off"
          />
        </label>
        <button type="submit">Set</button>
        <span class="muted">
          now <code>{latencyWords(state.latency)}</code>
        </span>
      </form>
      <label class="switch">
        <input
          type="checkbox"
          checked={isListening}
          onChange={({ currentTarget: { checked } }) =>
            chooseListening(checked, () => attempt(() => controlApi.setListening(checked)))
          }
        />
        Takes new connections
      </label>
    </div>
  );
}
