import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder that is removed with the test that made it. */
export class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "apnskit-campaign-"));

  file(name: string): string {
    return join(this.path, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Device tokens, each another one. */
export function tokens(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, at) => (from + at).toString(16).padStart(64, "0"));
}
