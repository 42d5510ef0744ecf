import type { CheckpointRecord } from "@apnskit/campaign";
import { SeededRandom } from "@apnskit/testkit";
import { describe, expect, it } from "vitest";
import { isFinished, RangeState, textsOf } from "../src/campaign/range-state.ts";
import { placesOf, runsOf } from "../src/campaign/runs.ts";

describe("runs of places", () => {
  it.each<[number[], number[]]>([
    [[], []],
    [[0], [0, 1]],
    [
      [3, 1, 2],
      [1, 4],
    ],
    [
      [0, 1, 5, 7, 8],
      [0, 2, 5, 6, 7, 9],
    ],
    [
      [4, 4, 5],
      [4, 6],
    ],
  ])("of %j are %j", (places, runs) => {
    expect(runsOf(places)).toEqual(runs);
    expect([...placesOf(runs)]).toEqual([...new Set(places)].sort((a, b) => a - b));
  });

  it("come back as they were, whichever they are", () => {
    const random = new SeededRandom(7);
    for (let round = 0; round < 200; round++) {
      const places = Array.from({ length: 300 }, (_, index) => index).filter(() => random.next() < 0.6);
      expect([...placesOf(runsOf(places))]).toEqual(places);
    }
  });
});

const FROM = 100;
const identity = { name: "sale", notification: "", inDoubt: "resend", collapse: true, blockSize: 8 } as const;

describe("the state of a range", () => {
  const records: CheckpointRecord[] = [
    { kind: "begun", at: 1_700_000_000_000, identity },
    { kind: "block", block: 0, size: 8, hash: "abc" },
    { kind: "handed-out", runs: [100, 106] },
    { kind: "accepted", runs: [100, 101, 102, 103] },
    {
      kind: "ended",
      ends: [
        { index: 101, result: "rejected", reason: "Unregistered", deadToken: "ab", timestamp: 5 },
        { index: 103, result: "unknown", reason: "ERR_APNS_TIMEOUT" },
      ],
    },
    { kind: "returned", runs: [104, 105] },
    { kind: "in-doubt", runs: [105, 106], action: "resend" },
    { kind: "in-doubt", runs: [106, 107], action: "report" },
  ];

  it("follows from its records", () => {
    const state = new RangeState(FROM, 8, textsOf(records));
    expect(state.counts).toEqual({ pending: 3, underWay: 0, accepted: 2, otherwise: 2, inDoubt: 1 });
    expect(state.pending()).toEqual([104, 105, 107]);
    expect([state.inDoubt(), state.resent()]).toEqual([[106], [105]]);
    expect(state.begun).toEqual({ at: 1_700_000_000_000, identity });
    expect([state.hash, state.finishedAt, state.isComplete]).toEqual(["abc", undefined, false]);
  });

  it("passes over records of later versions, and places of other ranges", () => {
    const texts = ['{"kind":"later"}', '{"kind":"handed-out","runs":[0,101]}'];
    expect(new RangeState(FROM, 2, texts).counts).toMatchObject({ pending: 1, underWay: 1 });
  });

  it("shows in its text whether it is finished", () => {
    expect(isFinished(textsOf(records))).toBe(false);
    expect(isFinished(textsOf([...records, { kind: "finished", at: 1 }]))).toBe(true);
  });

  it("is the same after it was compacted, after any records", () => {
    const random = new SeededRandom(11);
    const size = 50;
    for (let round = 0; round < 100; round++) {
      const some = () => Array.from({ length: size }, (_, at) => FROM + at).filter(() => random.next() < 0.2);
      const given = Array.from({ length: 12 }, (): CheckpointRecord => {
        const places = some();
        const runs = runsOf(places);
        const ends = places.map(
          (index) => ({ index, result: "rejected", reason: "BadDeviceToken" }) as const,
        );
        const kinds: CheckpointRecord[] = [
          { kind: "handed-out", runs },
          { kind: "accepted", runs },
          { kind: "returned", runs },
          { kind: "in-doubt", runs, action: random.next() < 0.5 ? "resend" : "skip" },
          { kind: "ended", ends },
        ];
        return kinds[Math.floor(random.next() * kinds.length)]!;
      });
      const state = new RangeState(FROM, size, textsOf(given));
      const copy = new RangeState(FROM, size, textsOf(state.compact()));
      const shown = (one: RangeState) => [one.counts, one.pending(), one.underWay(), one.inDoubt()];
      expect(shown(copy)).toEqual(shown(state));
      expect(copy.resent().sort()).toEqual(state.resent().sort());
      const endsOf = (one: RangeState) => [...one.ends].map(({ index }) => index).sort();
      expect(endsOf(copy)).toEqual(endsOf(state));
    }
  });
});
