import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { outputOf } from "./program.ts";
import { type PublicPackage, publicPackages, ROOT } from "./public-packages.ts";

/** The report of `pnpm pack` about a tarball. */
export interface Tarball {
  readonly package: PublicPackage;
  readonly file: string;
  /** The paths of the files in it. */
  readonly paths: readonly string[];
}

/**
 * The newest change of a file, or of all files below a folder, in milliseconds since 1970; 0 for a missing
 * path.
 */
function newest(path: string): number {
  if (!existsSync(path)) return 0;
  const itself = statSync(path);
  if (!itself.isDirectory()) return itself.mtimeMs;
  const times = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs);
  return Math.max(0, ...times);
}

/** Builds the package if a source is newer than the output. */
async function build({ path }: PublicPackage): Promise<void> {
  const made = newest(join(path, "dist"));
  const sources = ["src", "tsup.config.ts", "package.json"].map((name) => join(path, name));
  const inputs = [...sources, join(ROOT, "tsup.base.ts")];
  if (made > Math.max(...inputs.map(newest))) return;
  await outputOf(process.execPath, [join(ROOT, "node_modules/tsup/dist/cli-default.js")], path);
}

async function pack(one: PublicPackage, destination: string): Promise<Tarball> {
  await build(one);
  const stdout = await outputOf(
    "npx",
    ["-y", "pnpm@10", "pack", "--json", "--pack-destination", destination],
    one.path,
  );
  const said = JSON.parse(stdout.slice(stdout.indexOf("{"))) as {
    filename: string;
    files: { path: string }[];
  };
  return { package: one, file: said.filename, paths: said.files.map(({ path }) => path) };
}

/** Packs every published package as `pnpm publish` would. */
export async function packAll(destination: string): Promise<Tarball[]> {
  const tarballs: Tarball[] = [];
  // One after the other, because the types of a package are built from the types of its dependencies.
  for (const one of publicPackages()) tarballs.push(await pack(one, destination));
  return tarballs;
}
