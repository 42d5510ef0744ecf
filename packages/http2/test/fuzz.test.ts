import { describe, expect, test } from "vitest";
import { Fuzzer } from "../fuzz/fuzzer.ts";
import { hpackTarget } from "../fuzz/hpack-target.ts";
import { fingerprint } from "../fuzz/random.ts";
import { sessionTarget } from "../fuzz/session-target.ts";
import { must, type Target } from "../fuzz/target.ts";

function run(target: Target, seed: number, batches: number) {
  const fuzzer = new Fuzzer(target, seed, { guided: false });
  for (let i = 0; i < batches; i++) fuzzer.step();
  return fuzzer.report;
}

describe("a fuzz run with a fixed seed", () => {
  test.each([
    [sessionTarget, 25],
    [hpackTarget, 50],
  ] as const)("of $name has no finding", (target, batches) => {
    const report = run(target, 20_260_101, batches);
    expect(report.findings.map(({ error }) => String(error))).toEqual([]);
    expect(report.inputs).toBeGreaterThanOrEqual(batches * 200);
    // It gets somewhere: most of what it keeps it has come upon by itself.
    expect(report.corpus).toBeGreaterThan(3 * target.seeds().length);
  });
});

describe("the fuzzer itself", () => {
  const seen: number[] = [];
  /** Breaks its promise for one octet in a place that mutation has to come upon. */
  const broken: Target = {
    name: "broken",
    headLength: undefined,
    seeds: () => [Buffer.from("a seed")],
    run(input) {
      seen.push(fingerprint(input));
      must(!(input.length > 7 && input[7] === 0xff), "no 0xff at the end");
      return String(input.length % 8);
    },
  };

  test("finds a planted bug, and tells each kind of finding once", () => {
    const { findings } = run(broken, 1, 50);
    expect(findings).toHaveLength(1);
    expect(findings[0]!.input[7]).toBe(0xff);
    expect(() => broken.run(findings[0]!.input)).toThrow("no 0xff at the end");
  });

  test("does the same again with the same seed, and something else with another", () => {
    const runOf = (seed: number) => {
      seen.length = 0;
      run(broken, seed, 2);
      return [...seen];
    };
    expect(runOf(7)).toEqual(runOf(7));
    expect(runOf(7)).not.toEqual(runOf(8));
  });
});
