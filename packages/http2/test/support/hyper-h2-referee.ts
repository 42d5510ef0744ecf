import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const PYTHON = "/usr/bin/python3";

/** What the server is told to do; see `hyper_h2_referee.py`. */
export type Order =
  | { readonly do: "open" | "ping" }
  | { readonly do: "settings"; readonly values: Readonly<Record<number, number>> }
  | { readonly do: "window"; readonly stream: number; readonly by: number }
  | { readonly do: "goaway"; readonly last: number }
  | { readonly do: "answer"; readonly stream: number }
  | { readonly do: "reset"; readonly stream: number; readonly code: number };

interface Reply {
  readonly send: string;
  readonly events: readonly string[];
  readonly error?: string;
  readonly refused?: string;
}

/** A client broke a rule of HTTP/2, as hyper-h2 sees it. */
export class Foul extends Error {}

/** A server on hyper-h2 (Debian: python3-h2), which nobody of this project wrote, in a process of its own. */
export class HyperH2Referee {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    // Its end is noticed when no line comes back.
    child.stdin!.on("error", () => {});
    this.#lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  }

  /** True if Python and hyper-h2 are there. */
  static installed(): boolean {
    return spawnSync(PYTHON, ["-c", "import h2.connection"], { stdio: "ignore" }).status === 0;
  }

  static start(): HyperH2Referee {
    const script = new URL("hyper_h2_referee.py", import.meta.url).pathname;
    return new HyperH2Referee(spawn(PYTHON, [script], { stdio: ["pipe", "pipe", "inherit"] }));
  }

  /** Has the server do something; returns what it sends. */
  async order(order: Order): Promise<Buffer> {
    const { send } = await this.#ask(order);
    return Buffer.from(send, "hex");
  }

  /** Hands octets of the client to the server; returns what it sends. @throws {@link Foul} */
  async receive(bytes: Uint8Array): Promise<{ send: Buffer; events: readonly string[] }> {
    const { send, events, error } = await this.#ask({
      do: "receive",
      bytes: Buffer.from(bytes).toString("hex"),
    });
    if (error !== undefined) throw new Foul(error);
    return { send: Buffer.from(send, "hex"), events };
  }

  async #ask(order: object): Promise<Reply> {
    this.#child.stdin!.write(`${JSON.stringify(order)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("the referee has gone");
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin!.end();
    if (this.#child.exitCode === null) await once(this.#child, "exit");
  }
}
