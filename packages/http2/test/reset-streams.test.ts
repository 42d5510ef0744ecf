import { expect, test } from "vitest";
import { ResetStreams } from "../src/reset-streams.ts";

test("remembers what was reset, and nothing else", () => {
  const streams = new ResetStreams();
  streams.add(5);
  streams.add(9);
  expect([1, 3, 5, 7, 9, 11].filter((id) => streams.mayStillReceive(id))).toEqual([5, 9]);
});

test("a million resets are remembered in bounded memory: old ones are no longer told apart, young ones are", () => {
  const streams = new ResetStreams();
  // Every other stream is reset; the others ended by themselves.
  for (let id = 1; id < 4_000_000; id += 4) streams.add(id);
  expect(streams.mayStillReceive(3_999_997)).toBe(true);
  expect(streams.mayStillReceive(3_999_999)).toBe(false);
  expect(streams.mayStillReceive(3_999_995)).toBe(false);
  expect(streams.mayStillReceive(1)).toBe(true);
  expect(streams.mayStillReceive(3)).toBe(true);
  // At least 4,096 of the youngest are told apart exactly.
  for (let id = 3_999_997; id > 3_999_997 - 4 * 4_096; id -= 4) {
    expect(streams.mayStillReceive(id)).toBe(true);
    expect(streams.mayStillReceive(id + 2)).toBe(false);
  }
});
