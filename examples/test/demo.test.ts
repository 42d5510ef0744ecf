import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { MockApns, type MockApnsOptions } from "@apnskit/mock-server";
import { serverCertificate, testAuthority } from "@apnskit/testkit";
import { afterAll, describe, expect, test } from "vitest";
import { DemoProcess } from "./demo-process.ts";

const folder = mkdtempSync(join(tmpdir(), "apnskit-demo-"));
afterAll(() => rmSync(folder, { recursive: true }));

const exampleFile = new URL("../notifications.ndjson", import.meta.url);

let files = 0;
function fileWith(text: string): string {
  const file = join(folder, String(++files));
  writeFileSync(file, text);
  return file;
}

/** A server in the test's process, and the demo's options for it. */
async function startServer(options: MockApnsOptions = {}) {
  const server = await MockApns.start({ auth: "anything", ledger: { payloads: false }, ...options });
  const args = ["--origin", server.origin, "--ca", fileWith(server.clientOptions.tls.ca)];
  return { server, args, [Symbol.asyncDispose]: () => server.close() };
}

function sumOfOutcomes(demo: DemoProcess): number {
  return ["accepted", "rejected", "unsent", "unknown"].reduce((sum, label) => sum + demo.figure(label), 0);
}

describe("the demo", () => {
  test("starts a mock server, sends the example file to it and accounts for every notification", async () => {
    await using demo = new DemoProcess("--count", "3000");
    expect(await demo.exit()).toBe(0);
    expect(demo.stderr).toBe("");
    expect(demo.stdout).toMatch(/^3,000\/3,000 {2}100 %/m);
    expect(demo.figure("Sent")).toBe(3000);
    expect(sumOfOutcomes(demo)).toBe(3000);
    expect(demo.figure("accepted")).toBeGreaterThan(2800);
    expect(demo.figure("410 Unregistered")).toBeGreaterThan(0);
    expect(demo.figure("Per second")).toBeGreaterThan(0);
    expect(demo.stdout).toMatch(/^ {2}p50 +[\d.]+ m?s$/m);
    expect(demo.stdout).toMatch(/^ {2}p95 +[\d.]+ m?s$/m);
    expect(demo.stdout).toMatch(/^ {2}p99 +[\d.]+ m?s$/m);
  });

  test("sends to a running server, each notification once", async () => {
    await using started = await startServer();
    await using demo = new DemoProcess("--", ...started.args, "--count", "2000", "--connections", "3");
    expect(await demo.exit()).toBe(0);
    expect(demo.figure("accepted")).toBe(2000);
    expect(started.server.ledger.totals).toMatchObject({ arrived: 2000 });
  });

  test("presents a client certificate", async () => {
    await using started = await startServer({ auth: "certificate", topics: ["com.example.murmur"] });
    const { cert, key } = started.server.clientOptions.tls;
    const line = { token: "ab", headers: { "apns-topic": "com.example.murmur" }, payload: {} };
    const args = [
      "--cert",
      fileWith(cert!),
      "--key",
      fileWith(key!),
      "--file",
      fileWith(JSON.stringify(line)),
    ];
    await using demo = new DemoProcess(...started.args, ...args, "--count", "10");
    expect(await demo.exit()).toBe(0);
    expect(demo.figure("accepted")).toBe(10);
  });

  test("reports invalid lines with file, number and reason, skips them and sends all others", async () => {
    await using started = await startServer();
    const [first, second] = readFileSync(exampleFile, "utf8").split("\n");
    const file = fileWith([first, "{oops", second, '{"token":"xyz"}', ""].join("\n"));
    await using demo = new DemoProcess(...started.args, "--file", file, "--count", "7");
    expect(await demo.exit()).toBe(0);
    expect(demo.stderr.split("\n")).toEqual([
      expect.stringMatching(new RegExp(`^${file}:2: skipped: not JSON`)),
      expect.stringMatching(new RegExp(`^${file}:4: skipped: token must be whole bytes in hexadecimal`)),
      "",
    ]);
    expect(demo.figure("Lines skipped")).toBe(2);
    expect(demo.figure("accepted")).toBe(7);
    expect(started.server.ledger.totals).toMatchObject({ arrived: 7 });
  });

  test("counts notifications without an answer in time as unknown, and exits with 1 if no answer came", async () => {
    await using started = await startServer({ faults: [{ kind: "stall", scope: "stream" }] });
    await using demo = new DemoProcess(...started.args, "--count", "20", "--timeout", "100");
    expect(await demo.exit()).toBe(1);
    expect(demo.figure("unknown")).toBe(20);
    expect(sumOfOutcomes(demo)).toBe(20);
  });
});

