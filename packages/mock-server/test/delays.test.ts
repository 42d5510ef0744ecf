import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Delays } from "../src/faults/delays.ts";

describe("delayed items", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("come due in order of their times, those of one millisecond in order of insertion", () => {
    const due: string[] = [];
    const delays = new Delays<string>((item) => due.push(item));
    delays.add("late", 20);
    delays.add("first", 10);
    delays.add("second", 10);
    vi.advanceTimersByTime(9);
    expect(due).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(due).toEqual(["first", "second"]);
    vi.advanceTimersByTime(10);
    expect(due).toEqual(["first", "second", "late"]);
  });

  test("of one millisecond share one timer", () => {
    const delays = new Delays<number>(() => {});
    for (let i = 0; i < 1000; i++) delays.add(i, 5);
    expect(vi.getTimerCount()).toBe(1);
  });

  test("never come once they are forgotten, and leave no timer", () => {
    const due: number[] = [];
    const delays = new Delays<number>((item) => due.push(item));
    delays.add(1, 5);
    delays.clear();
    vi.advanceTimersByTime(10);
    expect(due).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
