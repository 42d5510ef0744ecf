import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("../../mock-server/src/cli.ts", import.meta.url));

interface Ready {
  readonly origin: string;
  readonly ca: string;
  readonly controlOrigin: string;
}

/** How often an id arrived at the server, and how often it was acted on. */
export type Count = readonly [arrived: number, acted: number];

/** The mock server in a process of its own, with a ledger that counts every `apns-id` and `apns-collapse-id`. */
export class LedgerServer implements AsyncDisposable {
  readonly origin: string;
  /** PEM. */
  readonly ca: string;
  readonly #control: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, { origin, ca, controlOrigin }: Ready) {
    this.#process = process;
    this.origin = origin;
    this.ca = ca;
    this.#control = controlOrigin;
  }

  static async start(seed: number): Promise<LedgerServer> {
    const child = spawn(
      process.execPath,
      [
        ...["--conditions=@apnskit/source", "--import", import.meta.resolve("tsx"), command],
        ...["--json", "--quiet", "--auth", "anything", "--port", "0", "--seed", String(seed)],
        ...["--ledger", "0", "--no-payloads", "--tally", "apns-id", "--tally", "collapse-id"],
      ],
      // With the channel it ends when this process does, even if that is killed.
      { stdio: ["ignore", "pipe", "inherit", "ipc"] },
    );
    const lines = createInterface({ input: child.stdout! });
    const first = await Promise.race([
      once(lines, "line").then(([line]) => line as string),
      once(child, "exit").then(() => undefined),
    ]);
    if (first === undefined) throw new Error("the mock server could not be started");
    return new LedgerServer(child, JSON.parse(first) as Ready);
  }

  /** How often each id arrived and was acted on. */
  async counts(by: "apns-id" | "collapse-id", ids: readonly string[]): Promise<readonly Count[]> {
    const answer = await fetch(`${this.#control}/ledger/counts`, {
      method: "POST",
      body: JSON.stringify({ by, ids }),
    });
    if (!answer.ok) throw new Error(`the control endpoint answered ${answer.status} ${await answer.text()}`);
    return ((await answer.json()) as { counts: Count[] }).counts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const exited = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    await exited;
  }
}
