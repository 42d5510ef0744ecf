import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Server } from "./credentials.ts";
import { DemoFailure } from "./failure.ts";

const main = fileURLToPath(new URL("./mock-server-main.ts", import.meta.url));

/** A mock APNs in a separate process, so that client and server each have a core. */
export class MockServerProcess implements AsyncDisposable {
  /** Its address, and the certificate to trust. */
  readonly server: Server;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, server: Server) {
    this.#process = process;
    this.server = server;
  }

  /** @throws {DemoFailure} if it ends before it listens */
  static async start(): Promise<MockServerProcess> {
    const child = fork(main, {
      // The child loads TypeScript, and packages from source, even if this process does not.
      execArgv: ["--conditions=@apnskit/source", "--import", import.meta.resolve("tsx")],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const server = await Promise.race([
      once(child, "message").then(([message]) => message as Server),
      once(child, "exit").then(() => undefined),
    ]);
    if (server === undefined) throw new DemoFailure("the mock server could not be started");
    return new MockServerProcess(child, server);
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** Calls the listener if the process ends by itself. */
  onExit(listener: () => void): void {
    this.#process.once("exit", listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.removeAllListeners("exit");
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, "exit");
    this.#process.disconnect();
    await exited;
  }
}
