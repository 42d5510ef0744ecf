import { once } from "node:events";
import { connect } from "node:tls";
import { CertificateAuthority, MockApns } from "@apnskit/mock-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ErrorPacketDecoder, encodeNotification } from "../../legacy-gateway/src/index.ts";
import { useWorkbench } from "./support/command.ts";

const bench = useWorkbench();
const TOPIC = "com.example.app";
let apns: MockApns;
let authority: CertificateAuthority;
let client: { readonly cert: string; readonly key: string };

beforeAll(async () => {
  apns = await MockApns.start();
  authority = await CertificateAuthority.create();
  const server = await authority.issue({ usage: "server" });
  client = await authority.issue({ usage: "client", uid: TOPIC, topics: [TOPIC] });
  bench.write("gateway/server.pem", server.cert);
  bench.write("gateway/server-key.pem", server.key);
  bench.write("gateway/clients.pem", authority.certificate);
  bench.write("gateway/apns-ca.pem", apns.ca);
  bench.write("gateway/AuthKey.p8", apns.key.key);
  bench.write("gateway/gateway.json", JSON.stringify(config()));
});
afterAll(() => apns.close());

/** A configuration that works, with some keys replaced. */
function config(more: object = {}): object {
  const { keyId, teamId } = apns.key;
  return {
    apps: [{ topic: TOPIC, environment: "sandbox", keyFile: "AuthKey.p8", keyId, teamId }],
    tls: { certificateFile: "server.pem", keyFile: "server-key.pem" },
    authorityFiles: ["clients.pem"],
    listeners: [
      { service: "push", host: "127.0.0.1", port: 0 },
      { service: "feedback", host: "127.0.0.1", port: 0 },
    ],
    upstream: { origin: apns.origin, caFile: "apns-ca.pem" },
    ...more,
  };
}

describe("apnskit legacy-gateway", () => {
  it("serves clients until SIGTERM, tells them how far they came, and leaves a report", async () => {
    const running = bench.start(["legacy-gateway", "--config", "gateway/gateway.json", "--json"]);
    await running.shows(/"listening":"feedback"/);
    const { port } = JSON.parse(running.stdout.split("\n")[0]!) as { port: number };
    const socket = connect({
      port,
      host: "127.0.0.1",
      servername: "localhost",
      ca: authority.certificate,
      ...client,
    });
    await once(socket, "secureConnect");
    const payload = Buffer.from('{"aps":{"alert":"Hello"}}');
    socket.write(
      encodeNotification({ command: 1, token: Buffer.alloc(32, 1), payload, identifier: 7, expiry: 0 }),
    );
    await apns.received();
    running.child.kill("SIGTERM");
    const [packet] = (await once(socket, "data")) as [Buffer];
    expect(new ErrorPacketDecoder().push(packet)).toEqual({ status: 10, identifier: 7 });
    socket.end();
    const { code, stdout, stderr } = await running.ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout.trim().split("\n").at(-1)!)).toMatchObject({ stats: { accepted: 1 } });
    expect(stderr).toContain('"message":"legacy client connected"');

    const report = await bench.run(["legacy-gateway", "--config", "gateway/gateway.json", "--report"]);
    expect(report).toMatchObject({ code: 0, stderr: "" });
    expect(report.stdout).toMatch(
      /com\.example\.app sandbox +127\.0\.0\.1 +Apple Push Services.* +0 +1 +0 +0 /,
    );
  });

  it.each<[string, () => string, number, RegExp]>([
    ["no file", () => "absent.json", 2, /absent\.json: there is no such file/],
    ["a file that is not JSON", () => bench.write("gateway/a.json", "{"), 2, /not JSON/],
    [
      "an unknown key",
      () => variant({ port: 1 }),
      2,
      /unknown key "port"; known are apps.* window, readAhead, maxUnderWay/,
    ],
    [
      "an unknown key of an app",
      () => variant({ apps: [{ bundle: "x" }] }),
      2,
      /apps\[0\]: unknown key "bundle"/,
    ],
    ["no credentials", () => variant({ apps: [{ topic: TOPIC }] }), 4, /give "keyFile" with/],
    [
      "a file that is not there",
      () => variant({ authorityFiles: ["x.pem"] }),
      2,
      /"authorityFiles" .*no such file/,
    ],
    ["a value that the library refuses", () => variant({ window: 0 }), 2, /window must be an integer from 1/],
    ["a listener that is none", () => variant({ listeners: [{ service: "x" }] }), 2, /service must be/],
    [
      "a password in the proxy",
      () => variant({ upstream: { proxy: "http://a:b@c" } }),
      2,
      /not hold a password/,
    ],
    [
      "a key in place of its path",
      () => variant({ tls: { certificateFile: apns.ca } }),
      2,
      /a path, not the content/,
    ],
  ])("refuses %s in one line", async (_, path, code, message) => {
    const ended = await bench.run(["legacy-gateway", "--config", path()]);
    expect(ended).toMatchObject({ code, stdout: "" });
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr.trim().split("\n")).toHaveLength(1);
  });
});

/** A configuration file that differs from the one that works. */
function variant(more: object): string {
  return bench.write("gateway/variant.json", JSON.stringify(config(more)));
}
