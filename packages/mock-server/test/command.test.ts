import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { type SigningKey, signProviderToken } from "../src/index.ts";
import { Client, PAYLOAD, TOKEN } from "./support/client.ts";
import { Command, killAll, type Ready } from "./support/command.ts";

afterEach(killAll);

async function clientOf(ready: Ready, credentials: { cert?: string; key?: string } = {}): Promise<Client> {
  return Client.open({ origin: ready.origin, ca: ready.ca } as never, credentials);
}

async function keyOf(ready: Ready): Promise<SigningKey> {
  return { key: await readFile(ready.keyFile, "utf8"), keyId: ready.keyId, teamId: ready.teamId };
}

describe("apnskit-mock --json", () => {
  test("ends with the program that started it with a channel, leaving nothing behind", async () => {
    const command = new Command(["--json", "--port", "0"]);
    const { caFile } = await command.ready();
    expect(await command.leave()).toBe(0);
    expect(existsSync(dirname(caFile))).toBe(false);
  });

  test("says where it is, logs each push without secrets, and stops on SIGTERM leaving nothing behind", async () => {
    const command = new Command(["--json", "--port", "0", "--key-id", "MYKEY", "--team-id", "MYTEAM"]);
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
    const command = new Command([
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
    ]);
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
      const command = new Command(["--json", "--port", "0", "--cert-dir", directory]);
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
    const command = new Command(["--port", "0", "--auth", "anything"]);
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
    [
      ["--fault", "flood"],
      /option '--fault <fault>' argument 'flood' is invalid. `kind` of a fault must be .*; received "flood"/,
    ],
    [["--latency", "soon"], /Not a number of milliseconds: "soon"/],
    [["--port", "many"], /It must be a whole number/],
    [["--auth", "none"], /Allowed choices are token, certificate, anything/],
    [["--key", "nothing", "--port", "0"], /It must be file:keyId:teamId; received "nothing"/],
    [["--device-limit", "3", "--port", "0"], /It must be pushes\/milliseconds/],
    [["--device-limit", "0/5", "--port", "0"], /`requests` of `deviceRateLimit` must be/],
    [["--topic", "com.example.a,com.example.b"], /It must be one bundle id .* repeat the option/],
    [["--tally", "everything"], /Allowed choices are apns-id, collapse-id/],
    [["--port", "65536"], /It must be a port/],
    [["--key-id", "../../x"], /It must be 1 to 64 letters/],
    [["--key", "/nowhere.p8:K:T", "--port", "0"], /the file of the key K cannot be read: ENOENT/],
    [["--alt-name", "", "--port", "0"], /altNames/],
  ])("refuses %j and says why", async (args, message) => {
    const command = new Command(args);
    expect(await command.exit()).toBe(1);
    expect(command.errors).toMatch(message);
    expect(command.errors).not.toContain("    at ");
  });
});

