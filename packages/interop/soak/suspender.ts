import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("suspender.mjs", import.meta.url));

/** Starts a second process that suspends this process now and then (SIGSTOP, SIGCONT). */
export class Suspender implements AsyncDisposable {
  /** How often this process was suspended. */
  count = 0;
  readonly #process: ChildProcess;

  constructor(seed: number) {
    this.#process = spawn(process.execPath, [program, String(seed)], { stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: this.#process.stdout! }).on("line", (line) => {
      this.count = Number(line);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const exited = once(this.#process, "exit");
    this.#process.stdin!.end();
    await exited;
  }
}
