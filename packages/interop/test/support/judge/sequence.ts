import { anythingTrue, type CallerEnd, type Case, ENOUGH, type Expectation, type LayerName } from "./case.ts";
import { accepted, type Ending } from "./ending.ts";
import type { ConnectionPlan, Script, Step } from "./script.ts";

/** The endings of one request's attempts, in order. The server accepts any later attempt. */
export interface Sequence {
  readonly endings: readonly Ending[];
  readonly idempotent: boolean;
}

/**
 * After so many lost connections, the request itself may crash the server, so the engine does not resend it.
 */
const MOST_LOSSES = 2;

/** Milliseconds, a short limit, because the test must wait for it to pass. */
const SHORT = 600;
/** The same for cases that pause for the credentials. */
const SHORT_AFTER_PAUSES = 1_800;

/** Each ending, followed by each other ending if another attempt is possible. */
export function pairs(
  first: readonly Ending[],
  second: readonly Ending[],
  layer: LayerName,
): readonly Case[] {
  return [false, true].flatMap((idempotent) =>
    first.flatMap((ending) =>
      goesOn(ending, idempotent, layer)
        ? second.map((next) => caseOf({ endings: [ending, next], idempotent }, layer))
        : [caseOf({ endings: [ending], idempotent }, layer)],
    ),
  );
}

function caseOf(sequence: Sequence, layer: LayerName): Case {
  const { endings, idempotent } = sequence;
  const waits = endings.some((ending) => ending.waits);
  const pauses = endings.some(({ credentials }) => credentials === "pause");
  return {
    name: `${endings.map(({ name }) => name).join(" → ")}${idempotent ? " (idempotent)" : ""}`,
    layer,
    script: scriptOf(endings),
    idempotent,
    limit: { kind: "timeout", ms: waits ? (pauses ? SHORT_AFTER_PAUSES : SHORT) : ENOUGH },
    ends: endings.flatMap(({ caller }, index): CallerEnd[] =>
      caller === undefined ? [] : [{ how: caller, at: "whole", attempt: index + 1 }],
    ),
    expected: expectationOf(sequence, layer),
  };
}

/** Whether another attempt can follow an ending. */
function goesOn(ending: Ending, idempotent: boolean, layer: LayerName): boolean {
  if (layer === "connection") return false;
  if (layer === "client" && ending.credentials !== undefined) return true;
  return (
    ending.next === "again" ||
    ending.next === "varies" ||
    (ending.next === "again if idempotent" && idempotent)
  );
}

/** The server's script for a sequence of endings. */
export function scriptOf(endings: readonly Ending[]): Script {
  const steps: Step[] = [];
  const connections: ConnectionPlan[] = [];
  for (const { begin, settings, step } of endings) {
    // An attempt that dies with its connection never arrives at the server, so it uses no step.
    connections.push({ ...(begin !== undefined && { begin }), ...(settings !== undefined && { settings }) });
    if (begin !== undefined) continue;
    const before = steps.at(-1);
    // If the attempt uses the connection of the previous attempt, that connection must change its settings.
    if (settings !== undefined && before?.whole !== undefined) {
      steps[steps.length - 1] = { ...before, whole: [{ settings }, ...before.whole] };
    }
    steps.push(step);
  }
  if (endings.at(-1)?.settings === undefined) connections.push({});
  return { connections, requests: steps };
}

/** The expected result of a sequence at a layer. */
function expectationOf({ endings, idempotent }: Sequence, layer: LayerName): Expectation {
  let renewed = false;
  let doubt = false;
  let losses = 0;
  for (const [index, ending] of [...endings, accepted].entries()) {
    if (ending.next === "varies") return anythingTrue;
    const attempts = ending.effect === "varies" ? undefined : index + 1;
    const settled: Expectation = { claim: doubt ? doubted(ending.claim) : ending.claim, attempts };
    if (layer === "connection") return settled;
    if (layer === "client" && ending.credentials !== undefined) {
      // The client does not renew a token twice in a row for the same reason.
      if (ending.credentials === "renew" && renewed) return settled;
      renewed ||= ending.credentials === "renew";
      continue;
    }
    if (ending.next === "settle") return settled;
    if (ending.next === "again if idempotent" && !idempotent) return settled;
    if (ending.effect === "varies") return anythingTrue;
    if (ending.loses && ++losses === MOST_LOSSES) return settled;
    doubt ||= ending.effect === "possible";
  }
  throw new Error("a sequence ends with an accepted attempt");
}

/** A later attempt does not undo the possible effect of an earlier attempt. */
function doubted(claim: string): string {
  return claim.startsWith("unsent") ? "unknown" : claim;
}
