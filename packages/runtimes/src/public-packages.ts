import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** The root of the workspace. */
export const ROOT = resolve(import.meta.dirname, "../../..");

/** The part of a package.json that the tests read. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly description?: string;
  readonly engines?: { readonly node?: string };
  readonly repository?: { readonly url?: string; readonly directory?: string };
  readonly main?: string;
  readonly module?: string;
  readonly types?: string;
  readonly files?: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly publishConfig?: {
    readonly access?: string;
    readonly provenance?: boolean;
    readonly exports?: Readonly<Record<string, unknown>>;
  };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** A published package of the workspace. */
export interface PublicPackage {
  /** The name of its folder below `packages`. */
  readonly folder: string;
  readonly path: string;
  readonly manifest: Manifest;
}

/** All packages whose manifests say that they are published. */
export function publicPackages(): PublicPackage[] {
  return readdirSync(join(ROOT, "packages"))
    .map((folder) => ({ folder, path: join(ROOT, "packages", folder) }))
    .map((entry) => ({ ...entry, manifest: manifestOf(entry.path) }))
    .filter(({ manifest }) => manifest.private !== true);
}

/** Whether programs can import the package. A package that only has a command cannot be imported. */
export function isLibrary({ exports }: Manifest): boolean {
  return exports?.["."] !== undefined;
}

function manifestOf(path: string): Manifest {
  return JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
}
