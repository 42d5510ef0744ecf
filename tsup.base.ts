import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Options } from "tsup";

type Plugin = NonNullable<Options["plugins"]>[number];
type EsbuildPlugin = NonNullable<Options["esbuildPlugins"]>[number];

/** The packages that others of this project load by their `internal`. */
const wholeInternals = /^@apnskit\/(connection|pool)$/;

/**
 * esbuild turns `class Pool { … new Pool() … }` into `var Pool = class _Pool { … new _Pool() … }`. That name would be
 * what `console.log` and stack traces show. The inner name becomes the outer one again; a space makes up for the
 * underscore, so that the source map stays exact.
 */
function ownClassNames(): Plugin {
  return {
    name: "own-class-names",
    renderChunk(code) {
      let renamed = code;
      for (const [, name, inner] of code.matchAll(/\bvar (\w+) = class (_\1\d*)\b/g)) {
        renamed = renamed.replace(new RegExp(`\\b${inner}\\b`, "g"), name!.padEnd(inner!.length));
      }
      return { code: renamed };
    },
  };
}

/**
 * Each file that is loaded costs time (docs/decisions/0098). `internal` becomes the one file with all code of a
 * package, and `index` takes its names from there.
 */
function oneFile(): EsbuildPlugin {
  return {
    name: "one-file",
    setup(build) {
      const internal = `./internal${build.initialOptions.outExtension?.[".js"]}`;
      const resolveDir = resolve("src");
      build.onResolve({ filter: /src\/(index|internal)\.ts$/ }, ({ path, kind }) =>
        kind === "entry-point"
          ? { path, namespace: path.endsWith("index.ts") ? "names" : "code" }
          : undefined,
      );
      build.onLoad({ filter: /./, namespace: "names" }, ({ path }) => ({
        contents: readFileSync(path, "utf8"),
        loader: "ts",
        resolveDir,
      }));
      build.onResolve({ filter: /^\./, namespace: "names" }, () => ({ path: internal, external: true }));
      build.onLoad({ filter: /./, namespace: "code" }, () => ({
        contents: 'export * from "./internal.ts"; export * from "./index.ts";',
        resolveDir,
      }));
    },
  };
}

/** Packages above `connection` and `pool` load their `internal`, never also their `index`. */
function toInternal(): EsbuildPlugin {
  return {
    name: "to-internal",
    setup(build) {
      build.onResolve({ filter: wholeInternals }, ({ path }) => ({
        path: `${path}/internal`,
        external: true,
      }));
    },
  };
}

/** The version of the package that is built; tsup runs in its folder. */
function version(): string {
  return (JSON.parse(readFileSync("package.json", "utf8")) as { version: string }).version;
}

/**
 * How every published package is built: ES modules and CommonJS with types, no line of it minified.
 *
 * @param entry the sources of the entry points; what they have in common is one file in both formats, so that a class
 *   exists once however a process reaches it
 * @param programs the sources of the package's commands; they are ES modules only, as their `bin` files are
 */
export function library(entry: string[], programs: string[] = []): Options {
  return {
    entry: [...entry, ...programs],
    format: ["esm", "cjs"],
    target: "node20",
    // ESM only: a CommonJS output that loads them dies on Node.js before 22.12 and in Jest.
    noExternal: ["p-retry", "is-network-error", wholeInternals],
    esbuildPlugins: [toInternal(), ...(entry.includes("src/internal.ts") ? [oneFile()] : [])],
    splitting: true,
    removeNodeProtocol: false,
    // Without it tsup makes CommonJS of split files by a compiler that also rewrites `?.`, `??` and class fields.
    treeshake: true,
    sourcemap: true,
    clean: true,
    dts: { entry, compilerOptions: { composite: false, ignoreDeprecations: "6.0" } },
    plugins: [ownClassNames()],
    esbuildOptions(options, { format }) {
      const copy = `${version()}, ${format === "cjs" ? "CommonJS" : "ES module"}`;
      options.define = { ...options.define, __APNSKIT_COPY__: JSON.stringify(copy) };
      if (format === "cjs") options.entryPoints = entry;
    },
  };
}
