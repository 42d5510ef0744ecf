import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CertificateAuthority } from "@apnskit/mock-server";
import { type Availability, findProgram } from "./program.ts";

const READY_TIMEOUT = 10_000;
const READY_RETRY = 10;
const STOP_TIMEOUT = 3_000;
const PORT_ATTEMPTS = 3;
const LAST_WORDS = 4_096;

/** Options of every server. */
export interface PeerOptions {
  /** SETTINGS_MAX_CONCURRENT_STREAMS that the server announces. Default 1000, as APNs does. */
  streams?: number;
  /**
   * Processors that the server may use, in the form of `taskset -c` (`"1"`, `"2-3"`). Default: all
   * processors.
   */
  cores?: string;
  /** Issuer of the server's certificate. Default: a new authority, whose certificate is `ca`. */
  authority?: CertificateAuthority;
}

/** The input for a server's command line: its directory, a free port, its certificate. */
export interface Site {
  /** Temporary directory of this server. `stop()` removes it. */
  readonly directory: string;
  readonly port: number;
  readonly certFile: string;
  readonly keyFile: string;
}

/** A server's process. It listens when the caller gets it. `stop()` ends it and removes its files. */
export class PeerProcess implements AsyncDisposable {
  readonly name: string;
  readonly port: number;
  /** `https://localhost:<port>`; the certificate is also valid for 127.0.0.1. */
  readonly origin: string;
  /** Certificate of the authority that issued the server's certificate, PEM. */
  readonly ca: string;
  readonly #child: ChildProcess;
  readonly #directory: string;

  private constructor(name: string, port: number, ca: string, child: ChildProcess, directory: string) {
    this.name = name;
    this.port = port;
    this.origin = `https://localhost:${port}`;
    this.ca = ca;
    this.#child = child;
    this.#directory = directory;
  }

  /** Process id of the server, or of its master if it has workers. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /**
   * Starts a server that stays in the foreground. `prepare` writes the files that it needs and returns its
   * arguments. If the server exits before it listens, the function tries another port, because another
   * process may have taken the free port.
   */
  static async start(
    name: string,
    program: Availability,
    options: PeerOptions,
    prepare: (site: Site) => Promise<readonly string[]>,
  ): Promise<PeerProcess> {
    if (!program.installed) throw new Error(program.reason);
    const authority = options.authority ?? (await CertificateAuthority.create());
    const directory = await mkdtemp(join(tmpdir(), `apnskit-${name}-`));
    try {
      const { cert, key } = await authority.issue();
      const site = { directory, certFile: join(directory, "cert.pem"), keyFile: join(directory, "key.pem") };
      await Promise.all([writeFile(site.certFile, cert), writeFile(site.keyFile, key, { mode: 0o600 })]);
      for (let attempt = 1; ; attempt++) {
        const port = await freePort();
        const args = await prepare({ ...site, port });
        const child = launch(program.path, args, options.cores);
        const failure = await readiness(child, port);
        if (failure === undefined)
          return new PeerProcess(name, port, authority.certificate, child, directory);
        await terminate(child);
        if (attempt === PORT_ATTEMPTS) throw new Error(`${name} did not start: ${failure}`);
      }
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** Sends a signal to the server, to reload or to kill it. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async stop(): Promise<void> {
    await terminate(this.#child);
    await rm(this.#directory, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

function launch(path: string, args: readonly string[], cores: string | undefined): ChildProcess {
  const command = [path, ...args];
  if (cores !== undefined) command.unshift(...pinned(cores));
  // The kernel kills the server when its parent process ends for any reason (util-linux; Linux only).
  const guard = findProgram("setpriv", "util-linux");
  if (process.platform === "linux" && guard.installed) command.unshift(guard.path, "--pdeathsig", "TERM");
  return spawn(command[0]!, command.slice(1), { stdio: ["ignore", "ignore", "pipe"] });
}

function pinned(cores: string): string[] {
  const taskset = findProgram("taskset", "util-linux");
  if (!taskset.installed) throw new Error(`cores: "${cores}" needs taskset: ${taskset.reason}`);
  return [taskset.path, "-c", cores];
}

/** Resolves with undefined as soon as the port accepts connections, or with the reason why it never will. */
async function readiness(child: ChildProcess, port: number): Promise<string | undefined> {
  let lastWords = "";
  let ended: string | undefined;
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    lastWords = (lastWords + text).slice(-LAST_WORDS);
  });
  child.once("error", (error) => {
    ended = error.message;
  });
  child.once("close", (code, signal) => {
    ended ??= `exited with ${signal ?? code} ${lastWords.trim()}`.trim();
  });
  const deadline = performance.now() + READY_TIMEOUT;
  while (performance.now() < deadline) {
    if (await accepts(port)) return ended;
    if (ended !== undefined) return ended;
    // Accepting connections is the only sign of life that all these servers share. Tries again shortly.
    await delay(READY_RETRY);
  }
  return `nothing listens on port ${port} after ${READY_TIMEOUT} ms ${lastWords.trim()}`.trim();
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function terminate(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT);
  await exited;
  clearTimeout(force);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port was assigned");
  return address.port;
}