describe("Ctrl-C", () => {
  test("stops sending, lets pushes in flight finish, and prints the summary", async () => {
    await using started = await startServer({ latency: 50 });
    await using demo = new DemoProcess(...started.args, "--count", "1000000");
    await started.server.received({ count: 500, timeout: 15_000 });
    demo.child.kill("SIGINT");
    expect(await demo.exit()).toBe(130);
    const accepted = demo.figure("accepted");
    expect(demo.figure("Interrupted")).toBe(accepted);
    expect(accepted).toBeGreaterThanOrEqual(500);
    expect(started.server.ledger.totals).toMatchObject({ arrived: accepted });
  });

  test("ends at once the second time", async () => {
    await using started = await startServer({ faults: [{ kind: "stall", scope: "stream" }] });
    await using demo = new DemoProcess(...started.args, "--count", "10", "--timeout", "600000");
    await demo.printed(/^0\/10 /m);
    demo.child.kill("SIGINT");
    await demo.printed(/Stopping/);
    const again = setInterval(() => demo.child.kill("SIGINT"), 50);
    expect(await demo.exit()).toBe(130);
    clearInterval(again);
    expect(demo.stdout).not.toMatch(/accepted +\d+ {2}/);
  });
});

test.each(["SIGINT", "SIGKILL"] as const)(
  "a demo that gets %s leaves no mock server behind",
  async (signal) => {
    await using demo = new DemoProcess("--count", "1000000");
    const pid = Number((await demo.printed(/in process (\d+)/))[1]);
    demo.child.kill(signal);
    await demo.exit();
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
  },
);

describe.concurrent("one line and no stack", () => {
  async function failureOf(...args: string[]): Promise<string> {
    await using demo = new DemoProcess(...args);
    expect(await demo.exit()).toBe(1);
    expect(demo.stderr).toMatch(/^demo: .+\n$/);
    expect(demo.stderr).not.toMatch(/\n +at /);
    return demo.stderr;
  }

  test("when no server listens", async () => {
    const port = await withTcpServer(createTcpServer(), async (port) => port);
    expect(await failureOf("--origin", `https://127.0.0.1:${port}`)).toMatch(
      /cannot connect to .*ECONNREFUSED/,
    );
  });

  test("when the server's certificate is not trusted", async () => {
    await using started = await startServer();
    expect(await failureOf("--origin", started.server.origin)).toMatch(/cannot connect to .*certificate/);
  });

  test("when key and certificate do not belong together", async () => {
    await using one = await startServer({ auth: "certificate" });
    await using two = await startServer({ auth: "certificate" });
    const args = [
      "--cert",
      fileWith(one.server.clientOptions.tls.cert!),
      "--key",
      fileWith(two.server.clientOptions.tls.key!),
    ];
    expect(await failureOf(...one.args, ...args)).toMatch(/key/);
  });

  test("when the server speaks HTTP/1.1 only", async () => {
    const { cert, key } = await serverCertificate();
    const ca = fileWith((await testAuthority()).certificate);
    const server = createTlsServer({ cert, key, ALPNProtocols: ["http/1.1"] }, (socket) => socket.end());
    server.on("tlsClientError", () => {});
    const said = await withTcpServer(server, (port) =>
      failureOf("--origin", `https://127.0.0.1:${port}`, "--ca", ca),
    );
    expect(said).toMatch(/cannot connect to .*HTTP\/2/);
  });

  test("when the origin is invalid", async () => {
    expect(await failureOf("--origin", "http://localhost")).toMatch(/https/);
  });

  test("when a file cannot be read", async () => {
    expect(await failureOf("--file", join(folder, "none"))).toMatch(/cannot read .*none.*ENOENT/);
    expect(await failureOf("--origin", "https://localhost", "--ca", join(folder, "none"))).toMatch(
      /--ca.*ENOENT/,
    );
    expect(await failureOf("--origin", "https://localhost", "--ca", fileWith("no"))).toMatch(
      /--ca.*not a PEM file/,
    );
  });

  test("when the mock server dies during the run", async () => {
    await using demo = new DemoProcess("--count", "1000000");
    const pid = Number((await demo.printed(/in process (\d+)/))[1]);
    await demo.printed(/accepted [1-9]/);
    process.kill(pid, "SIGKILL");
    expect(await demo.exit()).toBe(1);
    expect(demo.stderr).toBe("demo: the mock server ended by itself\n");
    expect(sumOfOutcomes(demo)).toBe(demo.figure("Sent"));
  });
});

async function withTcpServer<T>(server: TcpServer, use: (port: number) => Promise<T>): Promise<T> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use((server.address() as AddressInfo).port);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
