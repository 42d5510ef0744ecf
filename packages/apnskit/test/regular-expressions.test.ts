import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { checkSync } from "recheck";
import ts from "typescript";
import { describe, expect, it } from "vitest";

// What a server, a proxy or a caller says reaches most regular expressions of this project. None of them may take more
// time than in proportion to the text (ReDoS, CWE-1333).

// The other build starts a Java or a native program.
const recheck = createRequire(import.meta.url)("recheck/lib/browser.js") as { checkSync: typeof checkSync };
const packages = join(import.meta.dirname, "../..");

interface Expression {
  readonly source: string;
  readonly flags: string;
  readonly places: string[];
}

/** The literals, and the strings that `new RegExp` is given, of a file. */
function expressionsIn(path: string): [source: string, flags: string][] {
  const found: [string, string][] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf("/");
      found.push([node.text.slice(1, end), node.text.slice(end + 1)]);
    }
    const constructs = ts.isNewExpression(node) || ts.isCallExpression(node);
    if (constructs && ts.isIdentifier(node.expression) && node.expression.text === "RegExp") {
      const [source, flags] = node.arguments ?? [];
      // One that is put together at run time cannot be checked here.
      if (source === undefined || !ts.isStringLiteralLike(source))
        throw new Error(`${path}: RegExp of a computed text`);
      found.push([source.text, flags !== undefined && ts.isStringLiteralLike(flags) ? flags.text : ""]);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest));
  return found;
}

/** The packages for the tests of this project read no text from outside. */
function isPrivate(name: string): boolean {
  return JSON.parse(readFileSync(join(packages, name, "package.json"), "utf8")).private === true;
}

function allExpressions(): Expression[] {
  const all = new Map<string, Expression>();
  for (const file of readdirSync(packages, { recursive: true, encoding: "utf8" })) {
    if (!/^[^/\\]+[/\\]src[/\\].*\.ts$/.test(file) || isPrivate(file.split(/[/\\]/)[0]!)) continue;
    for (const [source, flags] of expressionsIn(join(packages, file))) {
      const key = `/${source}/${flags}`;
      const expression = all.get(key) ?? { source, flags, places: [] };
      expression.places.push(file);
      all.set(key, expression);
    }
  }
  return [...all.values()];
}

/** Without repetition that has no upper bound, the time is bounded anyway. */
const repeats = ({ source }: Expression) => /[+*]|\{\d+,\}/.test(source);

/** The checker does not finish with these. They were read, and their texts are short. */
const REVIEWED: Readonly<Record<string, string>> = {
  "/eyJ[\\w-]{8,}(?:\\.[\\w-]*){0,2}/g": "printable() cuts its text to some hundred characters before",
  "/-----BEGIN [A-Z ]{0,40}-----.*/g": "printable() cuts its text to some hundred characters before",
  "/[\\w+/=-]{64,}/g": "printable() cuts its text to some hundred characters before",
  "/[0-9a-f]{32,}/gi": "printable() cuts its text to some hundred characters before",
};

describe("regular expressions", () => {
  const expressions = allExpressions();

  it("are found in the sources", () => {
    expect(expressions.length).toBeGreaterThan(40);
  });

  it.each(["(a+)+$", "a+b", "\\\\+n"])("that are slow are noticed: %s", (source) => {
    expect(recheck.checkSync(source, "", { timeout: 5_000 }).status).toBe("vulnerable");
  });

  it("that were reviewed are still there", () => {
    const all = expressions.map(({ source, flags }) => `/${source}/${flags}`);
    expect(all).toEqual(expect.arrayContaining(Object.keys(REVIEWED)));
  });

  const named = expressions.filter(repeats).map((one) => [`/${one.source}/${one.flags}`, one] as const);
  it.each(named.filter(([name]) => !(name in REVIEWED)))(
    "%s takes time in proportion to the text",
    (_, { source, flags, places }) => {
      const { status } = recheck.checkSync(source, flags, { timeout: 60_000 });
      expect({ status, places }).toEqual({ status: "safe", places });
    },
    70_000,
  );
});
