import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from "vitest";
import { leadToMock } from "../src/lead.ts";
import { outputOf, startProgram } from "../src/program.ts";
import { ROOT } from "../src/public-packages.ts";
import { linkTools, tool } from "../src/tools.ts";

const unavailable = inject("unavailable");
const application = inject("application");

/** Copies an example into the project with all packages. */
function example(name: string, tools: readonly string[]): string {
  linkTools(application, tools);
  const folder = join(application, name);
  cpSync(join(ROOT, "examples", name), folder, { recursive: true });
  return folder;
}

it.skipIf(unavailable)("a NestJS module and its Jest test, with the mock server", async () => {
  const folder = example("nestjs", ["@nestjs", "@types", "reflect-metadata", "rxjs", "ts-jest"]);
  const args = [tool("jest/bin/jest.js"), "--config", "jest.config.json", "--json"];
  const { numPassedTests, numTotalTests, openHandles } = JSON.parse(
    await outputOf(process.execPath, args, folder),
  );
  expect({ numPassedTests, numTotalTests, openHandles }).toEqual({
    numPassedTests: 3,
    numTotalTests: 3,
    openHandles: [],
  });
});

it.skipIf(unavailable)("the pump over a connection, as in the guide", async () => {
  const guide = readFileSync(join(ROOT, "docs/guides/connection-by-hand.md"), "utf8");
  const block = /^```ts\n((?:(?!```).)*async function pump.*?)^```$/ms.exec(guide)![1]!;
  const folder = join(application, "pump");
  mkdirSync(folder, { recursive: true });
  linkTools(application, ["@types"]);
  const { server, args, environment } = await leadToMock(folder, { auth: "certificate" });
  await using _ = server;
  const { cert, key } = server.clientOptions.tls;
  writeFileSync(join(folder, "cert.pem"), cert!);
  writeFileSync(join(folder, "key.pem"), key!);
  const credentials = `import { readFileSync } from "node:fs";
const cert = readFileSync("cert.pem", "utf8");
const key = readFileSync("key.pem", "utf8");\n`;
  writeFileSync(join(folder, "pump.mts"), credentials + block);
  const compilerOptions = { strict: true, module: "nodenext", target: "es2022", types: ["node"] };
  const lib = ["es2023", "esnext.disposable"];
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { ...compilerOptions, lib }, files: ["pump.mts"] }),
  );
  await outputOf(process.execPath, [tool("typescript-6.0/bin/tsc")], folder);
  expect(await outputOf(process.execPath, [...args, "pump.mjs"], folder, environment)).toBe("3000\n");
  expect(server.ledger.totals.acted).toBe(3_000);
});

/**
 * Milliseconds: far above the 5 s that the example gives pushes in flight, and far below its client's time
 * limit of 60 s.
 */
const LONGEST_STOP = 30_000;

const redisMissing = spawnSync("redis-server", ["--version"]).error !== undefined;

describe.skipIf(unavailable || redisMissing)("a BullMQ worker, with redis-server,", () => {
  const socket = join(application, "redis.sock");
  let folder: string;
  let stopRedis: () => Promise<unknown>;

  beforeAll(async () => {
    folder = example("bullmq", ["bullmq", "ioredis"]);
    const settings = ["--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no"];
    const redis = spawn("redis-server", settings, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(redis, "exit");
    stopRedis = () => {
      redis.kill();
      return ended;
    };
    for await (const text of redis.stdout) if (String(text).includes("ready to accept")) break;
  });
  afterAll(() => stopRedis());

  it("loses no job if it stops while APNs is silent, and does not wait for the jobs' timeout", async () => {
    const count = 600;
    const { server, args, environment } = await leadToMock(folder, { latency: { median: 20, p99: 40 } });
    await using _ = server;
    const env = { ...environment, REDIS_URL: socket };
    const run = (file: string, ...more: string[]) =>
      outputOf(process.execPath, [join(folder, file), ...more], folder, env);
    const startWorker = () => {
      const worker = startProgram(process.execPath, [...args, "worker.mjs"], folder, env);
      onTestFinished(() => void worker.kill("SIGKILL"));
      return worker;
    };
    const stop = async (worker: ReturnType<typeof startWorker>) => {
      const ended = once(worker, "exit");
      worker.kill("SIGTERM");
      return ended;
    };
    await run("enqueue.mjs", String(count));

    const first = startWorker();
    await vi.waitFor(() => expect(server.ledger.totals.acted).toBeGreaterThan(count / 6), 30_000);
    server.inject({ kind: "stall" });
    await vi.waitFor(() => expect(server.faults[0]!.hits).toBeGreaterThan(0), 10_000);
    const stopping = performance.now();
    expect(await stop(first)).toEqual([0, null]);
    expect(performance.now() - stopping).toBeLessThan(LONGEST_STOP);
    const halfway = JSON.parse(await run("counts.mjs"));
    expect(halfway).toMatchObject({ active: 0, failed: 0 });
    expect(halfway.completed).toBeGreaterThan(0);
    expect(halfway.completed).toBeLessThan(count);
    expect(halfway.completed + halfway.waiting + halfway.delayed).toBe(count);

    server.clearFaults();
    const second = startWorker();
    const done = { waiting: 0, active: 0, delayed: 0, completed: count, failed: 0 };
    await expect.poll(async () => JSON.parse(await run("counts.mjs")), { timeout: 60_000 }).toEqual(done);
    expect(await stop(second)).toEqual([0, null]);
    const acted = server.ledger.entries({ kind: "push" }).filter((entry) => entry.acted);
    expect(new Set(acted.map(({ collapseId }) => collapseId)).size).toBe(count);
  });
});
