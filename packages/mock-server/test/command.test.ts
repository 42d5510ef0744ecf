import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { type SigningKey, signProviderToken } from "../src/index.ts";
import { Client, TOKEN } from "./support/client.ts";

const CLI = fileURLToPath(new URL("../src/cli.ts", import.meta.url));

/** What the first line says in JSON mode. */
interface Ready {
  origin: string;
  broadcastOrigin: string;
  managementOrigin: string;
  controlOrigin: string;
  port: number;
  ca: string;
  caFile: string;
  keyFile: string;
  keyId: string;
  teamId: string;
  certFile?: string;
  certKeyFile?: string;
}

class Command {
  readonly #child: ChildProcess;
  #wake: () => void = () => {};
  readonly lines: string[] = [];
  errors = "";

  constructor(...args: string[]) {
    const node = ["--import", "tsx", "--conditions=@apnskit/source", CLI];
    this.#child = spawn(process.execPath, [...node, ...args], { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    running.add(this.#child);
    createInterface(this.#child.stdout!).on("line", (line) => {
      this.lines.push(line);
      this.#wake();
    });
    this.#child.on("exit", () => this.#wake());
    this.#child.stderr!.on("data", (chunk) => {
      this.errors += chunk;
    });
  }

  /** Waits for the line with this number, counted from 0. */
  async line(number: number): Promise<string> {
    while (this.lines.length <= number) {
      if (this.#child.exitCode !== null) throw new Error(`The command ended: ${this.errors}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.lines[number]!;
  }

  async ready(): Promise<Ready> {
    return JSON.parse(await this.line(0));
  }

  /** Closes the channel, as the end of this process would. */
  leave(): Promise<number | null> {
    this.#child.disconnect();
    return this.exit();
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    this.#child.kill(signal);
    return this.exit();
  }

  async exit(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, "exit");
    running.delete(this.#child);
    return this.#child.exitCode;
  }
}

const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
});

async function clientOf(ready: Ready, credentials: { cert?: string; key?: string } = {}): Promise<Client> {
  return Client.open({ origin: ready.origin, ca: ready.ca } as never, credentials);
}

async function keyOf(ready: Ready): Promise<SigningKey> {
  return { key: await readFile(ready.keyFile, "utf8"), keyId: ready.keyId, teamId: ready.teamId };
}

