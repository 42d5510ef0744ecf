import { readFileSync } from "node:fs";
import { relative, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../../..");

/** A ```ts block of a document: one program. */
export interface Snippet {
  /** Path from the root of the repository. */
  readonly document: string;
  /** Line of the block's first line of code, from 1. */
  readonly line: number;
  readonly code: string;
  /** What earlier blocks of the page import and this one does not, on one line. */
  readonly inherited: string;
  /** False for blocks marked ```ts no-run. */
  readonly runs: boolean;
}

const BLOCK = /^```ts(?<mark> no-run)?\n(?<code>.*?)^```$/gms;
const IMPORT = /^import \{([^}]+)\} from "([^"]+)";$/gm;

/** @throws Error for a mark that means nothing, so that a slip does not hide a block */
export function snippetsOf(path: string): Snippet[] {
  const document = relative(ROOT, path);
  const text = readFileSync(path, "utf8");
  const stray = /^```(?:typescript|ts(?! no-run$)).+$/m.exec(text);
  if (stray !== null) throw new Error(`${document}: "${stray[0]}" is neither \`\`\`ts nor \`\`\`ts no-run`);
  const known = new Map<string, string>();
  return Array.from(text.matchAll(BLOCK), ({ index, groups }) => {
    const code = groups!.code!;
    const own = importsOf(code);
    const inherited = [...known].flatMap(([name, statement]) => (own.has(name) ? [] : statement)).join(" ");
    for (const [name, statement] of own) known.set(name, statement);
    const line = text.slice(0, index).split("\n").length + 1;
    return { document, line, code, inherited, runs: groups!.mark === undefined };
  });
}

/** A statement for each imported name. */
function importsOf(code: string): Map<string, string> {
  const names = new Map<string, string>();
  for (const [, list, module] of code.matchAll(IMPORT)) {
    for (const specifier of list!.split(",").map((one) => one.trim())) {
      if (specifier !== "")
        names.set(specifier.split(" ").at(-1)!, `import { ${specifier} } from "${module}";`);
    }
  }
  return names;
}
