import { mkdirSync, writeFileSync } from "node:fs";
import { outputOf } from "./program.ts";

const UNREACHABLE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED|network/;

/** Milliseconds that npm may take: the runtimes alone are 400 MB. */
const DOWNLOAD = 900_000;

/** The registry has what the packages depend on; without it these tests cannot run. */
export class RegistryUnreachable extends Error {}

/**
 * An empty project in which nothing but these tarballs is installed.
 *
 * @throws RegistryUnreachable
 */
export async function installProject(folder: string, tarballs: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/package.json`, '{ "name": "empty", "private": true }\n');
  await npm(["install", "--prefer-offline", "--ignore-scripts", ...tarballs], folder);
}

/** Runs npm. @throws RegistryUnreachable */
export async function npm(args: readonly string[], folder: string): Promise<void> {
  try {
    await outputOf("npm", args, folder, {}, DOWNLOAD);
  } catch (error) {
    if (!UNREACHABLE.test(String(error))) throw error;
    throw new RegistryUnreachable("the npm registry is not reachable", { cause: error });
  }
}
