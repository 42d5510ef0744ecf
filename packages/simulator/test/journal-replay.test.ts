import type { CheckpointRecord } from "@apnskit/campaign";
import { describe, expect, it } from "vitest";
import { JournalReplay } from "../src/oracles/journal-replay.ts";

const handedOut: CheckpointRecord = { kind: "handed-out", runs: [0, 2] };
const accepted: CheckpointRecord = { kind: "accepted", runs: [0, 1] };
const working: CheckpointRecord = { kind: "working", at: 0 };

function findingsOf(records: readonly CheckpointRecord[]): string[] {
  const findings: string[] = [];
  const replay = new JournalReplay((text) => findings.push(text));
  for (const record of records) replay.apply(record);
  return findings;
}

describe("JournalReplay", () => {
  it("finds nothing wrong with a campaign that was killed and resumed", () => {
    const inDoubt: CheckpointRecord = { kind: "in-doubt", runs: [1, 2], action: "resend" };
    const again: CheckpointRecord = { kind: "handed-out", runs: [1, 3] };
    const rest: CheckpointRecord = { kind: "accepted", runs: [1, 3] };
    expect(findingsOf([working, handedOut, accepted, working, inDoubt, again, rest])).toEqual([]);
  });

  it.each<[string, readonly CheckpointRecord[]]>([
    ["becomes accepted, but was pending", [working, accepted]],
    ["becomes handed out, but was handed out", [working, handedOut, handedOut]],
    ["before those in doubt are named", [working, handedOut, working, { kind: "handed-out", runs: [2, 3] }]],
    [
      "1 recipients in doubt are not named",
      [working, handedOut, working, { kind: "in-doubt", runs: [0, 1], action: "skip" }],
    ],
    ["is returned, who is accepted", [working, handedOut, accepted, { kind: "returned", runs: [0, 1] }]],
  ])("finds: %s", (text, records) => {
    expect(findingsOf(records).join()).toContain(text);
  });
});
