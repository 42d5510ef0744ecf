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
    "CertificateDirectoryError",
    "Control",
    "DEVICE_REASONS",
    "InvalidMockCredentials",
    "InvalidMockInput",
    "MockApns",
    "MockApnsClosed",
    "MockApnsError",
    "MockListenError",
    "NotReceived",
    "PackageRefused",
    "TOPIC_SUFFIXES",
    "generateSigningKey",
    "parseFault",
    "parseLatency",
    "signProviderToken",
  ]);
});

test("every error that it throws has a code of its own", () => {
  const bare = /\bnew (Error|TypeError|RangeError|SyntaxError)\b/;
  for (const file of readdirSync(SOURCES, { recursive: true, encoding: "utf8" })) {
    if (file.endsWith(".ts")) expect(readFileSync(join(SOURCES, file), "utf8"), file).not.toMatch(bare);
  }
  const errors = [
    new entry.InvalidMockInput("x"),
    new entry.InvalidMockCredentials("x"),
    new entry.CertificateDirectoryError("/x", "x"),
    new entry.MockListenError("x", "x", 1, "x"),
    new entry.PackageRefused("x"),
    new entry.NotReceived("x"),
    new entry.MockApnsClosed(),
  ];
  for (const error of errors) {
    expect(error).toBeInstanceOf(entry.MockApnsError);
    expect(error.code).toMatch(/^ERR_APNS_MOCK_[A-Z_]+$/);
  }
  expect(new Set(errors.map(({ code }) => code)).size).toBe(errors.length);
});

test("no source is longer than 400 lines", () => {
  for (const file of readdirSync(SOURCES, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts")) continue;
    expect(readFileSync(join(SOURCES, file), "utf8").split("\n").length, file).toBeLessThanOrEqual(400);
  }
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
