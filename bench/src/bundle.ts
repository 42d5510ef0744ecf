import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";

const SOURCE = dirname(fileURLToPath(import.meta.url));

/**
 * The measured programs, as plain JavaScript files. The bench compiles them ahead of the run, with the
 * compiler and target of the published packages. A loader that transpiles during the run wraps every function
 * and would distort the results. The packages of this workspace are compiled in from source; other packages
 * load as installed.
 */
export interface Bundle extends AsyncDisposable {
  /** The compiled file for a source file. The path of the source file is relative to this folder. */
  file(source: string): string;
}

export async function bundle(sources: readonly string[]): Promise<Bundle> {
  const directory = await mkdtemp(join(tmpdir(), "apnskit-bench-"));
  const names = new Map(sources.map((source) => [source, source.replaceAll(/[/.]/g, "-")]));
  const dispose = () => rm(directory, { recursive: true, force: true });
  try {
    await build({
      entryPoints: Object.fromEntries([...names].map(([source, name]) => [name, join(SOURCE, source)])),
      outdir: directory,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      conditions: ["@apnskit/source"],
      sourcemap: "linked",
      logLevel: "silent",
      plugins: [installedPackagesStayOutside],
    });
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    file(source) {
      const name = names.get(source);
      if (name === undefined) throw new Error(`${basename(source)} was not bundled`);
      return join(directory, `${name}.mjs`);
    },
    [Symbol.asyncDispose]: dispose,
  };
}

const WORKSPACE = /^(@apnskit\/|apnskit(?:$|\/)|\.|\/|node:)/;

const installedPackagesStayOutside: Plugin = {
  name: "installed-packages-stay-outside",
  setup({ onResolve, resolve }) {
    onResolve({ filter: /.*/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      if (pluginData === "resolved" || kind === "entry-point" || WORKSPACE.test(path)) return undefined;
      const found = await resolve(path, { importer, resolveDir, kind, pluginData: "resolved" });
      if (found.errors.length > 0) return found;
      return found.external ? found : { path: pathToFileURL(found.path).href, external: true };
    });
  },
};
