import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MockApns } from "../src/index.ts";
import { TOPIC } from "./support/client.ts";

/*
 * Python clients on hyper-h2, which checks what a server sends more strictly than nghttp2 does. aapns is not in Debian:
 * install it with pip, or set APNSKIT_AAPNS to the folder `src` of its source; it needs python3-h2 and python3-attr.
 */
const AAPNS = process.env.APNSKIT_AAPNS;
const pythonPath = AAPNS === undefined ? {} : { PYTHONPATH: AAPNS };

/** The first Python that has these modules. */
function pythonWith(modules: string): string | undefined {
  const env = { ...process.env, ...pythonPath };
  return ["python3", "/usr/bin/python3"].find(
    (name) => spawnSync(name, ["-c", `import ${modules}`], { env }).status === 0,
  );
}

const clients = [
  {
    name: "a client on asyncio and hyper-h2",
    file: "hyper_h2_client.py",
    doubles: false,
    python: pythonWith("h2"),
  },
  { name: "aapns", file: "aapns_client.py", doubles: true, python: pythonWith("h2, attr, aapns.api") },
];

/** A client in its own process, which sends what it is told. */
class PythonClient implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #interface: Interface;

  constructor(python: string, args: readonly string[]) {
    this.#process = spawn(python, args, {
      // aapns logs what hyper-h2 does not read.
      stdio: ["pipe", "pipe", "ignore"],
      env: { ...process.env, ...pythonPath },
    });
    this.#interface = createInterface(this.#process.stdout!);
    this.#lines = this.#interface[Symbol.asyncIterator]();
  }

  /** The outcome of each token. */
  async send(tokens: readonly string[], text = "Hello"): Promise<Record<string, string>> {
    this.#process.stdin!.write(`${JSON.stringify({ tokens, text })}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("the client has ended");
    return JSON.parse(value) as Record<string, string>;
  }

  /** Its exit code, after it has been told that nothing more comes. */
  async end(): Promise<number | null> {
    const exited = once(this.#process, "exit");
    this.#process.stdin!.end();
    return (await exited)[0] as number | null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#interface.close();
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await exited;
  }
}

describe.each(clients)("$name (skipped where it or a module is missing)", ({ file, doubles, python }) => {
  let directory: string;
  let server: MockApns;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "apnskit-python-"));
    server = await MockApns.start({ auth: "certificate", topics: [TOPIC] });
    const { ca, cert, key } = server.clientOptions.tls;
    await writeFile(join(directory, "ca.pem"), ca);
    await writeFile(join(directory, "client.pem"), `${cert}\n${key}`, { mode: 0o600 });
  });

  afterEach(async () => {
    await server.close();
    await rm(directory, { recursive: true });
  });

  const start = () => {
    const program = join(import.meta.dirname, "python", file);
    const files = [join(directory, "ca.pem"), join(directory, "client.pem")];
    return new PythonClient(python!, [program, String(server.port), ...files, TOPIC]);
  };
  const tokens = (count: number) =>
    Array.from({ length: count }, (_, at) => at.toString(16).padStart(64, "0"));

  test.skipIf(python === undefined)("has 500 pushes accepted, each once", async () => {
    await using client = start();
    const outcomes = await client.send(tokens(500));
    expect(new Set(Object.values(outcomes))).toEqual(new Set(["accepted"]));
    expect(server.ledger.totals).toMatchObject({ arrived: 500, acted: 500 });
    expect(await client.end()).toBe(0);
  });

  test.skipIf(python === undefined)("is told why each push is refused", async () => {
    const [gone, foreign] = ["bb".repeat(32), "cc".repeat(32)];
    server.devices.unregister(gone, 1_700_000_000_123);
    server.devices.register(foreign, { topic: "com.example.other" });
    await using client = start();
    expect(await client.send([gone, foreign, "xyz", "aa".repeat(32)])).toEqual({
      [gone]: "Unregistered",
      [foreign]: "DeviceTokenNotForTopic",
      xyz: "BadDeviceToken",
      ["aa".repeat(32)]: "accepted",
    });
    expect(await client.end()).toBe(0);
  });

  test.skipIf(python === undefined)(
    "goes on after GOAWAY, and the ledger agrees with what it says",
    async () => {
      await using client = start();
      await client.send(tokens(3));
      server.inject({ kind: "goaway", reason: "Shutdown", times: 1 });
      const outcomes = await client.send(tokens(200), "Again");
      const counts = new Map<string, number>();
      for (const { token = "" } of server.ledger.entries({ acted: true }).slice(3))
        counts.set(token, (counts.get(token) ?? 0) + 1);
      expect(Object.keys(outcomes)).toHaveLength(200);
      for (const [token, outcome] of Object.entries(outcomes)) {
        const times = counts.get(token) ?? 0;
        // hyper-h2 does not read the answers behind GOAWAY. aapns sends those pushes again, the other client tells of them.
        if (outcome === "accepted") expect(times).toBeGreaterThanOrEqual(1);
        if (!doubles) expect(times).toBeLessThanOrEqual(1);
        expect(outcome).toMatch(doubles ? /^accepted$/ : /^(accepted|unknown)$/);
      }
      expect(await client.end()).toBe(0);
    },
  );
});
