import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { PostgresServer, RedisServer, type StoreUse, storeTitle } from "@apnskit/testkit/stores";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type Running, useWorkbench } from "./support/command.ts";
import { TestServer } from "./support/server.ts";

failOnLeaks();
const bench = useWorkbench();

const running: Running[] = [];
/** Starts a command that ends with its test, also with one that fails. */
function run(args: readonly string[]): Running {
  const started = bench.start(args);
  running.push(started);
  return started;
}
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await ended;
  }
});

const tokenOf = (number: number) => number.toString(16).padStart(64, "0");
const list = (count: number) => Array.from({ length: count }, (_, at) => `${tokenOf(at + 1)}\n`).join("");

interface Status {
  readonly report: {
    readonly state: string;
    readonly accepted: number;
    readonly inDoubt: number;
    readonly pending: number;
  };
  readonly inDoubt: readonly { readonly index: number; readonly line: number; readonly token: string }[];
}

describe.each([
  ["--redis", RedisServer],
  ["--postgres", PostgresServer],
] as const)("a campaign with %s", (flag, server) => {
  describe.skipIf(!server.available().installed)(storeTitle(server), () => {
    let use: StoreUse;
    let store: readonly string[];
    beforeAll(async () => {
      use = await server.start();
      store = [flag, use.url];
    }, 60_000);
    afterAll(() => use[Symbol.asyncDispose]());

    async function start(name: string, count: number, ...more: string[]): Promise<void> {
      bench.write("hello.json", '{"payload":{"aps":{"alert":"Hello"}}}');
      const file = bench.write(`${name}.txt`, list(count));
      const args = ["campaign", "start", file, "--template", "hello.json", "--name", name, ...more, ...store];
      expect(await bench.run(args)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining(`${name}: ${count.toLocaleString("en-US")} queued`),
      });
    }

    async function statusOf(name: string): Promise<Status & { readonly code: number | null }> {
      const { code, stdout, stderr } = await bench.run(["campaign", "status", name, "--json", ...store]);
      expect(stderr).toBe("");
      return { code, ...(JSON.parse(stdout) as Status) };
    }

    it("is sent by workers that have neither file nor template, and one that is killed loses nothing", async () => {
      await using apns = await TestServer.start(bench, { ledger: { tally: ["apns-id"] } });
      apns.mock.inject({ kind: "latency", latency: 200 });
      await start("shared", 4_000, "--in-doubt", "report", "--rate", "3000", "--range", "500");
      const args = ["campaign", "worker", ...store, "--lock", "1000", ...apns.flags];
      const workers = [run(args)];
      await apns.mock.ledger.received({ count: 200, timeout: 60_000 });
      workers.push(run(args));
      await apns.mock.ledger.received({ count: 800, timeout: 60_000 });
      workers[0]!.child.kill("SIGKILL");
      await workers[1]!.shows(/campaign shared: finished/);
      workers[1]!.child.kill("SIGTERM");
      const [killed, stopped] = await Promise.all(workers.map(({ ended }) => ended));
      expect(killed!.signal).toBe("SIGKILL");
      expect(stopped).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("campaign shared: finished"),
      });
      const { code, report, inDoubt } = await statusOf("shared");
      expect(report.accepted + inDoubt.length).toBe(4_000);
      expect(inDoubt.length).toBeGreaterThan(0);
      expect(code).toBe(6);
      for (const { index, line, token } of inDoubt)
        expect([line, token]).toEqual([index + 1, tokenOf(index + 1)]);
      expect(apns.mock.ledger.apnsIds?.summary()).toMatchObject({ repeated: 0 });
      expect(apns.mock.ledger.totals.acted).toBeGreaterThanOrEqual(report.accepted);
      expect(await bench.run(["campaign", "status", "shared", ...store])).toMatchObject({
        stdout: expect.stringMatching(/^in doubt {2}line \d+ {2}[0-9a-f]{64}$/m),
      });
    });

    it("that is cancelled stops on all workers, and goes on when it is resumed", async () => {
      await using apns = await TestServer.start(bench);
      await start("paused", 1_500, "--rate", "300", "--range", "300");
      const worker = run(["campaign", "worker", ...store, ...apns.flags]);
      await apns.mock.ledger.received({ count: 50, timeout: 60_000 });
      expect(await bench.run(["campaign", "cancel", "paused", ...store])).toMatchObject({ code: 0 });
      const { report } = await statusOf("paused");
      expect(report).toMatchObject({ state: "cancelled" });
      expect(report.pending).toBeGreaterThan(0);
      await vi.waitFor(
        async () => {
          expect(await bench.run(["campaign", "resume", "paused", ...store])).toMatchObject({ code: 0 });
          expect((await statusOf("paused")).report.state).toBe("finished");
        },
        { timeout: 60_000, interval: 100 },
      );
      worker.child.kill("SIGINT");
      expect(await worker.ended).toMatchObject({ code: 0 });
      expect(apns.mock.ledger.totals.acted).toBeGreaterThanOrEqual(1_500);
    });

    it("ends invalid lines as unsent, takes stdin, and refuses a name that is taken or unknown", async () => {
      await using apns = await TestServer.start(bench);
      const input = `${list(2)}not a token\n`;
      const args = ["--template", "hello.json", "--format", "tokens", "--name", "mixed", ...store];
      bench.write("hello.json", '{"payload":{"aps":{"alert":"Hello"}}}');
      expect(await bench.run(["campaign", "start", "-", ...args], { input })).toMatchObject({ code: 0 });
      const again = await bench.run(["campaign", "start", "-", ...args], { input });
      expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("in the store already") });
      const worker = run(["campaign", "worker", ...store, ...apns.flags, "--json"]);
      await worker.shows(/"report"/);
      worker.child.kill("SIGTERM");
      const { stdout } = await worker.ended;
      expect(JSON.parse(stdout).report).toMatchObject({ accepted: 2, unsent: 1 });
      const { code } = await bench.run(["campaign", "status", "mixed", ...store]);
      expect(code).toBe(5);
      expect(await bench.run(["campaign", "remove", "mixed", ...store])).toMatchObject({ code: 0 });
      await start("waiting", 5);
      expect(await bench.run(["campaign", "remove", "waiting", ...store])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("not finished"),
      });
      const removal = ["campaign", "remove", "waiting", "--unfinished", ...store];
      expect(await bench.run(removal)).toMatchObject({ code: 0 });
      for (const command of ["status", "resume", "cancel", "remove"]) {
        expect(await bench.run(["campaign", command, "none", ...store])).toMatchObject({
          code: 2,
          stderr: expect.stringContaining("the store has no campaign none"),
        });
      }
    });
  });
});

