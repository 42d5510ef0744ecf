import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { createFiles } from "@apnskit/testkit/peers";
import { cacheDirectory } from "./cache.ts";
import { exampleRequests } from "./notifications.ts";

/**
 * A directory for nghttpd with a file for each path of the example file. Created once, because that takes
 * seconds.
 */
export async function exampleHtdocs(): Promise<string> {
  const paths = [...new Set((await exampleRequests()).map(({ path }) => path))];
  const hash = createHash("sha256").update(paths.join("\n")).digest("hex");
  const directory = await cacheDirectory(`htdocs-${hash.slice(0, 16)}`);
  if (existsSync(directory)) return directory;
  const made = await mkdtemp(`${directory}.`);
  await createFiles(made, paths);
  try {
    await rename(made, directory);
  } catch (error) {
    // Another test file was faster.
    await rm(made, { recursive: true });
    if (!existsSync(directory)) throw error;
  }
  return directory;
}
