import { createHook } from "node:async_hooks";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach } from "vitest";
import { clockChannel, type ManualClock } from "./manual-clock.ts";

/**
 * The kinds of resources that count as leaks, by their async_hooks names. TLS and HTTP/2 count as their TCP
 * socket.
 */
const kinds: Readonly<Record<string, string>> = {
  TCPWRAP: "socket",
  TCPSERVERWRAP: "server",
  PIPEWRAP: "pipe",
  PIPESERVERWRAP: "pipe server",
  PROCESSWRAP: "child process",
  WORKER: "worker",
  Timeout: "timer",
};

export interface LeakOptions {
  /** Milliseconds of real time that handles have to close after a test. Default 1,000. */
  readonly grace?: number;
}

/**
 * Fails each test of the calling file that leaves behind a socket, server, process, timer (of Node or of a
 * `ManualClock`) or an unhandled rejection. Call it once at the top of the file, before other hooks, so that
 * its check runs last. Clean up in `afterEach` or by `await using`, because `onTestFinished` runs too late.
 * Not for tests that run concurrently in one file.
 */
export function failOnLeaks(options: LeakOptions = {}): void {
  const watch = new LeakWatch(options);
  beforeEach(() => watch.start());
  afterEach(async () => {
    const leaks = await watch.stop();
    if (leaks.length > 0) throw new Error(`left behind by this test:\n${leaks.join("\n")}`);
  });
}

/** Watches for leaks from `start` to `stop`. `failOnLeaks` runs a watch around every test. */
export class LeakWatch {
  readonly #open = new Map<number, { readonly kind: string; readonly origin: Error }>();
  readonly #clocks: ManualClock[] = [];
  readonly #rejections = new Map<Promise<unknown>, unknown>();
  readonly #grace: number;
  readonly #hook = createHook({
    init: (id, type) => {
      const kind = kinds[type];
      if (kind !== undefined) this.#open.set(id, { kind, origin: originHere() });
    },
    destroy: (id) => {
      this.#open.delete(id);
    },
  });
  readonly #onClock = (clock: unknown) => void this.#clocks.push(clock as ManualClock);
  readonly #onRejection = (reason: unknown, promise: Promise<unknown>) => {
    this.#rejections.set(promise, reason);
  };

  constructor(options: LeakOptions = {}) {
    this.#grace = options.grace ?? 1_000;
  }

  start(): void {
    this.#open.clear();
    this.#clocks.length = 0;
    this.#rejections.clear();
    clockChannel.subscribe(this.#onClock);
    process.on("unhandledRejection", this.#onRejection);
    this.#hook.enable();
  }

  /** Waits until all handles are closed, but no longer than the grace. Returns the open handles. */
  async stop(): Promise<string[]> {
    const end = performance.now() + this.#grace;
    // Node reports rejections and destroyed handles one turn of the event loop later.
    for (let turns = 0; turns < 3; turns++) await turn();
    for (let turns = 0; this.#handles().length > 0 && performance.now() < end; turns++) {
      await (turns < 100 ? turn() : sleep(5));
    }
    this.#hook.disable();
    process.off("unhandledRejection", this.#onRejection);
    clockChannel.unsubscribe(this.#onClock);
    return this.#left();
  }

  #handles(): string[] {
    return [...this.#open.values()].flatMap(({ kind, origin }) => {
      const creator = creatorOf(kind, origin);
      return creator === undefined ? [] : [`${kind} ${creator}`];
    });
  }

  #left(): string[] {
    const timers = this.#clocks.flatMap((clock) =>
      clock.delays.map((ms) => `timer of a ManualClock, due in ${ms} ms`),
    );
    const rejections = Array.from(
      this.#rejections.values(),
      (reason) => `unhandled rejection: ${String(reason)}`,
    );
    return [...this.#handles(), ...timers, ...rejections];
  }
}

function originHere(): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 25;
  const origin = new Error();
  Error.stackTraceLimit = limit;
  return origin;
}

const timerApi = /\((node:internal\/timers|node:timers|node:timers\/promises|node:internal\/async_hooks)[:)]/;
const testRunner = /node_modules\/(\.pnpm\/)?(@?vitest|vite|tinypool|birpc)\b/;

/**
 * The code that created the handle, as one line of its stack. Undefined if Node or the test runner created
 * it.
 */
function creatorOf(kind: string, origin: Error): string | undefined {
  const frames = (origin.stack ?? "")
    .split("\n")
    .slice(1)
    .filter((frame) => !frame.includes(import.meta.filename));
  const outsideOfNode = frames.find((frame) => !/[( ]node:/.test(frame));
  if (kind === "timer") {
    // Timers of Node itself (socket time-outs, the cached date of HTTP headers) are no leaks.
    const caller = frames.find((frame) => !timerApi.test(frame));
    if (caller === undefined || caller !== outsideOfNode) return undefined;
  }
  if (outsideOfNode === undefined)
    return kind === "socket" ? "accepted by a server" : "made in a callback of Node";
  return testRunner.test(outsideOfNode) ? undefined : outsideOfNode.trim();
}
