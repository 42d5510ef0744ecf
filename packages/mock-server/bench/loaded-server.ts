import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { LoadClient } from "./load-client.ts";
import type { ServerHello, ServerReport } from "./server-process.ts";

/** Pushes that a new server gets before it is measured. */
const WARM_UP = 20_000;

/** So many pushes, and what they took. */
export interface Measured {
  /** Pushes per second of the server's CPU time, all threads. */
  readonly perCpu: number;
  /** Pushes per second. */
  readonly perSecond: number;
  /** The server's figures afterwards. */
  readonly report: ServerReport;
}

/** A mock server in a process of its own, and a client in this one that loads it with valid pushes. */
export class LoadedServer implements AsyncDisposable {
  /** Where the control endpoint is. */
  readonly controlOrigin: string;
  readonly #child: ChildProcess;
  readonly #client: LoadClient;

  private constructor(child: ChildProcess, client: LoadClient, controlOrigin: string) {
    this.#child = child;
    this.#client = client;
    this.controlOrigin = controlOrigin;
  }

  /** Starts a server and warms it up. @param args of `server-process.ts` */
  static async start(args: readonly string[]): Promise<LoadedServer> {
    const child = fork(fileURLToPath(new URL("./server-process.ts", import.meta.url)), args, {
      execArgv: ["--import", "tsx", "--conditions=@apnskit/source", "--expose-gc"],
    });
    const [hello] = (await once(child, "message")) as [ServerHello];
    const client = await LoadClient.open({
      port: hello.port,
      ca: hello.ca,
      streams: 1000,
      path: (n) => `/3/device/${n.toString(16).padStart(64, "0")}`,
      headers: {
        authorization: `bearer ${hello.token}`,
        "apns-topic": "com.example.app",
        "apns-push-type": "alert",
        "apns-priority": "10",
      },
      body: JSON.stringify({ aps: { alert: { title: "Throughput", body: "x".repeat(130) } } }),
    });
    await client.send(WARM_UP);
    return new LoadedServer(child, client, hello.controlOrigin);
  }

  /** Sends so many pushes, and waits for their answers. @param collect whether garbage is collected before each report */
  async measure(count: number, collect = false): Promise<Measured> {
    const before = await this.report(collect);
    const started = performance.now();
    await this.#client.send(count);
    const seconds = (performance.now() - started) / 1000;
    const report = await this.report(collect);
    return { perCpu: count / (report.cpu - before.cpu), perSecond: count / seconds, report };
  }

  /** The server's figures now. @param collect whether garbage is collected first */
  async report(collect = false): Promise<ServerReport> {
    this.#child.send(collect ? "collect and report" : "report");
    const [report] = (await once(this.#child, "message")) as [ServerReport];
    return report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
    const ended = once(this.#child, "exit");
    this.#child.disconnect();
    await ended;
  }
}
