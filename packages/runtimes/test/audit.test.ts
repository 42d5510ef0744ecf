import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { runProgram } from "../src/program.ts";
import { ROOT } from "../src/public-packages.ts";

/** Runs the audit with a fake pnpm that prints the registry's answer. */
async function audit(said: string, args: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), "apnskit-audit-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const pnpm = join(folder, "pnpm.cjs");
  writeFileSync(pnpm, `process.stdout.write(${JSON.stringify(said)});`);
  return runProgram(process.execPath, [join(ROOT, ".ci/audit.mjs"), ...args], ROOT, { npm_execpath: pnpm });
}

const report = (vulnerabilities: object, advisories: object = {}) =>
  JSON.stringify({ advisories, metadata: { vulnerabilities } });

it("if the registry refuses, the audit reports that it checked nothing", async () => {
  const refusal = JSON.stringify({ error: { message: "The audit endpoint responded with 405" } });
  const { code, stdout } = await audit(refusal);
  expect([code, stdout]).toEqual([0, "audit: not checked: The audit endpoint responded with 405\n"]);
  expect((await audit(refusal, ["--skip-code", "77"])).code).toBe(77);
});

it.each(["", "<html>", "{}"])(
  "an answer without counts (%j) means that nothing was checked",
  async (said) => {
    const { code, stdout } = await audit(said, ["--skip-code", "77"]);
    expect(code).toBe(77);
    expect(stdout).toMatch(/^audit: not checked: /);
  },
);

it("no known vulnerability passes", async () => {
  const { code, stdout } = await audit(report({ low: 0, high: 0 }));
  expect([code, stdout]).toEqual([0, "audit: checked, nothing known\n"]);
});

it("a known vulnerability fails the audit and is named", async () => {
  const advisory = { severity: "high", module_name: "left", title: "It pads", url: "https://example.com/1" };
  const { code, stdout } = await audit(report({ low: 0, high: 1 }, { 1: advisory }), ["--skip-code", "77"]);
  expect(code).toBe(1);
  expect(stdout).toBe("audit: high: left: It pads (https://example.com/1)\naudit: high 1\n");
});
