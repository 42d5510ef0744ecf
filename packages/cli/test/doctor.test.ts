import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, it } from "vitest";
import { type Ended, useWorkbench } from "./support/command.ts";
import { TestServer, TOKEN } from "./support/server.ts";

failOnLeaks();
const bench = useWorkbench();

interface Row {
  readonly check: string;
  readonly status: string;
  readonly detail: string;
  readonly remedy?: string;
}

/** What a doctor found, by check. */
function rowsOf({ stdout }: Ended): Map<string, Row> {
  const rows = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
  return new Map(rows.map((row) => [row.check, row]));
}

const doctor = (args: readonly string[], env?: Readonly<Record<string, string>>) =>
  bench.run(["doctor", "--json", ...args], env === undefined ? {} : { env });

/** A TCP server that speaks no TLS. */
class PlainServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** @param greeting sent to every client; nothing by default */
  constructor(greeting?: string) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {}).resume();
      if (greeting !== undefined) socket.end(greeting);
    });
  }

  async origin(): Promise<string> {
    return `https://127.0.0.1:${await listening(this.#server)}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return (server.address() as { port: number }).port;
}

describe("doctor", () => {
  it("finds everything right, sends one request that no user sees, and ends with 0", async () => {
    await using server = await TestServer.start(bench);
    const ended = await bench.run(["doctor", ...server.flags]);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    const marks = ended.stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.slice(0, 15).trim());
    const port = String(server.mock.port);
    expect(marks).toEqual([
      "✓ target",
      "✓ key",
      "✓ topic",
      "✓ proxy",
      `✓ TCP ${port}`,
      "✓ TLS",
      "✓ certificate",
      "✓ ALPN",
      expect.stringMatching(/^[✓–] clock$/),
      "✓ answer",
    ]);
    const [entry, ...others] = server.mock.ledger.entries();
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ payload: '{"aps":{}}', priority: "1", expiration: "0", pushType: "alert" });
  });

  it("takes BadDeviceToken for a made-up token as proof of the credentials, but not for a real one", async () => {
    await using server = await TestServer.start(bench, { acceptUnknownDevices: false });
    const madeUp = await doctor(server.flags);
    expect(madeUp.code).toBe(0);
    expect(rowsOf(madeUp).get("answer")).toMatchObject({
      status: "ok",
      detail: expect.stringMatching(/are right/),
    });
    const real = await doctor([...server.flags, "--token", TOKEN]);
    expect(real.code).toBe(1);
    expect(rowsOf(real).get("answer")).toMatchObject({
      status: "failed",
      remedy: expect.stringMatching(/Xcode/),
    });
    server.mock.devices.register(TOKEN);
    expect((await doctor([...server.flags, "--token", TOKEN])).code).toBe(0);
    server.mock.devices.unregister(TOKEN);
    const gone = await doctor([...server.flags, "--token", TOKEN]);
    expect(gone.code).toBe(1);
    expect(rowsOf(gone).get("answer")).toMatchObject({
      detail: expect.stringMatching(/Unregistered: key, team/),
    });
  });

  it.each([
    ["InvalidProviderToken", 4, /--key-id and --team-id belong together/],
    ["ExpiredProviderToken", 4, /clock/],
    ["TopicDisallowed", 4, /--topic is a bundle identifier/],
    ["BadEnvironmentKeyInToken", 4, /change --target/],
    ["UnrelatedKeyIdInToken", 1, /new connection/],
    ["DeviceTokenNotForTopic", 1, /bundle identifier of the app/],
    ["TooManyProviderTokenUpdates", 1, /20 minutes/],
    ["ServiceUnavailable", 1, /later/],
  ])("explains %s with a remedy, and ends with %i", async (reason, code, remedy) => {
    await using server = await TestServer.start(bench);
    server.mock.inject({ kind: "answer", reason: reason as "TopicDisallowed" });
    const ended = await doctor(server.flags);
    const row = rowsOf(ended).get("answer");
    expect(row).toMatchObject({ status: "failed", detail: expect.stringContaining(reason) });
    expect(row!.remedy).toMatch(remedy);
    expect(ended.code).toBe(code);
  });

  it("names a key that cannot be used, goes on with the network, and ends with 4", async () => {
    await using server = await TestServer.start(bench);
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    bench.write("rsa.p8", privateKey.export({ type: "pkcs8", format: "pem" }));
    const ids = ["--key-id", "ABC123DEFG", "--team-id", "DEF123GHIJ", "--topic", "com.example.app"];
    const ended = await doctor([...server.target, "--key-file", "rsa.p8", ...ids]);
    expect(ended.code).toBe(4);
    const rows = rowsOf(ended);
    expect(rows.get("key")).toMatchObject({
      status: "failed",
      detail: expect.stringMatching(/rsa\.p8.*P-256/),
    });
    expect(rows.get("ALPN")!.status).toBe("ok");
    expect(rows.get("answer")).toMatchObject({ status: "skipped" });
    const none = await doctor([...server.target]);
    expect(none.code).toBe(4);
    expect(rowsOf(none).get("key")!.detail).toMatch(/no credentials/);
  });

  it("warns of a missing topic, and tells that the credentials are right", async () => {
    await using server = await TestServer.start(bench);
    const ended = await doctor([...server.target, ...server.key]);
    expect(ended.code).toBe(0);
    expect(rowsOf(ended).get("topic")!.status).toBe("warning");
    expect(rowsOf(ended).get("answer")).toMatchObject({
      status: "warning",
      detail: expect.stringMatching(/MissingTopic/),
    });
  });

  it("checks a certificate's environment, topic and days", async () => {
    await using server = await TestServer.start(bench, { auth: "certificate" });
    const made = await server.mock.issueClientCertificate({ environments: ["production"] });
    bench.write("production.pem", made.cert + made.key);
    const wrong = await doctor([...server.target, "--certificate", "production.pem"]);
    expect(wrong.code).toBe(4);
    expect(rowsOf(wrong).get("environment")).toMatchObject({ status: "failed" });
    const right = await server.mock.issueClientCertificate({ environments: ["sandbox"] });
    bench.write("sandbox.pem", right.cert + right.key);
    const ended = await doctor([...server.target, "--certificate", "sandbox.pem"]);
    expect(ended.code).toBe(0);
    expect(rowsOf(ended).get("environment")!.status).toBe("ok");
  });

  it("says that nothing listens, and ends with 3", async () => {
    await using server = await TestServer.start(bench);
    const { flags } = server;
    await server.mock.close();
    const ended = await doctor(flags);
    expect(ended.code).toBe(3);
    const row = [...rowsOf(ended).values()].find(({ check }) => check.startsWith("TCP"));
    expect(row).toMatchObject({ status: "failed", detail: expect.stringMatching(/refused/) });
  });

  it("says that a name cannot be resolved", async () => {
    await using server = await TestServer.start(bench);
    const args = [...server.key, "--topic", "com.example.app", "--target", "https://apns.invalid"];
    const ended = await doctor(args);
    expect(ended.code).toBe(3);
    expect(rowsOf(ended).get("DNS")).toMatchObject({
      status: "failed",
      detail: expect.stringMatching(/apns\.invalid/),
    });
  });

  it("says that a server lets TCP through, but not TLS", async () => {
    await using server = await TestServer.start(bench);
    await using plain = new PlainServer("HTTP/1.1 400 Bad Request\r\n\r\n");
    const args = [...server.key, "--topic", "a.b", "--target", await plain.origin()];
    const ended = await doctor(args);
    expect(ended.code).toBe(3);
    expect(rowsOf(ended).get("TLS")).toMatchObject({ status: "failed" });
  });

  it("gives up on a server that accepts and says nothing", async () => {
    await using server = await TestServer.start(bench);
    await using silent = new PlainServer();
    const args = [...server.key, "--topic", "a.b", "--target", await silent.origin(), "--timeout", "300"];
    const ended = await doctor(args);
    expect(ended.code).toBe(3);
    expect(rowsOf(ended).get("TLS")!.detail).toMatch(/within 300 ms/);
  });

  it("names the chain of a server that is not trusted, and a server without HTTP/2", async () => {
    await using server = await TestServer.start(bench);
    const common = [...server.key, "--topic", "a.b"];
    const untrusted = await doctor([...common, "--target", server.mock.origin]);
    expect(untrusted.code).toBe(3);
    expect(rowsOf(untrusted).get("certificate")).toMatchObject({
      status: "failed",
      detail: expect.stringMatching(/not trusted.*authority/),
      remedy: expect.stringMatching(/--ca/),
    });
    await using peer = await ScriptedPeer.listen({ tls: { alpn: ["http/1.1"] } });
    bench.write("peer.pem", peer.ca);
    const old = await doctor([...common, "--target", peer.origin, "--ca", "peer.pem"]);
    expect(old.code).toBe(3);
    expect(rowsOf(old).get("ALPN")).toMatchObject({ status: "failed" });
  });

  it.each([
    [0, "ok", 0],
    [-5 * 60_000, "warning", 0],
    [70 * 60_000, "failed", 4],
  ])("compares the clock with the server's date: %i ms apart is %s", async (skew, status, code) => {
    const date = () => new Date(Date.now() - skew).toUTCString();
    await using peer = await ScriptedPeer.listen({
      respond: () => ({ status: 400, headers: { date: date() }, body: { reason: "BadDeviceToken" } }),
    });
    bench.write("clock.pem", peer.ca);
    await using server = await TestServer.start(bench);
    const args = [...server.key, "--topic", "a.b", "--target", peer.origin, "--ca", "clock.pem"];
    const ended = await doctor(args);
    expect(rowsOf(ended).get("clock")!.status).toBe(status);
    expect(ended.code).toBe(code);
  });

  it("tells of a proxy in the environment that is not used, and never shows its password", async () => {
    await using server = await TestServer.start(bench);
    const env = { HTTPS_PROXY: "http://user:hunter2@proxy.example:3128" };
    const ended = await doctor(server.flags, env);
    expect(rowsOf(ended).get("proxy")).toMatchObject({
      status: "warning",
      remedy: expect.stringMatching(/APNSKIT_PROXY/),
    });
    const down = await doctor(server.flags, { APNSKIT_PROXY: "http://user:hunter2@127.0.0.1:1" });
    expect(down.code).toBe(3);
    expect(rowsOf(down).get("proxy")!.detail).toBe("127.0.0.1:1 (from APNSKIT_PROXY)");
    expect(ended.stdout + ended.stderr + down.stdout + down.stderr).not.toContain("hunter2");
  });

  it("starts a mock server of its own for --target mock where none has run", async () => {
    const ended = await doctor(["--target", "mock"], { XDG_STATE_HOME: bench.path("nothing") });
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(rowsOf(ended).get("target")!.detail).toMatch(/none runs on this machine/);
    expect(rowsOf(ended).get("answer")!.status).toBe("ok");
  });
});
