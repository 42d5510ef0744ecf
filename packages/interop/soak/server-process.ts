import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const weather = fileURLToPath(new URL("weather.mjs", import.meta.url));
const command = fileURLToPath(new URL("../../mock-server/src/cli.ts", import.meta.url));

interface Ready {
  readonly origin: string;
  readonly ca: string;
  readonly controlOrigin: string;
}

/** How often an id arrived at the server, and how often the server acted on it. */
export type Count = readonly [arrived: number, acted: number];

/** The mock server in a separate process, with a ledger that counts every `apns-id`. */
export class ServerProcess implements AsyncDisposable {
  readonly origin: string;
  readonly ca: string;
  readonly #control: string;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, { origin, ca, controlOrigin }: Ready) {
    this.#process = process;
    this.origin = origin;
    this.ca = ca;
    this.#control = controlOrigin;
  }

  static async start(seed: number, faults: readonly string[]): Promise<ServerProcess> {
    const options = ["--json", "--quiet", "--auth", "anything", "--port", "0", "--seed", String(seed)];
    const ledger = ["--ledger", "0", "--no-payloads", "--tally", "apns-id"];
    const chaos = faults.flatMap((fault) => ["--fault", fault]);
    const child = spawn(
      process.execPath,
      [
        "--conditions=@apnskit/source",
        "--import",
        weather,
        "--import",
        import.meta.resolve("tsx"),
        command,
        ...options,
        ...ledger,
        ...chaos,
      ],
      // The IPC channel makes the server end together with this process, even after a kill.
      {
        stdio: ["ignore", "pipe", "inherit", "ipc"],
        env: { ...process.env, APNSKIT_WEATHER_SEED: String(seed) },
      },
    );
    const lines = createInterface({ input: child.stdout! });
    const first = await Promise.race([
      once(lines, "line").then(([line]) => line as string),
      once(child, "exit").then(() => undefined),
    ]);
    if (first === undefined) throw new Error("the mock server could not be started");
    return new ServerProcess(child, JSON.parse(first) as Ready);
  }

  /** Ends all faults. */
  async calm(): Promise<void> {
    await this.#call("DELETE", "/faults");
    await this.#call("POST", "/strike", { kind: "settings", maxConcurrentStreams: 1000 });
  }

  /** How often each id arrived, and how often the server acted on it. */
  async counts(ids: readonly string[]): Promise<readonly Count[]> {
    const { counts } = (await this.#call("POST", "/ledger/counts", { by: "apns-id", ids })) as {
      counts: Count[];
    };
    return counts;
  }

  async summary(): Promise<Record<string, number>> {
    return (await this.#call("GET", "/ledger/summary?by=apns-id")) as Record<string, number>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const exited = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    await exited;
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const init: RequestInit = { method };
    if (body !== undefined) init.body = JSON.stringify(body);
    const answer = await fetch(this.#control + path, init);
    if (!answer.ok)
      throw new Error(`control endpoint: ${method} ${path} answered ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  }
}
