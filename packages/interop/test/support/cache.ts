import { mkdir } from "node:fs/promises";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../node_modules/.cache");

/** The path of a directory that keeps expensive results between runs. The caller creates it. */
export async function cacheDirectory(name: string): Promise<string> {
  await mkdir(root, { recursive: true });
  return join(root, name);
}
