import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
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

test("shares no code with the packages under test", () => {
  const folder = join(import.meta.dirname, "../src");
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  expect(sources.length).toBeGreaterThan(10);
  for (const name of sources) {
    expect(readFileSync(join(folder, name), "utf8"), name).not.toMatch(/@apnskit\/(http2|connection|pool)"/);
  }
});

test("its modules form no cycle", () => {
  const folder = join(import.meta.dirname, "../src");
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  const imports = new Map(
    names.map((name) => {
      const text = readFileSync(join(folder, name), "utf8");
      const paths = [...text.matchAll(/ from "(\.[^"]+)"/g)].map(([, path]) => join(dirname(name), path!));
      return [name, paths];
    }),
  );
  expect(imports.get("index.ts")!.length).toBeGreaterThan(10);
  const visit = (name: string, way: readonly string[]): void => {
    if (way.includes(name)) throw new Error(`circle: ${[...way, name].join(" → ")}`);
    for (const imported of imports.get(name)!) visit(imported, [...way, name]);
  };
  for (const name of names) visit(name, []);
});
