import { describe, expect, it } from "vitest";
import { agreement, type Holding } from "../src/provider-token/token-agreement.ts";

const MINUTE = 60_000;
const renewAfter = 50 * MINUTE;
const held = (minutes: number, more: Partial<Holding> = {}): Holding => ({
  age: minutes * MINUTE,
  readable: true,
  refused: false,
  ...more,
});

describe("what a process does with the stored token", () => {
  it.each<[string, Holding | undefined, "start" | "schedule" | "rejection", string]>([
    ["none", undefined, "start", "replace"],
    ["a young one", held(1), "start", "adopt"],
    ["one just before its age", held(49.9), "schedule", "adopt"],
    ["one that has reached its age", held(50), "schedule", "replace"],
    ["one that has reached its age, at the start", held(50), "start", "replace"],
    ["the refused one, young", held(19.9, { refused: true }), "rejection", "wait"],
    ["the refused one, 20 minutes old", held(20, { refused: true }), "rejection", "replace"],
    ["another one than the refused", held(1), "rejection", "adopt"],
    ["another one than the refused, at its age", held(51), "rejection", "replace"],
    ["one that cannot be read, young", held(19.9, { readable: false }), "start", "wait"],
    ["one that cannot be read, 20 minutes old", held(20, { readable: false }), "start", "replace"],
  ])("%s", (_, stored, occasion, expected) => {
    expect(agreement(stored, occasion, renewAfter)).toBe(expected);
  });
});
