import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import * as entry from "../src/index.ts";

const SOURCES = fileURLToPath(new URL("../src", import.meta.url));

test("the package exports these names", () => {
  expect(Object.keys(entry).sort()).toEqual([
    "CHANNEL_REASONS",
    "CertificateAuthority",
    "Control",
    "DEVICE_REASONS",
    "MockApns",
    "TOPIC_SUFFIXES",
    "generateSigningKey",
    "parseFault",
    "parseLatency",
    "signProviderToken",
  ]);
});

test("no source takes anything from the packages that are tested against it", () => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  expect(files.length).toBeGreaterThan(20);
  for (const file of files) {
    const imports = readFileSync(join(SOURCES, file), "utf8").match(/from "[^"]+"/g) ?? [];
    for (const each of imports) expect(each).not.toMatch(/"(@apnskit\/|apnskit)/);
  }
});
