import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { beforeAll, describe, expect, it } from "vitest";
import { type Compiled, compile } from "./kit/compiler.ts";
import { run } from "./kit/run.ts";
import { ROOT, type Snippet, snippetsOf } from "./kit/snippets.ts";
import { createIdentities, type Identities, World } from "./kit/world.ts";

failOnLeaks();

const GUIDES = join(ROOT, "docs/guides");
const guides = readdirSync(GUIDES).filter((name) => name.endsWith(".md"));

/** The packages that are published; the README files of the others are for people who work on this repository. */
const packages = readdirSync(join(ROOT, "packages")).filter((name) => {
  const { private: unpublished } = JSON.parse(read(join("packages", name, "package.json")) ?? "{}");
  return unpublished !== true && read(join("packages", name, "README.md")) !== undefined;
});

const documents = [
  ...guides.map((name) => join(GUIDES, name)),
  ...packages.map((name) => join(ROOT, "packages", name, "README.md")),
  join(ROOT, "README.md"),
];

const snippets = documents.flatMap(snippetsOf);
let compiled: ReadonlyMap<Snippet, Compiled>;
let identities: Identities;

beforeAll(async () => {
  identities = await createIdentities();
  const results = compile(snippets);
  compiled = new Map(snippets.map((snippet, index) => [snippet, results[index]!]));
});

// A page of shell commands or tables has no example to run.
const withExamples = new Set(snippets.map(({ document }) => document));

describe.each([...withExamples])("%s", (document) => {
  for (const snippet of snippets.filter((one) => one.document === document)) {
    it(`the example of line ${snippet.line} ${snippet.runs ? "compiles and runs" : "compiles"}`, async () => {
      const program = compiled.get(snippet)!;
      expect(program.errors).toEqual([]);
      if (!snippet.runs) return;
      await using world = await World.open(identities);
      const printed = await run(program, world);
      const promised = Array.from(snippet.code.matchAll(/\/\/ → (.+)$/gm), ([, line]) => line);
      if (promised.length > 0) expect(printed).toEqual(promised);
      if (sendsToApple(snippet)) expect(world.requests).not.toEqual([]);
      const reasons = world.requests.flatMap(({ reason }) => reason ?? []);
      const text = read(document)!;
      expect(
        reasons.filter((reason) => !text.includes(reason)),
        "refusals that the text does not name",
      ).toEqual([]);
    });
  }
});

function sendsToApple({ code }: Snippet): boolean {
  return /\.(?:send|trySend|sendMany|broadcast|post)\(/.test(code) && !code.includes("MockApns.start");
}

function read(path: string): string | undefined {
  try {
    return readFileSync(join(ROOT, path), "utf8");
  } catch {
    return undefined;
  }
}
