import { type CallerEnd, type Case, ENOUGH, type Expectation, type LayerName, type Limit } from "./case.ts";
import { credentialAnswers, disowned, doubtful, type Ending, retriedAnswers } from "./ending.ts";
import type { Action, Step } from "./script.ts";

/** A way in which a request ends after its server has gone. */
interface Way {
  readonly name: string;
  readonly limit: Limit;
  readonly how?: CallerEnd["how"];
}

const ways: readonly Way[] = [
  { name: "its timeout passes", limit: { kind: "timeout", ms: 900 } },
  { name: "its deadline passes", limit: { kind: "deadline", ms: 900 } },
  { name: "its expiration passes", limit: { kind: "expiration", ms: 900 } },
  { name: "it is aborted", limit: { kind: "timeout", ms: ENOUGH }, how: "abort" },
  { name: "its caller closes", limit: { kind: "timeout", ms: ENOUGH }, how: "close" },
];

/** Milliseconds after which a caller ends a request that waits for its next attempt. */
const INTO_THE_PAUSE = 30;
/** A pause that is not over then, and that leaves no time for a third attempt. */
const PAUSE = 400;

/**
 * Three steps: an attempt ends, the server rejects the next attempt, and then the server is gone for good.
 * The outcome must still reflect the possible effect of the first attempt.
 */
export function ruins(layer: LayerName): readonly Case[] {
  const credentials = credentialAnswers.filter(() => layer === "client");
  const middles = [...retriedAnswers, ...credentials, ...disowned];
  // The client uses the pool's time limits, so one of them is enough there.
  const here = ways.filter(({ limit }) => layer === "client" || limit.kind === "timeout");
  const inTime = here.filter(({ how }) => how === undefined);
  const harmless = [retriedAnswers[0]!, retriedAnswers[3]!, disowned[0]!, ...credentials];
  return [
    ...doubtful.flatMap((first) =>
      middles.flatMap((middle) => here.map((way) => ruin(layer, first, middle, way))),
    ),
    ...harmless.flatMap((first) =>
      middles
        // The client does not renew a token twice in a row.
        .filter((middle) => first.credentials !== "renew" || middle.credentials !== "renew")
        .flatMap((middle) => inTime.map((way) => ruin(layer, first, middle, way))),
    ),
  ];
}

function ruin(layer: LayerName, first: Ending, middle: Ending, way: Way): Case {
  return {
    name: `${first.name} → ${middle.name} → the server is gone, and ${way.name}`,
    layer,
    script: { requests: [first.step, thenGone(middle.step)] },
    idempotent: first.effect === "possible",
    limit: way.limit,
    pause: PAUSE,
    ends: way.how === undefined ? [] : [{ how: way.how, at: "acted", attempt: 2, after: INTO_THE_PAUSE }],
    expected: expectation(first, middle, way),
  };
}

function expectation(first: Ending, middle: Ending, way: Way): Expectation {
  // Both claims are true: the last answer, and the earlier doubt.
  if (first.effect === "possible") {
    const answer = middle.claim.startsWith("rejected") ? ` or ${middle.claim}` : "";
    return { claim: `unknown${answer}`, attempts: undefined };
  }
  // When the time is up, the last answer counts.
  const stands = way.how === undefined && middle.claim.startsWith("rejected");
  return { claim: stands ? middle.claim : undefined, attempts: undefined };
}

/** The same step, after which the server is gone. */
function thenGone({ head, whole }: Step): Step {
  const gone = (actions: readonly Action[]): readonly Action[] => {
    const closes = actions.some((action) => "close" in action);
    return [{ listen: false }, ...actions, ...(closes ? [] : ([{ close: "fin" }] as const))];
  };
  return {
    ...(head !== undefined && { head: gone(head) }),
    ...(whole !== undefined && { whole: gone(whole) }),
  };
}
