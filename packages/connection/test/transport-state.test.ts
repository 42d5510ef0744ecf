import { expect, test } from "vitest";
import { nextState } from "../src/transport-state.ts";

const states = ["connecting", "active", "draining", "closed"] as const;
const inputs = ["settings", "drain", "end"] as const;

test("every input in every state: the table that the picture in docs/architecture.md shows", () => {
  const table = states.map((state) => [state, ...inputs.map((input) => nextState(state, input) ?? "–")]);
  expect(table).toEqual([
    //              first SETTINGS  no more requests  the end
    ["connecting", "active", "closed", "closed"],
    ["active", "–", "draining", "closed"],
    ["draining", "–", "–", "closed"],
    ["closed", "–", "–", "–"],
  ]);
});

test("a state is never entered twice: no path leads back", () => {
  for (const [place, state] of states.entries()) {
    for (const input of inputs) {
      const next = nextState(state, input);
      if (next !== undefined) expect(states.indexOf(next)).toBeGreaterThan(place);
    }
  }
});
