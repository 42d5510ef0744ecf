import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";

/** Message of each failed test of the fixture, which leaks on purpose. `""` for tests that passed. */
const messages = new Map<string, string>();

beforeAll(async () => {
  const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
  const root = join(import.meta.dirname, "leaks");
  const stdout = await new Promise<string>((resolve) => {
    const args = [vitest, "run", "--root", root, "--reporter", "json", "--no-color"];
    execFile(
      process.execPath,
      args,
      { maxBuffer: 2 ** 24, env: { ...process.env, VITEST: "" } },
      (_error, out) => resolve(out),
    );
  });
  const report = JSON.parse(stdout.slice(stdout.indexOf("{")));
  for (const { title, failureMessages } of report.testResults[0].assertionResults) {
    messages.set(title, failureMessages.join("\n"));
  }
}, 60_000);

test.each([
  ["a listening server", /^server made/m],
  ["a connected socket, unref'd", /socket .*leaky\.fixture\.ts/],
  ["a timer", /timer .*leaky\.fixture\.ts/],
  ["an unref'd interval", /timer .*leaky\.fixture\.ts/],
  ["a timer of a manual clock", /timer of a ManualClock, due in 5000 ms/],
  ["an unhandled rejection", /unhandled rejection: Error: nobody listens/],
])("fails a test that leaves behind %s", (title, message) => {
  expect(messages.get(title)).toMatch(message);
});

test("passes a test that closes what it opened", () => {
  expect(messages.get("nothing: all was closed")).toBe("");
});
