import { useState } from "preact/hooks";
import { attempt, devices, setFilter, setTab, store, version } from "../app-state.ts";
import { controlApi } from "../control-api.ts";
import { counted, date, number } from "../format.ts";
import { NO_FILTER } from "../state/filter.ts";
import { DeviceStates } from "./device-actions.tsx";

const MOST_SHOWN = 100;

/** Device tokens that the server knows, and other device tokens that received pushes. */
export function DevicesTab() {
  version.value;
  const [token, setToken] = useState("");
  const told = devices.value;
  const names = new Set(told.map((device) => device.token));
  const seen = store.devices(MOST_SHOWN, (each) => !names.has(each));
  return (
    <div class="page">
      <section class="card" aria-labelledby="devices-told">
        <h2 id="devices-told">Known devices</h2>
        <p class="muted">
          Any whole number of bytes in hexadecimal is a valid device token, unless you set another state here.
        </p>
        <form
          class="one-line"
          onSubmit={(event) => {
            event.preventDefault();
            void attempt(() => controlApi.changeDevice(token.trim(), { state: "active" }), "Registered").then(
              (isDone) => isDone && setToken(""),
            );
          }}
        >
          <input
            class="mono"
            aria-label="Device token"
            placeholder="Device token"
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
            autocomplete="off"
            spellcheck={false}
          />
          <button type="submit" disabled={token.trim() === ""}>
            Register
          </button>
        </form>
        {told.slice(0, MOST_SHOWN).map((device) => (
          <div key={device.token} class="device">
            <Token token={device.token} />
            <p class="muted">
              {device.topic ?? "any app"}, {device.environment}
              {"since" in device.state && `, since ${date(device.state.since)}`}
            </p>
            <DeviceStates token={device.token} />
          </div>
        ))}
        {told.length > MOST_SHOWN && <p class="muted">and {told.length - MOST_SHOWN} more</p>}
      </section>
      <section class="card" aria-labelledby="devices-seen">
        <h2 id="devices-seen">Other devices with pushes</h2>
        {seen.found.length === 0 && <p class="muted">None yet.</p>}
        {seen.found.map(([each, count]) => (
          <div key={each} class="device">
            <Token token={each} />
            <p class="muted">{counted(count, "push").replace("pushs", "pushes")}</p>
            <DeviceStates token={each} />
          </div>
        ))}
        {seen.more > 0 && <p class="muted">and {number(seen.more)} more</p>}
      </section>
    </div>
  );
}

function Token({ token }: { token: string }) {
  return (
    <button
      type="button"
      class="link mono breaks"
      title="Show its requests"
      onClick={() => {
        setFilter({ ...NO_FILTER, text: `token:${token}` });
        setTab("requests");
      }}
    >
      {token}
    </button>
  );
}
