import type { Socket } from "node:net";
import { setTimeout } from "node:timers";
import { resetSocket } from "./reset-socket.ts";

export type Direction = "toServer" | "toClient";

/** How one direction treats the bytes that it reads. */
export type Flow = "forward" | "stall" | "swallow";

/** The point of a cut: after this many bytes of that direction. */
export interface Cut {
  readonly direction: Direction;
  readonly after: number;
}

/** The proxy, as its connections see it. */
export interface ProxyRules {
  flow(direction: Direction): Flow;
  delay(): number;
  cut(): Cut | undefined;
  passed(direction: Direction, length: number): void;
  wasCut(): void;
  closed(): void;
}

/** One connection through the proxy: two pipes that open and close together. */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #rules: ProxyRules;
  readonly #pipes: Record<Direction, Pipe>;

  constructor(client: Socket, server: Socket, rules: ProxyRules) {
    this.#client = client;
    this.#server = server;
    this.#rules = rules;
    this.#pipes = {
      toServer: new Pipe("toServer", client, server, rules, () => this.reset()),
      toClient: new Pipe("toClient", server, client, rules, () => this.reset()),
    };
    for (const [socket, direction] of [
      [client, "toServer"],
      [server, "toClient"],
    ] as const) {
      socket.on("error", () => {});
      socket.on("close", (hadError) => {
        this.#pipes[direction].sourceClosed(hadError);
        if (client.destroyed && server.destroyed) this.#gone();
      });
    }
  }

  flowChanged(direction: Direction): void {
    this.#pipes[direction].pump();
  }

  countAnew(): void {
    this.#pipes.toServer.counted = 0;
    this.#pipes.toClient.counted = 0;
  }

  reset(): void {
    resetSocket(this.#client);
    // A socket that is still connecting has nothing to reset.
    if (this.#server.connecting) this.#server.destroy();
    else resetSocket(this.#server);
    this.#gone();
  }

  destroy(): void {
    this.#client.destroy();
    this.#server.destroy();
    this.#gone();
  }

  #gone(): void {
    this.#pipes.toServer.stop();
    this.#pipes.toClient.stop();
    this.#rules.closed();
  }
}

type Item = { readonly due: number; readonly bytes: Buffer | "end" | "reset" };

/** One direction of one connection. */
class Pipe {
  /** Bytes forwarded since the last call of `cut`. */
  counted = 0;
  readonly #direction: Direction;
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #rules: ProxyRules;
  readonly #reset: () => void;
  readonly #queue: Item[] = [];
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(direction: Direction, source: Socket, sink: Socket, rules: ProxyRules, reset: () => void) {
    this.#direction = direction;
    this.#source = source;
    this.#sink = sink;
    this.#rules = rules;
    this.#reset = reset;
    source.on("data", (bytes: Buffer) => this.#enqueue(bytes));
    source.on("end", () => this.#enqueue("end"));
    sink.on("drain", () => this.pump());
    this.pump();
  }

  /** A socket that ended normally has emitted "end" already. Every other close is passed on as a reset. */
  sourceClosed(hadError: boolean): void {
    if (hadError) this.#enqueue("reset");
  }

  stop(): void {
    this.#over = true;
    this.#queue.length = 0;
    clearTimeout(this.#timer);
  }

  /** Forwards the bytes that may pass now. */
  pump(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const flow = this.#rules.flow(this.#direction);
    if (flow === "stall") {
      this.#source.pause();
      return;
    }
    while (!this.#over && !this.#sink.writableNeedDrain) {
      const item = this.#queue[0];
      if (!item) {
        this.#source.resume();
        return;
      }
      const wait = item.due - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.pump(), wait);
        return;
      }
      this.#queue.shift();
      if (flow === "forward") this.#pass(item.bytes);
    }
    if (!this.#over) this.#source.pause();
  }

  #enqueue(bytes: Item["bytes"]): void {
    if (this.#over) return;
    this.#queue.push({ due: performance.now() + this.#rules.delay(), bytes });
    if (this.#timer === undefined) this.pump();
  }

  #pass(bytes: Item["bytes"]): void {
    if (bytes === "reset") this.#reset();
    else if (bytes === "end") this.#sink.end();
    else this.#write(bytes);
  }

  #write(bytes: Buffer): void {
    const cut = this.#rules.cut();
    const room = cut?.direction === this.#direction ? cut.after - this.counted : Infinity;
    const passed = bytes.subarray(0, Math.max(0, room));
    this.counted += passed.length;
    this.#rules.passed(this.#direction, passed.length);
    if (bytes.length < room) {
      this.#sink.write(passed);
      return;
    }
    this.#over = true;
    this.#rules.wasCut();
    this.#sink.write(passed, () => this.#reset());
  }
}
