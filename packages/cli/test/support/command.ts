import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, vi } from "vitest";
import { buildCommand } from "./build.ts";

/** The result of a command. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  /** stdin stays open and silent. */
  readonly silentInput?: boolean;
  /** Under a pseudo-terminal: stdout and stderr are one. */
  readonly terminal?: boolean;
}

/** A running command. */
export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";

  constructor(child: ChildProcess, input: string | Buffer | undefined) {
    this.child = child;
    child.stdout!.on("data", (chunk) => {
      this.stdout += String(chunk);
    });
    child.stderr!.on("data", (chunk) => {
      this.stderr += String(chunk);
    });
    child.stdin!.on("error", () => {});
    if (input !== undefined) child.stdin!.end(input);
    this.ended = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  /** Waits until stderr or stdout shows something. */
  async shows(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.stdout) && !pattern.test(this.stderr)) {
      if (this.child.exitCode !== null) throw new Error(`it ended without ${pattern}: ${this.stderr}`);
      await new Promise<void>((resolve) => {
        this.child.stdout!.once("data", () => resolve());
        this.child.stderr!.once("data", () => resolve());
        this.child.once("exit", () => resolve());
      });
    }
  }
}

/** The command, and an empty folder to run it in, for the tests of one file. */
export class Workbench {
  program = "";
  folder = "";

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Writes a file into the folder, and returns its path. */
  write(name: string, content: string | Buffer): string {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  start(args: readonly string[], options: RunOptions = {}): Running {
    const env = {
      PATH: process.env.PATH ?? "",
      HOME: this.folder,
      TERM: "xterm",
      ...options.env,
    };
    const words = [process.execPath, this.program, ...args];
    const child = options.terminal
      ? spawn("script", ["-qefc", words.map((word) => `'${word}'`).join(" "), "/dev/null"], {
          cwd: this.folder,
          env,
        })
      : spawn(words[0]!, words.slice(1), { cwd: this.folder, env });
    return new Running(child, options.terminal || options.silentInput ? undefined : (options.input ?? ""));
  }

  run(args: readonly string[], options?: RunOptions): Promise<Ended> {
    return this.start(args, options).ended;
  }
}

/** A workbench for the tests of a file. */
export function useWorkbench(): Workbench {
  const bench = new Workbench();
  // Each test starts processes, which are slow on a busy machine.
  vi.setConfig({ testTimeout: 120_000 });
  beforeAll(async () => {
    bench.program = await buildCommand();
    bench.folder = mkdtempSync(join(tmpdir(), "apnskit-cli-"));
  }, 60_000);
  afterAll(() => {
    rmSync(bench.folder, { recursive: true, force: true });
    rmSync(dirname(dirname(bench.program)), { recursive: true, force: true });
  });
  return bench;
}
