import type { DeviceState } from "../../src/services/device-registry.ts";
import { attempt, devices } from "../app-state.ts";
import { controlApi } from "../control-api.ts";

const CHANGES: readonly (readonly [state: DeviceState["state"], label: string])[] = [
  ["active", "Registered"],
  ["unregistered", "Unregistered"],
  ["expired", "Expired"],
];

/** Sets the answers to the next pushes to a device. */
export function DeviceActions({ token }: { token: string }) {
  return (
    <section class="card">
      <h3>This device</h3>
      <p class="muted">Sets the answer to its next push.</p>
      <DeviceStates token={token} />
    </section>
  );
}

/** Buttons for the states of a device. */
export function DeviceStates({ token }: { token: string }) {
  const known = devices.value.find((device) => device.token === token.toLowerCase());
  return (
    <fieldset class="segments small">
      <legend class="hidden">State of the device</legend>
      {CHANGES.map(([state, label]) => (
        <button
          key={state}
          type="button"
          aria-pressed={known?.state.state === state}
          onClick={() =>
            void attempt(() => controlApi.changeDevice(token, { state }), `${label} from now on`)
          }
        >
          {label}
        </button>
      ))}
      <button
        type="button"
        aria-pressed={known === undefined}
        onClick={() =>
          void attempt(async () => known && controlApi.forgetDevice(token), "Default from now on")
        }
      >
        Default
      </button>
    </fieldset>
  );
}
