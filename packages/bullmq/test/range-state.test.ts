import { SeededRandom } from "@apnskit/testkit";
import { describe, expect, it } from "vitest";
import { numbersOf, runsOf } from "../src/campaign/index-runs.ts";
import { type RangeRecord, readRecord, writeRecord } from "../src/campaign/range-record.ts";
import { RangeState } from "../src/campaign/range-state.ts";
import { recipientIdentity } from "../src/campaign/recipient-identity.ts";

describe("runs of indices", () => {
  it.each<[number[], string]>([
    [[], ""],
    [[0], "0"],
    [[3, 1, 2], "1-3"],
    [[0, 1, 5, 7, 8], "0-1,5,7-8"],
    [[4, 4, 5], "4-5"],
  ])("of %j are %j", (numbers, text) => {
    expect(runsOf(numbers)).toBe(text);
    expect([...numbersOf(text)]).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });

  it("come back as they were, whichever they are", () => {
    const random = new SeededRandom(7);
    for (let round = 0; round < 200; round++) {
      const numbers = Array.from({ length: 300 }, (_, index) => index).filter(() => random.next() < 0.6);
      expect([...numbersOf(runsOf(numbers))]).toEqual(numbers);
    }
  });

  it.each(["x", "1-", "-1", "1-2-3", "1,,2"])("of other text %j are those that can be read", (text) => {
    expect([...numbersOf(text)].every((number) => number === 1 || number === 2)).toBe(true);
  });
});

const records: RangeRecord[] = [
  { kind: "begun", hash: "abc.def", at: 1_700_000_000_000 },
  { kind: "handed-out", indices: [0, 1, 2, 3, 4, 5] },
  { kind: "accepted", indices: [0, 2] },
  {
    kind: "ended",
    ends: [
      { index: 1, result: "rejected", reason: "Unregistered", deadToken: "ab", timestamp: 5 },
      { index: 3, result: "unknown", reason: "ERR_APNS_TIMEOUT" },
    ],
  },
  { kind: "returned", indices: [4] },
  { kind: "in-doubt", indices: [5], resend: true },
  { kind: "in-doubt", indices: [6], resend: false },
  { kind: "finished", at: 1_700_000_001_000 },
];

describe("a record of a range", () => {
  it.each(records)("of kind $kind comes back as it was", (record) => {
    expect(writeRecord(record)).not.toContain("\n");
    expect(readRecord(writeRecord(record))).toEqual(record);
  });

  it("of a later version is passed over", () => {
    expect(readRecord("z something")).toBeUndefined();
    expect(new RangeState(2, ["z something", "h 0"]).counts).toMatchObject({ pending: 1, underWay: 1 });
  });
});

describe("the state of a range", () => {
  it("follows from its records", () => {
    const state = new RangeState(8, records.map(writeRecord));
    expect(state.counts).toEqual({ pending: 3, underWay: 0, accepted: 2, otherwise: 2, inDoubt: 1 });
    expect(state.pending()).toEqual([4, 5, 7]);
    expect([state.inDoubt(), state.resent()]).toEqual([[6], [5]]);
    expect(state.begun).toEqual({ hash: "abc.def", at: 1_700_000_000_000 });
  });

  it("is the same after it was compacted, after any records", () => {
    const random = new SeededRandom(11);
    const size = 50;
    for (let round = 0; round < 100; round++) {
      const some = () => Array.from({ length: size }, (_, index) => index).filter(() => random.next() < 0.2);
      const texts = Array.from({ length: 12 }, () => {
        const indices = some();
        const ends = indices.map(
          (index) => ({ index, result: "rejected", reason: "BadDeviceToken" }) as const,
        );
        const kinds: RangeRecord[] = [
          { kind: "handed-out", indices },
          { kind: "accepted", indices },
          { kind: "returned", indices },
          { kind: "in-doubt", indices, resend: random.next() < 0.5 },
          { kind: "ended", ends },
        ];
        return writeRecord(kinds[Math.floor(random.next() * kinds.length)]!);
      });
      const state = new RangeState(size, texts);
      const copy = new RangeState(size, state.compact());
      const shown = (one: RangeState) => [one.counts, one.pending(), one.underWay(), one.inDoubt()];
      expect(shown(copy)).toEqual(shown(state));
      expect(copy.resent().sort()).toEqual(state.resent().sort());
      expect([...copy.ends].map(({ index }) => index).sort()).toEqual(
        [...state.ends].map(({ index }) => index).sort(),
      );
    }
  });
});

describe("the identity of a recipient", () => {
  it("is a UUID of version 5 and a collapse id, other ones for each campaign and index", () => {
    const one = recipientIdentity("sale", 1);
    expect(one.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(one).toEqual(recipientIdentity("sale", 1));
    const all = [
      one,
      recipientIdentity("sale", 11),
      recipientIdentity("sale1", 1),
      recipientIdentity("sal", 1),
    ];
    expect(new Set(all.map(({ id }) => id)).size).toBe(4);
    expect(new Set(all.map(({ collapseId }) => collapseId)).size).toBe(4);
    expect(Buffer.byteLength(one.collapseId)).toBeLessThanOrEqual(64);
  });
});
