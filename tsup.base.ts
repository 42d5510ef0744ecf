import type { Options } from "tsup";

type Plugin = NonNullable<Options["plugins"]>[number];

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
 * How every published package is built: ES modules and CommonJS with types, no line of it minified.
 *
 * @param entry the sources of the entry points; what they have in common is one file in both formats, so that a class
 *   exists once however a process reaches it
 */
export function library(entry: string[], other: Options = {}): Options {
  return {
    entry,
    format: ["esm", "cjs"],
    target: "node20",
    splitting: true,
    removeNodeProtocol: false,
    // Without it tsup makes CommonJS of split files by a compiler that also rewrites `?.`, `??` and class fields.
    treeshake: true,
    sourcemap: true,
    clean: true,
    dts: { compilerOptions: { composite: false, ignoreDeprecations: "6.0" } },
    plugins: [ownClassNames()],
    ...other,
  };
}
