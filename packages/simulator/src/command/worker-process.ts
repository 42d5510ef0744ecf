import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { decode, encode, type Order, type Told } from "./order.ts";

/** Milliseconds without a word after which a worker is taken for stuck. */
const PATIENCE = 120_000;

/** Megabytes up to which a worker's heap grows without full collections: runs leave little behind. */
const HEAP = 400;

/** A worker: the bundle in a separate process. */
export class WorkerProcess {
  readonly #file: string;
  readonly #patience: number;
  readonly #node: string;

  /**
   * @param file the bundle
   * @param patience milliseconds without a word, after which it is stopped
   * @param node the binary of Node.js
   */
  constructor(file: string, patience: number = PATIENCE, node: string = process.execPath) {
    this.#file = file;
    this.#patience = patience;
    this.#node = node;
  }

  /**
   * Carries out an order and yields the worker's lines as they come.
   *
   * @throws Error when the worker dies, or says nothing for too long
   */
  async *carryOut(order: Order): AsyncGenerator<Told> {
    const flags = ["--enable-source-maps", `--initial-old-space-size=${HEAP}`];
    const child = spawn(this.#node, [...flags, this.#file], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-4_000);
    });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    let isStuck = false;
    let timer = this.#watch(child, () => {
      isStuck = true;
    });
    try {
      child.stdin.end(`${encode(order)}\n`);
      for await (const line of createInterface({ input: child.stdout })) {
        clearTimeout(timer);
        timer = this.#watch(child, () => {
          isStuck = true;
        });
        yield decode<Told>(line);
      }
      const code = await ended;
      if (isStuck) throw new Error(`the worker said nothing for ${this.#patience} ms, so it was stopped`);
      if (code !== 0) throw new Error(`the worker ended with code ${code}: ${errors}`);
    } finally {
      clearTimeout(timer);
      child.kill("SIGKILL");
    }
  }

  #watch(child: ChildProcess, onStuck: () => void): NodeJS.Timeout {
    return setTimeout(() => {
      onStuck();
      child.kill("SIGKILL");
    }, this.#patience);
  }
}