describe("apnskit-mock --json", () => {
  test("ends with the program that started it with a channel, leaving nothing behind", async () => {
    const command = new Command("--json", "--port", "0");
    const { caFile } = await command.ready();
    expect(await command.leave()).toBe(0);
    expect(existsSync(dirname(caFile))).toBe(false);
  });

  test("says where it is, logs each push without secrets, and stops on SIGTERM leaving nothing behind", async () => {
    const command = new Command("--json", "--port", "0", "--key-id", "MYKEY", "--team-id", "MYTEAM");
    const ready = await command.ready();
    expect(ready).toMatchObject({ event: "ready", environment: "sandbox", keyId: "MYKEY", teamId: "MYTEAM" });
    expect(await readFile(ready.caFile, "utf8")).toBe(ready.ca);
    const jwt = signProviderToken(await keyOf(ready));
    {
      await using client = await clientOf(ready);
      expect(await client.push({ authorization: `bearer ${jwt}` }, "a secret")).toMatchObject({
        status: 200,
      });
    }
    const logged = JSON.parse(await command.line(1));
    expect(logged).toMatchObject({ event: "request", topic: "com.example.app", status: 200, acted: true });
    const everything = command.lines.slice(1).join("\n");
    for (const secret of [TOKEN, jwt, "a secret"]) expect(everything).not.toContain(secret);
    const control = await fetch(`${ready.controlOrigin}/ledger`);
    expect((await control.json()) as object).toMatchObject({ totals: { acted: 1 } });

    expect(await command.stop()).toBe(0);
    expect(existsSync(dirname(ready.caFile))).toBe(false);
    expect(command.errors).toBe("");
  });

  test("obeys its options", async () => {
    const command = new Command(
      ...[
        "--json",
        "--port",
        "0",
        "--environment",
        "production",
        "--auth",
        "certificate",
        "--topic",
        "com.example.app",
      ],
      ...[
        "--latency",
        "1..2",
        "--fault",
        "answer=Shutdown,times=1",
        "--seed",
        "5",
        "--ledger",
        "1",
        "--quiet",
      ],
      ...["--streams", "77", "--tally", "apns-id", "--device-limit", "2/60000", "--no-payloads"],
    );
    const ready = await command.ready();
    const [cert, key] = await Promise.all([
      readFile(ready.certFile!, "utf8"),
      readFile(ready.certKeyFile!, "utf8"),
    ]);
    await using client = await clientOf(ready, { cert, key });
    expect(client.limits).toEqual([77]);
    const replies = [await client.push(), await client.push(), await client.push(), await client.push()];
    expect(replies.map(({ status }) => status)).toEqual([503, 200, 200, 429]);
    expect(replies[1]!.headers["apns-unique-id"]).toBeUndefined();
    const { entries } = (await (await fetch(`${ready.controlOrigin}/ledger`)).json()) as {
      entries: object[];
    };
    expect(entries).toHaveLength(1);
    expect(entries[0]).not.toHaveProperty("payload");
    const summary = await (await fetch(`${ready.controlOrigin}/ledger/summary?by=apns-id`)).json();
    expect(summary).toMatchObject({ ids: 4 });
    expect(await command.stop("SIGINT")).toBe(0);
    expect(command.lines).toHaveLength(1);
  });

  test("keeps authority and key in the certificate directory, for its owner alone", async () => {
    const directory = await mkdtemp(join(tmpdir(), "apnskit-command-"));
    const started: Ready[] = [];
    for (let i = 0; i < 2; i++) {
      const command = new Command("--json", "--port", "0", "--cert-dir", directory);
      started.push(await command.ready());
      await command.stop();
    }
    const [first, second] = started as [Ready, Ready];
    expect(second.ca).toBe(first.ca);
    expect(second.keyFile).toBe(first.keyFile);
    for (const file of [first.keyFile, join(directory, "ca-key.pem")]) {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }
    await rm(directory, { recursive: true });
  });
});

describe("apnskit-mock for people", () => {
  test("says where it is, and has a line for each push", async () => {
    const command = new Command("--port", "0", "--auth", "anything");
    const origin = /origin +(\S+)/.exec(await command.line(2))![1]!;
    let controlOrigin = "";
    let caFile = "";
    for (let i = 0; i < 10; i++) {
      const line = await command.line(i);
      controlOrigin ||= /controlOrigin +(\S+)/.exec(line)?.[1] ?? "";
      caFile ||= /caFile +(\S+)/.exec(line)?.[1] ?? "";
    }
    {
      await using client = await Client.open({ origin, ca: await readFile(caFile, "utf8") } as never);
      await client.push({ "apns-priority": "7", "apns-collapse-id": "order-1" });
    }
    const expected =
      /^[\d:.]{12} c1\/s1 push aaaaaaaa… → 400 BadPriority \(com\.example\.app, alert, 25 B, \d+ ms, collapse order-1\)$/;
    expect(await command.line(10)).toMatch(expected);
    expect((await fetch(controlOrigin)).status).toBe(200);
    expect(await command.stop()).toBe(0);
  });

  test.each([
    [["--fault", "flood"], /option '--fault <fault>' argument 'flood' is invalid. Unknown fault "flood"/],
    [["--latency", "soon"], /Not a number of milliseconds: "soon"/],
    [["--port", "many"], /It must be a whole number/],
    [["--auth", "none"], /Allowed choices are token, certificate, anything/],
    [["--key", "nothing", "--port", "0"], /--key must be file:keyId:teamId, got "nothing"/],
    [["--device-limit", "3", "--port", "0"], /It must be pushes\/milliseconds/],
  ])("refuses %j and says why", async (args, message) => {
    const command = new Command(...args);
    expect(await command.exit()).toBe(1);
    expect(command.errors).toMatch(message);
    expect(command.errors).not.toContain("    at ");
  });
});
