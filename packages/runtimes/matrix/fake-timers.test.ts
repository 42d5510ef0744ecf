import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MockApns } from "@apnskit/mock-server";
import { expect, inject, it } from "vitest";
import { runProgram } from "../src/program.ts";
import { linkTools, tool } from "../src/tools.ts";

const unavailable = inject("unavailable");
const project = inject("project");

/** A test framework with its fake timers. */
interface Framework {
  readonly name: string;
  /** The code that turns the fake timers on. */
  readonly fake: string;
  readonly real: string;
  /** The same code, but with the real `process.nextTick`, which the sockets of Node.js need to connect. */
  readonly fakeButTicks?: string;
  /** Further lines at the top of the program. */
  readonly top?: string;
  readonly args: (file: string) => readonly string[];
}

const jest = (): readonly string[] => [tool("jest/bin/jest.js"), "--runTestsByPath"];
const test = `test("fake timers", program, 60_000);`;

const frameworks: readonly Framework[] = [
  {
    name: "jest",
    fake: "jest.useFakeTimers()",
    real: "jest.useRealTimers()",
    args: (file) => [...jest(), file],
  },
  {
    name: "jest-legacy",
    fake: "jest.useFakeTimers({ legacyFakeTimers: true })",
    real: "jest.useRealTimers()",
    args: (file) => [...jest(), file],
  },
  {
    name: "sinon",
    top: `const { useFakeTimers } = require("sinon"); const test = (name, run) => run(); let clock;`,
    fake: "clock = useFakeTimers({ now: 1_000_000 })",
    fakeButTicks: `clock = useFakeTimers({ now: 1_000_000, toNotFake: ["nextTick", "queueMicrotask"] })`,
    real: "clock.restore()",
    args: (file) => [file],
  },
];

/**
 * Sends before, under and after fake timers. The server runs in another process, so only the client's timers
 * are fake. The program awaits all results under real timers, because a framework that fakes
 * `process.nextTick` stops the sockets of Node.js.
 */
function program({ fake, real, fakeButTicks = fake, top = "" }: Framework): string {
  return `${top}
const { readFileSync, writeFileSync } = require("node:fs");
const { ApnsClient, alert, providerToken } = require("apnskit");
async function program() {
  const { origin, ca, key } = JSON.parse(readFileSync("server.json", "utf8"));
  const options = { environment: "sandbox", origin, tls: { ca }, auth: providerToken(key), topic: "com.example.app" };
  const hello = alert({ title: "Hello" });
  const token = "aa".repeat(32);
  const seen = [];
  const say = ({ result }) => seen.push(result);
  await using_(await ApnsClient.open(options), async (apns) => {
    say(await apns.trySend(token, hello));
    ${fake};
    const sending = [apns.trySend(token, hello), apns.trySend("bb".repeat(32), hello)];
    const timed = apns.trySend("cc".repeat(32), hello, { timeout: 300 });
    ${real};
    for (const one of sending) say(await one);
    say(await timed);
    ${fake};
    ${real};
    say(await apns.trySend(token, hello));
    ${fakeButTicks};
    const opening = ApnsClient.open(options);
    ${real};
    await using_(await opening, async (other) => say(await other.trySend(token, hello)));
  });
  writeFileSync("seen.json", JSON.stringify(seen));
}
async function using_(client, use) {
  try { await use(client); } finally { await client.close(); }
}
${test}
`;
}

it.skipIf(unavailable).each(frameworks)(
  "under the fake timers of $name a push leaves, times out, and the connection stays open",
  async (framework) => {
    await using server = await MockApns.start({
      faults: [{ kind: "stall", token: "cc".repeat(32) }],
    });
    const folder = join(project, `timers-${framework.name}`);
    mkdirSync(folder, { recursive: true });
    linkTools(project, ["sinon"]);
    writeFileSync(join(folder, "package.json"), '{ "private": true }');
    const { key, keyId, teamId } = server.key;
    const told = { origin: server.origin, ca: server.ca, key: { key, keyId, teamId } };
    writeFileSync(join(folder, "server.json"), JSON.stringify(told));
    const file = framework.name === "sinon" ? "program.cjs" : "program.test.js";
    writeFileSync(join(folder, file), program(framework));
    const { code, stdout, stderr } = await runProgram(process.execPath, framework.args(file), folder);
    expect({ code, output: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, output: "" });
    expect(JSON.parse(readFileSync(join(folder, "seen.json"), "utf8"))).toEqual([
      "accepted",
      "accepted",
      "accepted",
      "unknown",
      "accepted",
      "accepted",
    ]);
  },
);
