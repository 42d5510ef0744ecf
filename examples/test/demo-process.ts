import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../demo/main.ts", import.meta.url));

/** The demo in a separate process, as `pnpm demo` starts it. */
export class DemoProcess {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  readonly #exit: Promise<number | null>;
  #onOutput: () => void = () => {};

  constructor(...args: string[]) {
    const node = ["--conditions=@apnskit/source", "--import", import.meta.resolve("tsx"), main, ...args];
    this.child = spawn(process.execPath, node, { stdio: ["ignore", "pipe", "pipe"] });
    for (const name of ["stdout", "stderr"] as const) {
      this.child[name]!.setEncoding("utf8").on("data", (text: string) => {
        this[name] += text;
        this.#onOutput();
      });
    }
    this.#exit = once(this.child, "close").then(([code]) => code as number | null);
  }

  /** @returns the exit code */
  async exit(): Promise<number | null> {
    return await this.#exit;
  }

  /** Waits until the demo has printed a match of `pattern`. Fails if the demo ends before. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    const find = () => pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
    const found = new Promise<void>((resolve) => {
      this.#onOutput = () => void (find() && resolve());
      this.#onOutput();
    });
    await Promise.race([found, this.#exit]);
    const match = find();
    if (match === null) throw new Error(`ended without printing ${pattern}:\n${this.stdout}${this.stderr}`);
    return match;
  }

  /** A number of the summary, by the label of its row. */
  figure(label: string): number {
    const row = new RegExp(`^ *${label} +([\\d,]+)(?: |$)`, "mu").exec(this.stdout);
    return row === null ? Number.NaN : Number(row[1]!.replaceAll(",", ""));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.#exit;
  }
}
