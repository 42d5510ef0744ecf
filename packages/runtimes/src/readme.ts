import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./public-packages.ts";

/** The first code block of a kind in the client's README. */
export function readmeBlock(mark: string): string {
  const readme = readFileSync(join(ROOT, "packages/apnskit/README.md"), "utf8");
  const found = new RegExp(`^\`\`\`${mark}\\n(.*?)^\`\`\`$`, "ms").exec(readme)?.[1];
  if (found === undefined) throw new Error(`the README has no block \`\`\`${mark}`);
  return found;
}
