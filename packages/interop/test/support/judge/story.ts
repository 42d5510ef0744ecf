import type { Case } from "./case.ts";
import type { Told } from "./oracle.ts";
import type { LedgerAttempt, SceneLedger } from "./scene.ts";

const FRAMES_SHOWN = 30;

/** All events of a case, for the reader of a failure. */
export function storyOf({ name, layer }: Case, told: Told, { attempts, connections }: SceneLedger): string {
  return [
    `  sequence: ${name}, at the ${layer}`,
    `  told: ${told.claim} (${told.text}) after ${Math.round(told.took)} ms`,
    ...attempts.map((attempt) => `  server: ${inWords(attempt)}`),
    ...connections.map(
      ({ number, frames }) => `  connection ${number}: ${frames.slice(0, FRAMES_SHOWN).join(" ")}`,
    ),
  ].join("\n");
}

function inWords(attempt: LedgerAttempt): string {
  const facts = [
    attempt.whole ? "whole" : "not whole",
    attempt.began && "answer begun",
    attempt.status !== null && `answered ${attempt.status}`,
    attempt.reset !== null && `reset with ${attempt.reset}`,
    attempt.disowned && "disowned",
    attempt.cancelled && "cancelled by the client",
  ].filter((fact) => fact !== false);
  return `attempt ${attempt.number} on connection ${attempt.connection}, stream ${attempt.stream}: ${facts.join(", ")}`;
}
