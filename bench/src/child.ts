import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { findProgram } from "@apnskit/testkit/peers";

export interface ChildOptions {
  /** Processors that the process may use, in the form of `taskset -c`. */
  cores: string | undefined;
  /** Flags for node. */
  flags?: readonly string[];
  env?: NodeJS.ProcessEnv;
}

const STOP_TIMEOUT = 3_000;
const LAST_WORDS = 4_096;

/** A Node.js process of the bench that communicates by messages. It ends on request, or with its parent. */
export class Child<Sent, Received extends { type: string }> implements AsyncDisposable {
  readonly #process: ChildProcess;
  #stderr = "";
  #ended: string | undefined;

  constructor(file: string, { cores, flags = [], env }: ChildOptions) {
    const command = [process.execPath, ...flags, file];
    if (cores !== undefined) command.unshift(...taskset(cores));
    this.#process = spawn(command[0]!, command.slice(1), {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      env: { ...process.env, ...env },
    });
    this.#process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-LAST_WORDS);
    });
    this.#process.once("error", (error) => {
      this.#ended = error.message;
    });
    this.#process.once("exit", (code, signal) => {
      this.#ended ??= `the process ended with ${signal ?? code}`;
    });
  }

  /**
   * Sends a message and resolves with the next message of the given type.
   * @throws Error if the process ends first.
   */
  async ask<Type extends Received["type"]>(
    message: Sent,
    type: Type,
  ): Promise<Extract<Received, { type: Type }>> {
    if (this.#ended !== undefined) throw await this.#failure();
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#process.off("message", receive);
        this.#process.off("exit", fail);
      };
      const receive = (received: Received) => {
        if (received.type === "failed") {
          settle();
          reject(new Error((received as unknown as { message: string }).message));
        } else if (received.type === type) {
          settle();
          resolve(received as Extract<Received, { type: Type }>);
        }
      };
      const fail = () => {
        settle();
        this.#failure().then(reject);
      };
      this.#process.on("message", receive);
      // Not "close": the child does not emit "close" after this side has closed the channel.
      this.#process.once("exit", fail);
      this.#process.send(message as object);
    });
  }

  /** Calls back for each message of a type, such as reports during an errand. */
  on<Type extends Received["type"]>(
    type: Type,
    listener: (message: Extract<Received, { type: Type }>) => void,
  ): void {
    this.#process.on("message", (received: Received) => {
      if (received.type === type) listener(received as Extract<Received, { type: Type }>);
    });
  }

  async #failure(): Promise<Error> {
    const { stderr } = this.#process;
    if (stderr !== null && !stderr.readableEnded && !stderr.destroyed) await once(stderr, "close");
    return new Error(`${this.#ended ?? "the process ended"}\n${this.#stderr}`.trim());
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    if (child.connected) child.disconnect();
    const force = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT);
    await exited;
    clearTimeout(force);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/**
 * The command prefix that pins a program to processors.
 * @throws Error if taskset is not installed.
 */
export function taskset(cores: string): string[] {
  const program = findProgram("taskset", "util-linux");
  if (!program.installed) throw new Error(`cores "${cores}": ${program.reason}`);
  return [program.path, "-c", cores];
}
