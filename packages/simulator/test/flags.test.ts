import { describe, expect, it } from "vitest";
import { readFlags } from "../src/command/flags.ts";

describe("flags of the command", () => {
  it("have defaults", () => {
    expect(readFlags([])).toEqual({
      seeds: 100,
      from: 1,
      within: Infinity,
      workers: 1,
      trace: false,
      fixed: false,
      shrink: true,
    });
  });

  it("make other seeds of another commit", () => {
    const [a, b] = ["bad4ef1", "f4d93a4"].map((commit) => readFlags(["--commit", commit]).from);
    expect(a).not.toBe(b);
    expect(Math.max(a!, b!) + 100_000).toBeLessThan(2 ** 32);
  });

  it.each([
    [["--seeds=-1"], "--seeds must be"],
    [["--seeds", "many"], "--seeds must be a whole number up to 4294967295"],
    [["--from", "1e3"], "--from must be"],
    [["--workers", "0"], "--workers must be from 1 to 64"],
    [["--commit", "main"], "--commit must be a hash"],
    [["--from", "1", "--commit", "bad4ef1"], "give one of them"],
    [["--unknown"], "--unknown"],
  ])("refuse %j", (args, text) => {
    expect(() => readFlags(args)).toThrow(text);
  });
});
