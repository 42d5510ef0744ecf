import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { EXPECTED, FaultServers } from "../src/fault-servers.ts";
import { runProgram } from "../src/program.ts";
import { tool } from "../src/tools.ts";

const unavailable = inject("unavailable");
const project = inject("project");

/** Runs a test file under another test runner with its default settings. */
async function seenBy(runner: string, file: string, content: string, args: readonly string[]) {
  await using servers = await FaultServers.start();
  const folder = join(project, runner);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  writeFileSync(join(folder, file), content);
  writeFileSync(join(folder, "cases.json"), JSON.stringify(servers.cases));
  const { code, stdout, stderr } = await runProgram(process.execPath, args, folder);
  if (code !== 0) throw new Error(`${runner} ended with ${code}:\n${stdout}\n${stderr}`);
  return servers.compare(JSON.parse(readFileSync(join(folder, "seen.json"), "utf8")) as unknown[]);
}

const body = `
test("the list of faults", async () => {
  const cases = JSON.parse(readFileSync("cases.json", "utf8"));
  const seen = await faultList(apnskit, cases);
  writeFileSync("seen.json", JSON.stringify(seen));
  expect(seen).toHaveLength(cases.length);
}, 60_000);
`;

it.skipIf(unavailable)("under Jest, default settings", async () => {
  const content = `const { readFileSync, writeFileSync } = require("node:fs");
const apnskit = require("apnskit");
const { faultList } = require("../fault-list.cjs");
${body}`;
  const seen = await seenBy("jest", "faults.test.js", content, [tool("jest/bin/jest.js")]);
  expect(seen).toEqual(EXPECTED);
});

it.skipIf(unavailable)("under vitest", async () => {
  const content = `import { readFileSync, writeFileSync } from "node:fs";
import * as apnskit from "apnskit";
import { faultList } from "../fault-list.mjs";
${body}`;
  const args = [tool("vitest/vitest.mjs"), "run", "--globals"];
  expect(await seenBy("vitest", "faults.test.mjs", content, args)).toEqual(EXPECTED);
});
