import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Fuzzer } from "../../http2/fuzz/fuzzer.ts";
import { codecTarget } from "../fuzz/codec-target.ts";
import { sequenceTarget } from "../fuzz/sequence-target.ts";

const folder = new URL("findings/", import.meta.url);
/** Inputs that once broke a promise; the fuzzer writes them here, named after their target. */
const findings = existsSync(folder) ? readdirSync(folder) : [];

describe.each([codecTarget, sequenceTarget])("the fuzz target $name", (target) => {
  it("keeps its promises over a thousand inputs", () => {
    const fuzzer = new Fuzzer(target, 1, { guided: false });
    for (let batch = 0; batch < 5; batch++) fuzzer.step();
    expect(fuzzer.report.findings).toEqual([]);
    expect(fuzzer.report.corpus).toBeGreaterThan(target.seeds().length);
  });

  it("keeps its promises for what once broke them", () => {
    for (const name of findings.filter((one) => one.startsWith(target.name))) {
      expect(() => target.run(readFileSync(new URL(name, folder))), name).not.toThrow();
    }
  });
});
