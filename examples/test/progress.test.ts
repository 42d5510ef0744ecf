import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { formatDuration, formatLatency, formatShare } from "../demo/figures.ts";
import { Progress, progressLine, type Standing } from "../demo/progress.ts";

const standing: Standing = {
  settled: 25_000,
  total: 100_000,
  counts: { accepted: 24_800, rejected: 200, unsent: 0, unknown: 0 },
  elapsed: 2_000,
};

describe("the progress line", () => {
  test("shows the count, the rate, the remaining time and the outcomes", () => {
    expect(progressLine(standing)).toBe(
      "25,000/100,000  25.0 %  12,500/s  6.0 s left  accepted 24,800  rejected 200",
    );
  });

  test("shows no estimate before the first answer, and the total time at the end", () => {
    const counts = { accepted: 0, rejected: 0, unsent: 0, unknown: 0 };
    expect(progressLine({ settled: 0, total: 10, counts, elapsed: 0 })).toBe(
      "0/10  0 %  0/s  0.0 s  accepted 0",
    );
    expect(progressLine({ ...standing, settled: 100_000 })).toContain("100 %  50,000/s  2.0 s  accepted");
  });

  test("fits a terminal of 80 columns at the default count", () => {
    const counts = { accepted: 98_765, rejected: 1_234, unsent: 0, unknown: 0 };
    expect(progressLine({ settled: 99_999, total: 100_000, counts, elapsed: 2_000 }).length).toBeLessThan(80);
  });

  test("is cut to the width of the terminal", () => {
    expect(progressLine(standing, 30)).toBe("25,000/100,000  25.0 %  12,50…");
    expect(progressLine(standing, 30)).toHaveLength(30);
  });
});

describe("showing progress", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function show(terminal: { isTTY?: boolean; columns?: number }) {
    let written = "";
    const output = { ...terminal, write: (text: string) => (written += text) };
    const progress = new Progress(output, () => standing);
    return { progress, written: () => written };
  }

  test("without a terminal, writes one plain line each second and one at the end", () => {
    const { progress, written } = show({});
    progress.start();
    vi.advanceTimersByTime(2_500);
    expect(written().split("\n")).toHaveLength(3);
    progress.stop();
    expect(written()).toBe(`${progressLine(standing)}\n`.repeat(3));
  });

  test("on a terminal, redraws one line ten times a second and keeps it at the end", () => {
    const { progress, written } = show({ isTTY: true, columns: 60 });
    progress.start();
    vi.advanceTimersByTime(1_000);
    progress.stop();
    const redrawn = `\r\u001b[2K${progressLine(standing, 59)}`;
    expect(written()).toBe(`${redrawn.repeat(11)}\n`);
  });

  test("removes the live line while other lines are printed", () => {
    const { progress, written } = show({ isTTY: true });
    progress.start();
    progress.interrupt(() => {});
    expect(written()).toBe(`\r\u001b[2K\r\u001b[2K${progressLine(standing, 79)}`);
    progress.stop();
  });

  test("stays stopped", () => {
    const { progress, written } = show({});
    progress.start();
    progress.stop();
    progress.stop();
    const before = written();
    vi.advanceTimersByTime(5_000);
    expect(written()).toBe(before);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test.each([
  [0, 10, "0 %"],
  [1, 100_000, "0.1 %"],
  [99_999, 100_000, "99.9 %"],
  [10, 10, "100 %"],
  [0, 0, "0 %"],
])("formats the share %d of %d as %s", (part, whole, text) => expect(formatShare(part, whole)).toBe(text));

test.each([
  [900, "0.9 s"],
  [61_000, "1 min 01 s"],
  [3_600_000, "1 h 00 min"],
  [7_860_000, "2 h 11 min"],
])("formats %d ms as %s", (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text));

test.each([
  [0.123, "0.12 ms"],
  [12.34, "12.3 ms"],
  [1_234, "1.23 s"],
])("formats a latency of %d ms as %s", (milliseconds, text) =>
  expect(formatLatency(milliseconds)).toBe(text),
);
