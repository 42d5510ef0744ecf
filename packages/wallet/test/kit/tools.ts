import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll } from "vitest";

const run = promisify(execFile);

/** Whether a program is installed. */
export function hasTool(name: string, ...args: string[]): boolean {
  try {
    execFileSync(name, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** A folder for the files of a test, removed after it. */
export class Folder {
  readonly path: string = mkdtempSync(join(tmpdir(), "apnskit-wallet-"));

  constructor() {
    afterAll(() => rmSync(this.path, { recursive: true, force: true }));
  }

  at(name: string): string {
    return join(this.path, name);
  }

  write(name: string, content: Uint8Array | string): string {
    writeFileSync(this.at(name), content);
    return this.at(name);
  }
}

/** Runs a program. @returns what it printed on both streams */
export async function output(program: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await run(program, args, { maxBuffer: 64 * 1024 * 1024 });
  return stdout + stderr;
}
