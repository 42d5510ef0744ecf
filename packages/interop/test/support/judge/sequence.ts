import { anythingTrue, type CallerEnd, type Case, ENOUGH, type Expectation, type LayerName } from "./case.ts";
import { accepted, type Ending } from "./ending.ts";
import type { ConnectionPlan, Script, Step } from "./script.ts";

/** How the attempts of one request end, one after the other; what comes behind is accepted. */
export interface Sequence {
  readonly endings: readonly Ending[];
  readonly idempotent: boolean;
}

/** A request under which so many connections were lost may be what the server cannot bear: it does not go again. */
const MOST_LOSSES = 2;

/** What is ended by its limit has to be waited for. */
const SHORT = 600;
/** The same, behind pauses for the sake of the credentials. */
const SHORT_AFTER_PAUSES = 1_800;

/** Each ending, followed by each other one where another attempt is possible. */
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

/** Whether there can be another attempt after an ending. */
function goesOn(ending: Ending, idempotent: boolean, layer: LayerName): boolean {
  if (layer === "connection") return false;
  if (layer === "client" && ending.credentials !== undefined) return true;
  return (
    ending.next === "again" ||
    ending.next === "varies" ||
    (ending.next === "again if idempotent" && idempotent)
  );
}

/** What the server does. */
export function scriptOf(endings: readonly Ending[]): Script {
  const steps: Step[] = [];
  const connections: ConnectionPlan[] = [];
  for (const { begin, settings, step } of endings) {
    // An attempt that dies with its connection never comes to the server, so it takes none of the steps.
    connections.push({ ...(begin !== undefined && { begin }), ...(settings !== undefined && { settings }) });
    if (begin !== undefined) continue;
    const before = steps.at(-1);
    // Where the attempt comes over the connection of the one before it, the settings have to be changed there.
    if (settings !== undefined && before?.whole !== undefined) {
      steps[steps.length - 1] = { ...before, whole: [{ settings }, ...before.whole] };
    }
    steps.push(step);
  }
  if (endings.at(-1)?.settings === undefined) connections.push({});
  return { connections, requests: steps };
}

/** What must come out of a sequence at a layer. */
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
      // A token that was just renewed for that reason is not renewed again.
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

/** What an earlier attempt may have done is not undone by a later one. */
function doubted(claim: string): string {
  return claim.startsWith("unsent") ? "unknown" : claim;
}
