import { dirname, join } from "node:path";
import ts from "typescript";
import { GIVEN, GIVEN_DECLARATIONS, type Given } from "./given.ts";
import { ROOT, type Snippet } from "./snippets.ts";

/** Where snippets stand for the compiler, so that packages are found by name. Nothing is written there. */
const DOCS = join(ROOT, "docs");
const GIVEN_FILE = join(DOCS, "given.d.ts");

export interface Compiled {
  /** `document:line: message` of each type error. */
  readonly errors: readonly string[];
  /** The given names that the program uses. */
  readonly uses: readonly (keyof Given)[];
  /** The body of an async function with the parameters `require` and `exports`. */
  readonly body: string;
}

/** Checks snippets under the workspace's compiler options, all in one go. */
export function compile(snippets: readonly Snippet[]): Compiled[] {
  const options = compilerOptions();
  const files = new Map([[GIVEN_FILE, GIVEN_DECLARATIONS]]);
  const names = snippets.map((snippet, index) => {
    const name = join(DOCS, `snippet-${index}.ts`);
    files.set(name, textOf(snippet));
    return name;
  });
  const program = ts.createProgram([...files.keys()], options, hostWith(files, options));
  const checker = program.getTypeChecker();
  const given = program.getSourceFile(GIVEN_FILE);
  return snippets.map((snippet, index) => {
    const source = program.getSourceFile(names[index]!)!;
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    const uses = new Set<keyof Given>();
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node) && (GIVEN as readonly string[]).includes(node.text)) {
        const symbol = ts.isShorthandPropertyAssignment(node.parent)
          ? checker.getShorthandAssignmentValueSymbol(node.parent)
          : checker.getSymbolAtLocation(node);
        if (symbol?.valueDeclaration?.getSourceFile() === given) uses.add(node.text as keyof Given);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return {
      errors: found.map((diagnostic) => describe(snippet, source, diagnostic)),
      uses: [...uses],
      body: emit(textOf(snippet)),
    };
  });
}

/** In front of the first line, so that line numbers stay as they are. */
function textOf({ inherited, code }: Snippet): string {
  return inherited + code;
}

function compilerOptions(): ts.CompilerOptions {
  const path = join(ROOT, "tsconfig.json");
  const { config } = ts.readConfigFile(path, ts.sys.readFile);
  // Without files: only the options are wanted.
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, files: [], include: [] },
    ts.sys,
    dirname(path),
  );
  // A snippet without an import is a program all the same, and may await.
  return { ...options, moduleDetection: ts.ModuleDetectionKind.Force };
}

function hostWith(files: ReadonlyMap<string, string>, options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  return {
    ...host,
    getCurrentDirectory: () => ROOT,
    fileExists: (name) => files.has(name) || host.fileExists(name),
    readFile: (name) => files.get(name) ?? host.readFile(name),
    getSourceFile: (name, languageVersion, ...rest) => {
      const text = files.get(name);
      if (text === undefined) return host.getSourceFile(name, languageVersion, ...rest);
      return ts.createSourceFile(name, text, languageVersion, true);
    },
  };
}

function describe(snippet: Snippet, source: ts.SourceFile, { start, messageText }: ts.Diagnostic): string {
  const line = snippet.line + source.getLineAndCharacterOfPosition(start ?? 0).line;
  return `${snippet.document}:${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
}

function emit(code: string): string {
  return ts.transpileModule(code, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      // Node.js 20 has no `await using`.
      target: ts.ScriptTarget.ES2022,
      moduleDetection: ts.ModuleDetectionKind.Force,
      esModuleInterop: true,
    },
  }).outputText;
}