describe("a store that cannot be used", () => {
  it.each<[string, readonly string[], number, RegExp]>([
    ["both stores", ["status", "x", "--redis", "redis://a", "--postgres", "postgres://a"], 2, /not both/],
    ["a URL that is none", ["status", "x", "--redis", "here"], 2, /--redis must be a URL such as redis:/],
    ["a URL of another kind", ["status", "x", "--postgres", "redis://a"], 2, /--postgres must be a URL/],
    ["a password", ["status", "x", "--redis", "redis://:se.cret@a"], 2, /must not hold a password/],
    [
      "a database that is none",
      ["status", "x", "--redis", "redis://127.0.0.1:1/a"],
      2,
      /number of a database/,
    ],
    ["a worker without a store", ["worker"], 2, /workers share a store: give --redis/],
    [
      "a journal and a store",
      ["start", "x", "--journal", "y", "--redis", "redis://a"],
      2,
      /--journal does not go/,
    ],
    [
      "results of a store",
      ["start", "x", "--results", "y", "--redis", "redis://a"],
      2,
      /--results does not go/,
    ],
    ["a range of a journal", ["start", "x", "--range", "5"], 2, /--range goes with --redis/],
    ["no file", ["start", "none", "--redis", "redis://a"], 2, /there is no such file/],
  ])("%s: one line, and the exit code", async (_, args, code, reason) => {
    const ended = await bench.run(["campaign", ...args]);
    expect(ended).toMatchObject({ code, stdout: "", stderr: expect.stringMatching(reason) });
    expect(ended.stderr).not.toContain("se.cret");
    expect(ended.stderr.trimEnd()).not.toContain("\n");
  });

  it.each([
    ["--redis", "redis"],
    ["--postgres", "postgres"],
  ])("with %s: a store that is not there is named, and the command ends", async (flag, protocol) => {
    const listener = createServer().listen(0, "127.0.0.1");
    await once(listener, "listening");
    const { port } = listener.address() as AddressInfo;
    listener.close();
    const url = `${protocol}://user@127.0.0.1:${port}/0`;
    const { code, stderr } = await bench.run(["campaign", "status", "x", flag, url], {
      env: { APNSKIT_STORE_PASSWORD: "se.cret" },
    });
    expect(stderr).toMatch(
      /^apnskit campaign status: \w+:\/\/user@127\.0\.0\.1:\d+\/0 cannot be reached: .*ECONNREFUSED/,
    );
    expect(stderr).not.toContain("se.cret");
    expect(code).toBe(3);
  });

  it("a worker waits for it, says so once, and ends at Ctrl-C", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    bench.write("AuthKey_ABC123DEFG.p8", privateKey.export({ type: "pkcs8", format: "pem" }) as string);
    const key = [
      "--key-file",
      "AuthKey_ABC123DEFG.p8",
      "--team-id",
      "DEF123GHIJ",
      "--topic",
      "com.example.app",
    ];
    const worker = run(["campaign", "worker", "--redis", "redis://127.0.0.1:1", ...key]);
    await worker.shows(/cannot be reached \(.*\); the worker waits for it/);
    worker.child.kill("SIGINT");
    const { code, stderr } = await worker.ended;
    expect(code).toBe(130);
    expect(stderr.match(/the worker waits/g)).toHaveLength(1);
  });
});
