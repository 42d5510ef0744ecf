import { mkdir } from "node:fs/promises";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../node_modules/.cache");

/** Where something is kept from run to run that takes long to make; the caller makes it. */
export async function cacheDirectory(name: string): Promise<string> {
  await mkdir(root, { recursive: true });
  return join(root, name);
}
