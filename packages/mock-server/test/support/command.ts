import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

/** What the first line says in JSON mode. */
export interface Ready {
  origin: string;
  broadcastOrigin: string;
  managementOrigin: string;
  controlOrigin: string;
  port: number;
  ca: string;
  caFile: string;
  keyFile: string;
  keyId: string;
  teamId: string;
  certFile?: string;
  certKeyFile?: string;
  certCombinedFile?: string;
  certP12File?: string;
  certP12Password?: string;
  otherOrigins?: string[];
}

/** The command in a process apart. */
export class Command {
  readonly #child: ChildProcess;
  #wake: () => void = () => {};
  readonly lines: string[] = [];
  errors = "";

  constructor(args: readonly string[], environment: Record<string, string> = {}) {
    const node = ["--import", "tsx", "--conditions=@apnskit/source", CLI];
    this.#child = spawn(process.execPath, [...node, ...args], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...process.env, ...environment },
    });
    running.add(this.#child);
    createInterface(this.#child.stdout!).on("line", (line) => {
      this.lines.push(line);
      this.#wake();
    });
    this.#child.on("exit", () => this.#wake());
    this.#child.stderr!.on("data", (chunk) => {
      this.errors += chunk;
    });
  }

  /** Waits for the line with this number, counted from 0. */
  async line(number: number): Promise<string> {
    while (this.lines.length <= number) {
      if (this.#child.exitCode !== null) throw new Error(`The command ended: ${this.errors}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.lines[number]!;
  }

  async ready(): Promise<Ready> {
    return JSON.parse(await this.line(0));
  }

  /** Closes the channel, as the end of this process would. */
  leave(): Promise<number | null> {
    this.#child.disconnect();
    return this.exit();
  }

  /** Process id. */
  get pid(): number {
    return this.#child.pid!;
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    this.#child.kill(signal);
    return this.exit();
  }

  async exit(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, "exit");
    running.delete(this.#child);
    return this.#child.exitCode;
  }
}

const running = new Set<ChildProcess>();

/** Ends all that still run. */
export function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
}
