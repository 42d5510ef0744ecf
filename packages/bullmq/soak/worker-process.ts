import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";

/** What a worker's process needs to know; plain JSON. */
export interface WorkerSetup {
  readonly kind: "redis" | "postgres";
  readonly namespace: string;
  /** Of the proxy in front of the store. */
  readonly port: number;
  readonly origin: string;
  readonly ca: string;
  readonly key: { readonly key: string; readonly keyId: string; readonly teamId: string };
  readonly queue: string;
  readonly lockDuration: number;
}

const PACKAGE = resolve(import.meta.dirname, "..");

/** Bundles the worker, so that a process starts as fast as it does for users. */
export async function buildWorker(): Promise<{ readonly program: string; remove(): void }> {
  // Below node_modules, so that packages are found, and Git and linters leave it alone.
  const folder = join(PACKAGE, "node_modules/.apnskit-soak", String(process.pid));
  mkdirSync(folder, { recursive: true });
  const program = join(folder, "worker.mjs");
  await build({
    entryPoints: [join(PACKAGE, "soak/worker.ts")],
    outfile: program,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    conditions: ["@apnskit/source"],
    external: ["bullmq"],
    logLevel: "silent",
  });
  return { program, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The process of one worker. It is started again when it was killed. */
export class WorkerProcess {
  readonly #program: string;
  readonly #setup: WorkerSetup;
  #child: ChildProcess;
  #isStopping = false;
  /** Ends that the soak did not cause. */
  readonly deaths: string[] = [];

  constructor(program: string, setup: WorkerSetup) {
    this.#program = program;
    this.#setup = setup;
    this.#child = this.#start();
  }

  /** Kills it, as if its machine were lost, and starts another one. */
  async kill(): Promise<void> {
    const child = this.#child;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    if (!this.#isStopping) this.#child = this.#start();
  }

  /** Stops it, as if its machine were suspended. */
  suspend(): void {
    this.#child.kill("SIGSTOP");
  }

  resume(): void {
    this.#child.kill("SIGCONT");
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGCONT");
    child.kill("SIGTERM");
    const force = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(force);
  }

  #start(): ChildProcess {
    const env = { ...process.env, APNSKIT_SOAK: JSON.stringify(this.#setup) };
    const child = spawn(process.execPath, [this.#program], { env, stdio: ["ignore", "inherit", "inherit"] });
    child.once("exit", (code, signal) => this.#onExit(code, signal));
    return child;
  }

  /** A worker that ends by itself is a defect; another one is started, so that the campaign goes on. */
  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#isStopping || signal === "SIGKILL") return;
    this.deaths.push(`a worker ended by itself with ${signal ?? code}`);
    this.#child = this.#start();
  }
}
