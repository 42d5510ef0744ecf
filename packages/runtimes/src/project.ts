import { mkdirSync, writeFileSync } from "node:fs";
import { outputOf } from "./program.ts";

const UNREACHABLE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED|network/;

/** Maximum run time of npm, milliseconds. The runtimes alone are 400 MB. */
const DOWNLOAD = 900_000;

/** The tests cannot run without the registry, which has the dependencies of the packages. */
export class RegistryUnreachable extends Error {}

/**
 * Creates an empty project and installs only these tarballs.
 *
 * @throws RegistryUnreachable
 */
export async function installProject(folder: string, tarballs: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/package.json`, '{ "name": "empty", "private": true }\n');
  await npm(["install", "--prefer-offline", "--ignore-scripts", ...tarballs], folder);
}

/**
 * Runs npm.
 * @throws RegistryUnreachable
 */
export async function npm(args: readonly string[], folder: string): Promise<void> {
  try {
    await outputOf("npm", args, folder, {}, DOWNLOAD);
  } catch (error) {
    if (!UNREACHABLE.test(String(error))) throw error;
    throw new RegistryUnreachable("the npm registry is not reachable", { cause: error });
  }
}
