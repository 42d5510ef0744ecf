import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { promisify } from "node:util";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, it } from "vitest";
import { useWorkbench } from "./support/command.ts";
import { OTHER, TestServer, TOKEN } from "./support/server.ts";

failOnLeaks();
const bench = useWorkbench();

/** The requests that a server got, as far as a test compares them. */
function arrived(server: TestServer) {
  return server.mock.ledger
    .entries({ kind: "push" })
    .map(({ token, topic, pushType, priority, payload }) => ({ token, topic, pushType, priority, payload }));
}

describe("send", () => {
  it("sends an alert to each token, prints an outcome for each, and ends with 0", async () => {
    await using server = await TestServer.start(bench);
    const data = ["--data", "order=7", "--data", "lines:=[1,2]"];
    const texts = ["--title", "Dinner", "--body", "is on the table", "--badge", "1", "--sound", "default"];
    const { code, stdout, stderr } = await bench.run([
      "send",
      TOKEN,
      OTHER,
      ...texts,
      ...data,
      ...server.flags,
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => line.split("  ")[0]),
    ).toEqual(["accepted", "accepted"]);
    expect(stdout).not.toContain(TOKEN);
    const payload =
      '{"aps":{"alert":{"title":"Dinner","body":"is on the table"},"badge":1,"sound":"default"},"order":"7","lines":[1,2]}';
    const common = { topic: "com.example.app", pushType: "alert", priority: "10", payload };
    expect(arrived(server)).toEqual([
      { token: TOKEN, ...common },
      { token: OTHER, ...common },
    ]);
  });

  it("prints an object per line with --json, and ends with 1 when APNs refuses a device token", async () => {
    await using server = await TestServer.start(bench);
    server.mock.devices.unregister(OTHER);
    const { code, stdout } = await bench.run([
      "send",
      TOKEN,
      OTHER,
      "--body",
      "x",
      "--json",
      ...server.flags,
    ]);
    const outcomes = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(outcomes.map(({ token, result, reason }) => [token, result, reason]).sort()).toEqual(
      [
        [TOKEN, "accepted", undefined],
        [OTHER, "rejected", "Unregistered"],
      ].sort(),
    );
    expect(code).toBe(1);
  });

  it.each([
    ["background", ["--push-type", "background", "--data", "a=b"], "com.example.app", "5"],
    ["background", ["--content-available"], "com.example.app", "5"],
    ["voip", ["--push-type", "voip", "--data", "call=1"], "com.example.app.voip", "10"],
    ["complication", ["--push-type", "complication", "--data", "t=1"], "com.example.app.complication", "10"],
    ["liveactivity", ["--event", "update", "--state", "-"], "com.example.app.push-type.liveactivity", "10"],
    ["liveactivity", ["--payload", "-"], "com.example.app.push-type.liveactivity", "10"],
  ])("sends a %s push by %j", async (pushType, flags, topic, priority) => {
    await using server = await TestServer.start(bench);
    const input = flags.includes("--payload")
      ? '{"aps":{"event":"end","timestamp":1,"content-state":{}}}'
      : '{"score":3}';
    const { code, stderr } = await bench.run(["send", TOKEN, ...flags, ...server.flags], { input });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(arrived(server)).toMatchObject([{ pushType, topic, priority }]);
  });

  it("starts a Live Activity with state, attributes and an alert", async () => {
    await using server = await TestServer.start(bench);
    bench.write("state.json", '{"score":0}');
    bench.write("attributes.json", '{"teams":["A","B"]}');
    const start = ["--event", "start", "--state", "state.json", "--attributes-type", "Match"];
    const more = ["--attributes", "attributes.json", "--title", "Kick-off", "--stale-date", "30m"];
    const { code, stderr } = await bench.run(["send", TOKEN, ...start, ...more, ...server.flags]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { aps } = JSON.parse(arrived(server)[0]!.payload!);
    expect(aps).toMatchObject({
      event: "start",
      "content-state": { score: 0 },
      "attributes-type": "Match",
      attributes: { teams: ["A", "B"] },
      alert: { title: "Kick-off" },
    });
    expect(aps["stale-date"] - aps.timestamp).toBe(1800);
  });

  it("--dry-run sends nothing, and its curl line sends the same request", async (context) => {
    await using server = await TestServer.start(bench);
    const args = ["send", TOKEN, "--title", "it's $5 `now`", "--collapse-id", "offer 1", "--expiration", "0"];
    const { code, stdout } = await bench.run([...args, "--dry-run", "--json", ...server.flags]);
    expect(code).toBe(0);
    expect(server.mock.ledger.totals.arrived).toBe(0);
    const { request } = JSON.parse(stdout);
    expect(request).toMatchObject({ method: "POST", size: 43, limit: 4096 });
    expect(request.headers.authorization).toBe("bearer $TOKEN");
    const shell = promisify(execFile);
    const hasHttp2 = await shell("curl", ["--version"]).then(
      ({ stdout }) => stdout.includes("HTTP2"),
      () => false,
    );
    if (!hasHttp2) return context.skip("there is no curl with HTTP/2");
    await shell("sh", ["-c", `${request.curl} --silent --fail`], {
      env: { ...process.env, TOKEN: server.mock.providerToken(), CA: server.caFile },
    });
    const [entry] = server.mock.ledger.entries();
    expect(entry).toMatchObject({
      apnsId: request.headers["apns-id"],
      collapseId: "offer 1",
      expiration: "0",
      payload: request.body,
      acted: true,
    });
  });

  it("--explain shows the request that it sends", async () => {
    await using server = await TestServer.start(bench);
    const { code, stdout } = await bench.run([
      "send",
      TOKEN,
      "--body",
      "x",
      "--explain",
      "--json",
      ...server.flags,
    ]);
    const [{ request }, outcome] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(code).toBe(0);
    expect(outcome).toMatchObject({ result: "accepted", apnsId: request.headers["apns-id"] });
    const [entry] = server.mock.ledger.entries();
    expect(entry).toMatchObject({ apnsId: request.headers["apns-id"], payload: request.body });
  });

  it("sends with a certificate and its key in two files, and in one", async () => {
    await using server = await TestServer.start(bench, { auth: "certificate" });
    const { cert, key } = server.mock.clientOptions.tls as { cert: string; key: string };
    bench.write("cert.pem", cert);
    bench.write("key.pem", key);
    bench.write("both.pem", `${key}${cert}`);
    for (const files of [
      ["--certificate", "cert.pem", "--certificate-key", "key.pem"],
      ["--certificate", "both.pem"],
    ]) {
      const topic = ["--topic", "com.example.app"];
      const run = await bench.run(["send", TOKEN, "--body", "x", ...server.target, ...files, ...topic]);
      expect(run).toMatchObject({ code: 0, stderr: "" });
    }
  });

  it.each([
    [3, "the server is down", async (server: TestServer) => void (await server.mock.close())],
    [
      4,
      "APNs does not know the key",
      (server: TestServer) => server.mock.inject({ kind: "answer", reason: "InvalidProviderToken" }),
    ],
    [
      5,
      "streams are refused to the end",
      (server: TestServer) => server.mock.inject({ kind: "reset", code: "REFUSED_STREAM" }),
    ],
    [6, "no answer comes", (server: TestServer) => server.mock.inject({ kind: "stall" })],
  ])("ends with %i when %s", async (exitCode, _, spoil) => {
    await using server = await TestServer.start(bench);
    await spoil(server);
    const args = ["send", TOKEN, "--body", "x", "--timeout", "1500", ...server.flags];
    const { code, stderr, stdout } = await bench.run(args);
    expect({ code, stdout, stderr }).toMatchObject({ code: exitCode });
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it("ends with 130 on Ctrl-C, with an outcome for what was under way", async () => {
    await using server = await TestServer.start(bench);
    server.mock.inject({ kind: "stall" });
    const running = bench.start([
      "send",
      TOKEN,
      "--body",
      "x",
      "--timeout",
      "60000",
      "--json",
      ...server.flags,
    ]);
    await server.mock.received({ settled: false });
    running.child.kill("SIGINT");
    const { code, stdout } = await running.ended;
    expect(JSON.parse(stdout)).toMatchObject({ result: "unknown", error: { code: "ERR_APNS_ABORTED" } });
    expect(code).toBe(130);
  });

  it("uses colours on a terminal only, and not with NO_COLOR", async () => {
    await using server = await TestServer.start(bench);
    const args = ["send", TOKEN, "--body", "x", ...server.flags];
    expect((await bench.run(args)).stdout).not.toContain("\u001b[");
    expect((await bench.run([...args, "--color"])).stdout).toContain("\u001b[32maccepted");
    expect((await bench.run(args, { terminal: true })).stdout).toContain("\u001b[32maccepted");
    const env = { NO_COLOR: "1" };
    expect((await bench.run(args, { terminal: true, env })).stdout).not.toContain("\u001b[32m");
    expect((await bench.run([...args, "--no-color"], { terminal: true })).stdout).not.toContain("\u001b[32m");
  });

  it("takes settings from flags, then the environment, then the profile", async () => {
    await using server = await TestServer.start(bench);
    const { teamId } = server.mock.key;
    const profile = {
      keyFile: server.keyFile,
      teamId,
      target: "sandbox",
      ca: "ca.pem",
      topic: "com.example.profile",
    };
    bench.write("apnskit.config.json", JSON.stringify({ profiles: { dev: profile } }));
    const env = { APNSKIT_TARGET: server.mock.origin, APNSKIT_TOPIC: "com.example.variable" };
    await bench.run(["send", TOKEN, "--body", "1"], { env: { APNSKIT_TARGET: server.mock.origin } });
    await bench.run(["send", TOKEN, "--body", "2"], { env });
    await bench.run(["send", TOKEN, "--body", "3", "--topic", "com.example.flag"], { env });
    rmSync(bench.path("apnskit.config.json"));
    expect(arrived(server).map(({ topic }) => topic)).toEqual([
      "com.example.profile",
      "com.example.variable",
      "com.example.flag",
    ]);
  });
});
