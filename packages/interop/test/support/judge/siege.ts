import type { Case, LayerName, Limit } from "./case.ts";
import { credentialAnswers, disowned, retriedAnswers } from "./ending.ts";

const limits = [
  { kind: "timeout", ms: 1_800 },
  { kind: "deadline", ms: 1_800 },
  { kind: "expiration", ms: 1_800 },
] as const satisfies readonly Limit[];

/**
 * The server rejects every attempt in the same way until the time is up. Then the request must settle in
 * time, with the last answer.
 */
export function sieges(layer: LayerName): readonly Case[] {
  const pausing = credentialAnswers.filter(
    ({ credentials }) => layer === "client" && credentials === "pause",
  );
  return [...retriedAnswers, ...pausing, disowned[0]!].flatMap((ending) =>
    limits.map(
      (limit): Case => ({
        name: `${ending.name} until its ${limit.kind} passes`,
        layer,
        script: { afterwards: ending.step },
        idempotent: false,
        limit,
        pause: 250,
        ends: [],
        expected: {
          claim: ending.claim.startsWith("rejected") ? ending.claim : "unsent",
          attempts: undefined,
        },
      }),
    ),
  );
}
