import { describe, expect, inject, it } from "vitest";
import { runFaultProgram } from "../src/fault-program.ts";
import { EXPECTED } from "../src/fault-servers.ts";
import { runtimeBinary } from "../src/tools.ts";

const unavailable = inject("unavailable");
const project = inject("project");

/** A way to run a program, and what it needs beside the program. */
interface Runtime {
  readonly name: string;
  readonly args: readonly string[];
}

// 20.19 and 22.11 are the oldest of their lines that are supported; 22.11 cannot `require` an ES module.
const runtimes: readonly Runtime[] = [
  ...["node-20.19", "node-22.11", "node-22", "node-24", "node-26"].map((name) => ({ name, args: [] })),
  { name: "bun", args: ["run"] },
  // No --allow-env: whoever reads the environment can read secrets.
  { name: "deno", args: ["run", "--no-prompt", "--node-modules-dir=manual", "--allow-net", "--allow-read"] },
];

describe.skipIf(unavailable)("the list of faults is seen as it is", () => {
  describe.each(runtimes)("under $name,", ({ name, args }) => {
    const binary = runtimeBinary(name);
    it.skipIf(binary === undefined).each([
      ["import", "import.mjs"],
      ["require", "require.cjs"],
    ])("by %s", async (way, file) => {
      expect(await runFaultProgram(project, `${name} ${way}`, binary!, [...args, file])).toEqual(EXPECTED);
    });
  });
});
