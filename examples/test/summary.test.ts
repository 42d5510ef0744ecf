import { describe, expect, test } from "vitest";
import { summary } from "../demo/summary.ts";
import { Tally } from "../demo/tally.ts";

function tallyOf(...outcomes: Parameters<Tally["record"]>[]): Tally {
  const tally = new Tally();
  for (const [outcome, latency] of outcomes) {
    tally.posted += 1;
    tally.record(outcome, latency);
  }
  return tally;
}

const run = { total: 5, retries: 0, elapsed: 2_000, interrupted: false, skippedLines: 0 };

describe("the summary", () => {
  test("lists every outcome, rejections by reason, in columns", () => {
    const tally = tallyOf(
      [{ kind: "accepted" }, 10],
      [{ kind: "accepted" }, 20],
      [{ kind: "rejected", reason: "410 Unregistered" }, 30],
      [{ kind: "unsent", reason: "TIMEOUT" }, 5_000],
      [{ kind: "unknown", reason: "CLOSED" }, 5_000],
    );
    expect(summary({ tally, ...run, retries: 3, skippedLines: 1 })).toBe(
      [
        "Sent                        5  of 5 in 2.0 s",
        "  accepted                  2  40.0 %",
        "  rejected                  1  20.0 %",
        "    410 Unregistered        1",
        "  unsent                    1  20.0 %",
        "    TIMEOUT                 1",
        "  unknown                   1  20.0 %",
        "    CLOSED                  1",
        "Retries                     3",
        "Lines skipped               1  invalid, see above",
        "Per second                  3",
        "Latency                        from post to answer, waits and retries included",
        "  p50                 20.0 ms",
        "  p95                 30.0 ms",
        "  p99                 30.0 ms",
        "",
      ].join("\n"),
    );
  });

  test("groups the digits of large numbers", () => {
    const tally = tallyOf();
    tally.posted = 1_234_567;
    tally.counts.accepted = 1_234_567;
    expect(summary({ tally, ...run, total: 1_234_567 })).toMatch(
      /^Sent +1,234,567 {2}of 1,234,567 in 2\.0 s\n/,
    );
  });

  test("has no latencies without answers, and does not divide by zero", () => {
    const text = summary({ tally: tallyOf(), ...run, elapsed: 0 });
    expect(text).toMatch(/p99 +–\n/);
    expect(text).toMatch(/Per second +0\n/);
    expect(text).not.toMatch(/NaN|Infinity/);
  });

  test("says that it was interrupted, and after how many notifications", () => {
    expect(summary({ tally: tallyOf([{ kind: "accepted" }, 1]), ...run, interrupted: true })).toMatch(
      /^Interrupted +1 {2}of 5 in 2\.0 s\n/,
    );
  });

  test("reports notifications without an outcome", () => {
    const tally = tallyOf([{ kind: "accepted" }, 1]);
    tally.posted += 2;
    expect(summary({ tally, ...run })).toMatch(/^NOT ACCOUNTED FOR +2/m);
  });
});

describe("the tally", () => {
  test("orders reasons by frequency", () => {
    const tally = tallyOf(
      [{ kind: "rejected", reason: "a" }, 1],
      [{ kind: "rejected", reason: "b" }, 1],
      [{ kind: "rejected", reason: "b" }, 1],
      [{ kind: "unsent", reason: "b" }, 1],
    );
    expect(tally.reasons("rejected")).toEqual([
      { reason: "b", count: 2 },
      { reason: "a", count: 1 },
    ]);
  });

  test("measures only notifications that were answered", () => {
    const tally = tallyOf([{ kind: "accepted" }, 4], [{ kind: "unknown", reason: "x" }, 9_000]);
    expect(tally.latency(100)).toBeCloseTo(4, 1);
  });

  test("keeps all latencies exact to three digits", () => {
    for (const latency of [0.125, 7.5, 123, 45_600, 1_230_000]) {
      const measured = tallyOf([{ kind: "accepted" }, latency]).latency(50)!;
      expect(Math.abs(measured - latency) / latency).toBeLessThan(0.01);
    }
  });

  test("keeps a bounded number of reasons, and counts the rest together", () => {
    const tally = new Tally();
    for (let i = 0; i < 1_000; i++) tally.record({ kind: "rejected", reason: `400 Nonsense${i}` }, 1);
    const reasons = tally.reasons("rejected");
    expect(reasons.length).toBeLessThan(110);
    expect(reasons.reduce((sum, { count }) => sum + count, 0)).toBe(1_000);
  });

  test("passes no control character from the server to the terminal", () => {
    const tally = tallyOf([{ kind: "rejected", reason: "400 \u001b[2JGone\n" }, 1]);
    expect(tally.reasons("rejected")[0]!.reason).toBe("400 ?[2JGone?");
  });
});
