import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { hpackTarget } from "../fuzz/hpack-target.ts";
import { sessionTarget } from "../fuzz/session-target.ts";

/** Inputs that once broke a promise; the fuzzer writes them here, named after their target. */
const directory = new URL("./findings/", import.meta.url);
const targets = [sessionTarget, hpackTarget];
const files = readdirSync(directory).filter((name) => name.endsWith(".bin"));

test("every file of findings belongs to a target", () => {
  for (const name of files) expect(targets.map((target) => target.name)).toContain(name.split("-")[0]);
});

test.each(files)("%s keeps its promises", (name) => {
  const target = targets.find((one) => name.startsWith(`${one.name}-`))!;
  expect(() => target.run(readFileSync(new URL(name, directory)))).not.toThrow();
});
