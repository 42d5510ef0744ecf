import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as testkit from "../src/index.ts";

test("exports", () => {
  expect(Object.keys(testkit).toSorted()).toMatchInlineSnapshot(`
    [
      "BlackHole",
      "HpackReader",
      "ManualClock",
      "ScriptedPeer",
      "ScriptedRequest",
      "ScriptedSession",
      "SeededRandom",
      "TcpProxy",
      "clientCertificate",
      "deferred",
      "encodeFields",
      "errorCodes",
      "flags",
      "frameTypes",
      "serverCertificate",
      "settle",
      "testAuthority",
    ]
  `);
});

test("shares no code with what it tests", () => {
  const folder = join(import.meta.dirname, "../src");
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  expect(sources.length).toBeGreaterThan(10);
  for (const name of sources) {
    expect(readFileSync(join(folder, name), "utf8"), name).not.toMatch(/@apnskit\/(http2|connection|pool)"/);
  }
});
