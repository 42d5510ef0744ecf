import { describe, expect, inject, it } from "vitest";
import { runFaultProgram } from "../src/fault-program.ts";
import { EXPECTED } from "../src/fault-servers.ts";
import { RUNTIMES } from "../src/runtimes.ts";
import { runtimeBinary } from "../src/tools.ts";

const unavailable = inject("unavailable");
const project = inject("project");

describe.skipIf(unavailable)("a program sees the expected list of faults", () => {
  describe.each(RUNTIMES)("under $name,", ({ name, args }) => {
    const binary = runtimeBinary(name);
    it.skipIf(binary === undefined).each([
      ["import", "import.mjs"],
      ["require", "require.cjs"],
    ])("by %s", async (way, file) => {
      expect(await runFaultProgram(project, `${name} ${way}`, binary!, [...args, file])).toEqual(EXPECTED);
    });
  });
});
