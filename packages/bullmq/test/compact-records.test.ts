import type { CheckpointRecord } from "@apnskit/campaign";
import { CampaignState } from "@apnskit/campaign/internal";
import { SeededRandom } from "@apnskit/testkit";
import { describe, expect, it } from "vitest";
import { compacted, isFinished } from "../src/campaign/compact-records.ts";

const FROM = 100;
const SIZE = 60;
const identity = {
  name: "sale",
  notification: "",
  inDoubt: "resend",
  collapse: true,
  blockSize: SIZE,
  count: SIZE,
} as const;

function stateOf(records: readonly CheckpointRecord[]): CampaignState {
  const state = new CampaignState(FROM);
  for (const record of records) state.apply(record);
  return state;
}

/** Records as a worker that is stopped now and then leaves them. */
function history(random: SeededRandom): CheckpointRecord[] {
  const records: CheckpointRecord[] = [
    { kind: "begun", at: 1_000, identity },
    { kind: "working", at: 1_001 },
    { kind: "block", block: 0, size: SIZE, hash: "abc" },
  ];
  for (let at = 0; at < SIZE; at++) {
    const [place, run] = [FROM + at, [FROM + at, FROM + at + 1]];
    for (let tries = 0; ; tries++) {
      records.push({ kind: "handed-out", runs: run });
      const dice = tries > 3 ? 1 : random.next();
      if (dice < 0.2) records.push({ kind: "returned", runs: run });
      else if (dice < 0.3) records.push({ kind: "in-doubt", runs: run, action: "resend" });
      else if (dice < 0.4) {
        const retryable = {
          index: place,
          result: "unsent",
          reason: "ERR_APNS_TIMEOUT",
          retryable: true,
        } as const;
        records.push({ kind: "ended", ends: [retryable] }, { kind: "returned", runs: run });
      } else {
        const dead = {
          index: place,
          result: "rejected",
          reason: "Unregistered",
          deadToken: `t${at}`,
        } as const;
        if (dice < 0.5) records.push({ kind: "in-doubt", runs: run, action: "report" });
        else if (dice < 0.6) records.push({ kind: "ended", ends: [dead] });
        else records.push({ kind: "accepted", runs: run });
        break;
      }
    }
  }
  return [...records, { kind: "finished", at: 2_000 }];
}

describe("the records of a finished range", () => {
  it("tell the same when they were made fewer, whatever happened", () => {
    for (let seed = 1; seed <= 100; seed++) {
      const records = history(new SeededRandom(seed));
      const fewer = compacted(records, stateOf(records));
      expect(fewer.length).toBeLessThan(records.length / 2);
      const [before, after] = [stateOf(records).report(), stateOf(fewer).report()];
      expect(after, `seed ${seed}`).toEqual(before);
      expect(isFinished(fewer.map((record) => JSON.stringify(record)))).toBe(true);
    }
  });
});
