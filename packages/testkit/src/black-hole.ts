import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Worker } from "node:worker_threads";

/** Connections that Linux completes for a listener that never accepts, with a backlog of 1. */
const completed = 2;

/** Listens, reports its port and then blocks its thread, so that it never accepts a connection. */
const listener = `
  const { parentPort, workerData } = require("node:worker_threads");
  const server = require("node:net").createServer();
  server.listen({ ...workerData, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

/**
 * An address at which connecting neither succeeds nor fails. The kernel's queue of connections is full, so
 * the kernel drops every SYN, as a dead route does. (Linux. Other kernels may refuse instead.)
 */
export class BlackHole implements AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly #worker: Worker;
  readonly #queued: Socket[];

  private constructor(host: string, port: number, worker: Worker, queued: Socket[]) {
    this.host = host;
    this.port = port;
    this.#worker = worker;
    this.#queued = queued;
  }

  /**
   * Default: 127.0.0.1 and any free port. Use the port of a live server on the other address family to make
   * one of two addresses dead.
   */
  static async listen(
    options: { readonly host?: "127.0.0.1" | "::1"; readonly port?: number } = {},
  ): Promise<BlackHole> {
    const host = options.host ?? "127.0.0.1";
    const worker = new Worker(listener, { eval: true, workerData: { host, port: options.port ?? 0 } });
    const [port] = (await once(worker, "message")) as [number];
    const queued: Socket[] = [];
    for (let i = 0; i < completed; i++) {
      const socket = connect(port, host);
      queued.push(socket);
      await once(socket, "connect");
      socket.on("error", () => {});
    }
    return new BlackHole(host, port, worker, queued);
  }

  async close(): Promise<void> {
    for (const socket of this.#queued) socket.destroy();
    await this.#worker.terminate();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
