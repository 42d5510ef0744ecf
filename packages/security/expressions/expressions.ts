import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const packages = join(import.meta.dirname, "../..");

/** A regular expression of the sources. */
export interface Expression {
  readonly source: string;
  readonly flags: string;
  /** The files that contain the expression. */
  readonly places: string[];
}

/** The literals of a file, and its string arguments of `new RegExp`. */
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
      // An expression that is built at run time cannot be checked here.
      if (source === undefined || !ts.isStringLiteralLike(source))
        throw new Error(`${path}: argument of RegExp is computed; use a literal`);
      found.push([source.text, flags !== undefined && ts.isStringLiteralLike(flags) ? flags.text : ""]);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest));
  return found;
}

/**
 * Whether a package is private. Private packages serve this project's tests and read no text from outside.
 */
function isPrivate(name: string): boolean {
  return JSON.parse(readFileSync(join(packages, name, "package.json"), "utf8")).private === true;
}

/** All expressions of the published packages, each once. */
export function allExpressions(): Expression[] {
  const all = new Map<string, Expression>();
  // Not all of `packages`: its node_modules hold hundreds of thousands of files.
  const files = readdirSync(packages)
    .filter((name) => !isPrivate(name))
    .flatMap((name) => sourcesOf(join(name, "src")));
  for (const file of files) {
    for (const [source, flags] of expressionsIn(join(packages, file))) {
      const key = nameOf({ source, flags });
      const expression = all.get(key) ?? { source, flags, places: [] };
      expression.places.push(file);
      all.set(key, expression);
    }
  }
  return [...all.values()];
}

/** Paths below `packages`. */
function sourcesOf(folder: string): string[] {
  const names = readdirSync(join(packages, folder), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(".ts")).map((name) => join(folder, name));
}

/** The expression as written in a source. */
export function nameOf({ source, flags }: Pick<Expression, "source" | "flags">): string {
  return `/${source}/${flags}`;
}

/** Whether the expression has an unbounded repetition. Without unbounded repetition, its time is bounded. */
export function repeats({ source }: Expression): boolean {
  return /[+*]|\{\d+,\}/.test(source);
}
