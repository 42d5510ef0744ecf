import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { CertificateAuthority } from "@apnskit/mock-server";
import { type Availability, findProgram } from "@apnskit/testkit/peers";
import type { Scene, SceneEvent, SceneLedger, Stage } from "./scene.ts";
import { SceneEvents } from "./scene-events.ts";
import type { Action, Script } from "./script.ts";

const program = join(import.meta.dirname, "../../h2-server/main.py");

/** Debian's interpreter finds Debian's packages. Another interpreter on PATH may not. */
const interpreters = ["/usr/bin/python3", "python3"];

let found: Availability | undefined;

/** The scripted server on hyper-h2, in a separate process. */
export class H2Stage implements Stage {
  readonly #process: ChildProcess;
  readonly #directory: string;
  readonly #ca: string;
  readonly #scenes = new Map<number, SceneEvents>();
  #count = 0;

  private constructor(process: ChildProcess, directory: string, ca: string) {
    this.#process = process;
    this.#directory = directory;
    this.#ca = ca;
    createInterface({ input: process.stdout! }).on("line", (line) => {
      const { scene, ...event } = JSON.parse(line) as SceneEvent & { scene: number };
      this.#scenes.get(scene)?.add(event);
    });
    process.once("exit", () => {
      for (const events of this.#scenes.values()) events.end("the server's process has ended");
    });
  }

  /** Whether Python with hyper-h2 is installed. */
  static available(): Availability {
    found ??= findPython();
    return found;
  }

  static async start(): Promise<H2Stage> {
    const python = H2Stage.available();
    if (!python.installed) throw new Error(python.reason);
    const authority = await CertificateAuthority.create();
    const { cert, key } = await authority.issue();
    const directory = await mkdtemp(join(tmpdir(), "apnskit-h2-"));
    const [certFile, keyFile] = [join(directory, "cert.pem"), join(directory, "key.pem")];
    await Promise.all([writeFile(certFile, cert), writeFile(keyFile, key, { mode: 0o600 })]);
    // -B: no compiled files beside the sources.
    const child = spawn(python.path, ["-B", program, certFile, keyFile], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    return new H2Stage(child, directory, authority.certificate);
  }

  async open(script: Script): Promise<Scene> {
    const number = ++this.#count;
    const events = new SceneEvents();
    this.#scenes.set(number, events);
    const tell = (command: object): void => {
      this.#process.stdin!.write(`${JSON.stringify({ scene: number, ...command })}\n`);
    };
    const ask = async (command: object, answer: SceneEvent["event"]): Promise<SceneEvent> => {
      const from = events.count;
      tell(command);
      return events.first(answer, () => true, from);
    };
    const { port } = await ask({ open: script }, "listening");
    let closing: Promise<SceneLedger> | undefined;
    const close = (): Promise<SceneLedger> => {
      closing ??= ask({ close: true }, "closed").then(({ ledger }) => {
        this.#scenes.delete(number);
        events.end("the scene is closed");
        return ledger!;
      });
      return closing;
    };
    return {
      origin: `https://127.0.0.1:${port}`,
      ca: this.#ca,
      event: (name, matches) => events.first(name, matches),
      act: async (actions: readonly Action[], connection) => {
        await ask({ do: actions, to: connection }, "done");
      },
      ledger: async () => (await ask({ ask: "ledger" }, "ledger")).ledger!,
      close,
      [Symbol.asyncDispose]: async () => void (await close()),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exited = once(this.#process, "exit");
      // The server ends with its input.
      this.#process.stdin!.end();
      await exited;
    }
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function findPython(): Availability {
  for (const name of interpreters) {
    const python: Availability = name.startsWith("/")
      ? { installed: true, path: name }
      : findProgram(name, "python3");
    if (python.installed && spawnSync(python.path, ["-c", "import h2, hyperframe"]).status === 0)
      return python;
  }
  return { installed: false, reason: "hyper-h2 for Python is not installed (Debian package python3-h2)" };
}