describe("apnskit-mock and its surroundings", () => {
  test.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const)("cleans up after %s", async (signal) => {
    const command = new Command(["--json", "--port", "0"]);
    const { caFile } = await command.ready();
    expect(existsSync(caFile)).toBe(true);
    expect(await command.stop(signal)).toBe(0);
    expect(existsSync(dirname(caFile))).toBe(false);
  });

  test("cleans up when a port is taken", async () => {
    const first = new Command(["--json", "--port", "0"]);
    const { port } = await first.ready();
    const parent = await mkdtemp(join(tmpdir(), "apnskit-command-"));
    const second = new Command(["--json", "--port", String(port)], { TMPDIR: parent });
    expect(await second.exit()).toBe(1);
    expect(second.errors).toContain(`The mock server cannot listen at 127.0.0.1 port ${port}: EADDRINUSE`);
    expect((await readdir(parent)).filter((name) => name.startsWith("apnskit"))).toEqual([]);
    await rm(parent, { recursive: true });
  });

  test("removes what a killed one left behind, and nothing else", async () => {
    const parent = await mkdtemp(join(tmpdir(), "apnskit-command-"));
    const start = () => new Command(["--json", "--port", "0"], { TMPDIR: parent });
    const killed = start();
    const alive = start();
    const left = dirname((await killed.ready()).caFile);
    const kept = dirname((await alive.ready()).caFile);
    await killed.stop("SIGKILL");
    expect(existsSync(left)).toBe(true);
    await mkdir(join(parent, "apnskit-mock-something"));
    const next = start();
    await next.ready();
    expect(existsSync(left)).toBe(false);
    expect(existsSync(kept)).toBe(true);
    expect(existsSync(join(parent, "apnskit-mock-something"))).toBe(true);
    await Promise.all([alive.stop(), next.stop()]);
    await rm(parent, { recursive: true });
  });

  test("takes its options from variables, and those of the command line before them", async () => {
    const command = new Command(["--port", "0", "--team-id", "LINE"], {
      APNSKIT_MOCK_JSON: "yes",
      APNSKIT_MOCK_QUIET: "0",
      APNSKIT_MOCK_PORT: "1",
      APNSKIT_MOCK_KEY_ID: "FROMENV",
      APNSKIT_MOCK_TEAM_ID: "ENV",
      APNSKIT_MOCK_AUTH: "anything",
      APNSKIT_MOCK_TOPIC: "com.example.app;com.example.other",
      APNSKIT_MOCK_FAULT: "answer=Shutdown,times=1;answer=ServiceUnavailable,times=1",
      APNSKIT_MOCK_SHOW_PAYLOADS: "1",
    });
    const ready = await command.ready();
    expect(ready).toMatchObject({ keyId: "FROMENV", teamId: "LINE" });
    {
      await using client = await clientOf(ready);
      expect((await client.push()).reason).toBe("Shutdown");
      expect((await client.push()).reason).toBe("ServiceUnavailable");
    }
    expect(JSON.parse(await command.line(1))).toMatchObject({ payload: PAYLOAD });
    await command.stop();
  });

  test.each<[Record<string, string>, RegExp]>([
    [
      { APNSKIT_MOCK_PORT: "many" },
      /'many' from env 'APNSKIT_MOCK_PORT' is invalid. It must be a whole number/,
    ],
    [{ APNSKIT_MOCK_JSON: "maybe" }, /APNSKIT_MOCK_JSON must be 1 or 0; received "maybe"/],
  ])("refuses %j and says why", async (environment, message) => {
    const command = new Command([], environment);
    expect(await command.exit()).toBe(1);
    expect(command.errors).toMatch(message);
  });

  test("says its version", async () => {
    const command = new Command(["--version"]);
    expect(await command.line(0)).toMatch(/^\d+\.\d+\.\d+/);
    expect(await command.exit()).toBe(0);
  });

  test("listens everywhere, prints addresses that work, and has a certificate for them", async () => {
    const command = new Command(["--json", "--port", "0", "--host", "0.0.0.0", "--alt-name", "mock.test"]);
    const ready = await command.ready();
    expect(ready.origin).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    for (const origin of [ready.origin, ...(ready.otherOrigins ?? [])]) {
      await using client = await clientOf({ ...ready, origin });
      expect((await client.push()).reason).toBe("MissingProviderToken");
    }
    await command.stop();
  });

  test("keeps its secrets and the terminal to itself: a collapse id cannot steer it", async () => {
    const command = new Command(["--port", "0", "--auth", "anything"]);
    const lines: string[] = [];
    for (let i = 0; i < 10; i++) lines.push(await command.line(i));
    const origin = /origin +(\S+)/.exec(lines[2]!)![1]!;
    const ca = await readFile(/caFile +(\S+)/.exec(lines.join("\n"))![1]!, "utf8");
    {
      await using client = await Client.open({ origin, ca } as never);
      await client.push({ "apns-collapse-id": Buffer.from("\u009b2J\u0085\u202e").toString("latin1") });
    }
    expect(await command.line(10)).toContain("collapse \\x9b2J\\x85\\u202e");
    await command.stop();
  });
});
