import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import apn from "@parse/node-apn";
import { ApnsClient, type ApnsError, Notification } from "apns2";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { generateSigningKey, MockApns, type SigningKey } from "../src/index.ts";
import { PAYLOAD, TOKEN, TOPIC } from "./support/client.ts";

const GONE = "bb".repeat(32);
const OTHER_APP = "cc".repeat(32);
const GONE_SINCE = 1_700_000_000_123;

let server: MockApns;

beforeAll(async () => {
  server = await MockApns.start({ topics: [TOPIC] });
});

beforeEach(() => {
  server.ledger.clear();
  server.devices.unregister(GONE, GONE_SINCE);
  server.devices.register(OTHER_APP, { topic: "com.example.other" });
});

afterAll(async () => {
  await server.close();
});

/** A key with the right ids that is not the registered one. */
function forgedKey(): SigningKey {
  return { ...server.key, key: generateSigningKey().key };
}

describe("@parse/node-apn", () => {
  async function send(
    change: { token?: string; topic?: string; body?: string; key?: SigningKey; pushType?: string } = {},
  ) {
    const { key, keyId, teamId } = change.key ?? server.key;
    const provider = new apn.Provider({
      token: { key, keyId, teamId },
      address: "localhost",
      port: server.port,
      ca: [server.ca],
    });
    const notification = new apn.Notification({ alert: change.body ?? "Hello" });
    notification.topic = change.topic ?? TOPIC;
    notification.pushType = (change.pushType ?? "alert") as "alert";
    try {
      return await provider.send(notification, change.token ?? TOKEN);
    } finally {
      await new Promise<void>((resolve) => provider.shutdown(resolve));
    }
  }

  test("has a push accepted", async () => {
    expect(await send()).toMatchObject({ sent: [{ device: TOKEN }], failed: [] });
    expect(server.ledger.entries({ token: TOKEN, acted: true })).toHaveLength(1);
  });

  test("has a burst of pushes over one connection accepted", async () => {
    const { key, keyId, teamId } = server.key;
    const provider = new apn.Provider({
      token: { key, keyId, teamId },
      address: "localhost",
      port: server.port,
      ca: [server.ca],
    });
    const notification = new apn.Notification({ alert: "Hello" });
    notification.topic = TOPIC;
    await provider.send(notification, TOKEN);
    const devices = Array.from({ length: 50 }, (_, i) => i.toString(16).padStart(64, "0"));
    const { sent, failed } = await provider.send(notification, devices);
    await new Promise<void>((resolve) => provider.shutdown(resolve));
    expect(failed).toEqual([]);
    expect(sent).toHaveLength(50);
    expect(server.ledger.totals).toMatchObject({ arrived: 51, acted: 51 });
  });

  test.each([
    [400, "BadDeviceToken", { token: "xyz" }],
    [400, "DeviceTokenNotForTopic", { token: OTHER_APP }],
    [400, "TopicDisallowed", { topic: "com.example.foreign" }],
    [400, "InvalidPushType", { pushType: "pigeon" }],
    [413, "PayloadTooLarge", { body: "x".repeat(4096) }],
    [403, "InvalidProviderToken", "forged"],
  ] as const)("is told %i %s", async (status, reason, change) => {
    const { sent, failed } = await send(change === "forged" ? { key: forgedKey() } : change);
    expect(sent).toEqual([]);
    expect(failed).toMatchObject([{ status, response: { reason } }]);
  });

  test("is told 410 Unregistered with the time", async () => {
    const { failed } = await send({ token: GONE });
    expect(failed).toMatchObject([
      { status: 410, response: { reason: "Unregistered", timestamp: GONE_SINCE } },
    ]);
  });
});

describe("apns2", () => {
  const fromApns2 = createRequire(createRequire(import.meta.url).resolve("apns2"));
  const { Pool } = fromApns2("undici") as {
    Pool: new (origin: string, options: object) => ApnsClient["client"];
  };

  /** apns2 can neither be given a port nor an authority, so its pool is replaced by one that has both. */
  function clientFor(key: SigningKey): ApnsClient {
    const client = new ApnsClient({
      team: key.teamId,
      keyId: key.keyId,
      signingKey: key.key,
      host: "localhost",
      defaultTopic: TOPIC,
    });
    const origin = `https://localhost:${server.port}`;
    const pool = new Pool(origin, {
      connections: 32,
      pipelining: 1,
      allowH2: true,
      connect: { ca: server.ca },
    });
    void client.client.close();
    return Object.assign(client, { client: pool });
  }

  async function send(change: { token?: string; topic?: string; body?: string; key?: SigningKey } = {}) {
    const client = clientFor(change.key ?? server.key);
    const options = { alert: change.body ?? "Hello", ...(change.topic && { topic: change.topic }) };
    try {
      return await client.send(new Notification(change.token ?? TOKEN, options));
    } finally {
      await client.close();
    }
  }

  test("has a push accepted", async () => {
    await expect(send()).resolves.toBeInstanceOf(Notification);
    expect(server.ledger.entries({ token: TOKEN, acted: true })).toHaveLength(1);
  });

  test.each([
    [400, "BadDeviceToken", { token: "xyz" }],
    [400, "DeviceTokenNotForTopic", { token: OTHER_APP }],
    [400, "TopicDisallowed", { topic: "com.example.foreign" }],
    [400, "BadTopic", { topic: `${TOPIC}.voip` }],
    [410, "Unregistered", { token: GONE }],
    [413, "PayloadTooLarge", { body: "x".repeat(4096) }],
    [403, "InvalidProviderToken", "forged"],
  ] as const)("is told %i %s", async (statusCode, reason, change) => {
    const error = await send(change === "forged" ? { key: forgedKey() } : change).catch(
      (thrown: ApnsError) => thrown,
    );
    expect(error).toMatchObject({ statusCode, reason });
  });
});

const curl = spawnSync("curl", ["--version"]).stdout?.toString() ?? "";
const openssl = spawnSync("openssl", ["version"]).status === 0;
const run = promisify(execFile);

describe.skipIf(!curl.includes("HTTP2") || !openssl)(
  "curl --http2 with a token signed by openssl (skipped where they are missing)",
  () => {
    let directory: string;
    let caFile: string;

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), "apnskit-curl-"));
      caFile = join(directory, "ca.pem");
      await writeFile(caFile, server.ca);
    });

    afterAll(async () => {
      await rm(directory, { recursive: true });
    });

    /** The recipe of "Sending push notifications using command-line tools": openssl makes a DER signature. */
    async function signWithOpenssl(issuedAt = Math.floor(Date.now() / 1000)): Promise<string> {
      const keyFile = join(directory, "AuthKey.p8");
      const dataFile = join(directory, "signed");
      const base64url = (data: string | Buffer) => Buffer.from(data).toString("base64url");
      const header = base64url(`{ "alg": "ES256", "kid": "${server.key.keyId}" }`);
      const claims = base64url(`{ "iss": "${server.key.teamId}", "iat": ${issuedAt} }`);
      await writeFile(keyFile, server.key.key);
      await writeFile(dataFile, `${header}.${claims}`);
      const options = { encoding: "buffer" as const };
      const { stdout } = await run(
        "openssl",
        ["dgst", "-sha256", "-sign", keyFile, "-binary", dataFile],
        options,
      );
      return `${header}.${claims}.${base64url(stdout)}`;
    }

    async function send(
      change: {
        token?: string;
        jwt?: string | undefined;
        topic?: string | undefined;
        body?: string;
        method?: string;
      } = {},
    ): Promise<{ status: number; version: string; body: string }> {
      const { jwt, topic } = { jwt: await signWithOpenssl(), topic: TOPIC, ...change };
      const bodyFile = join(directory, "body");
      await writeFile(bodyFile, change.body ?? PAYLOAD);
      const { stdout } = await run("curl", [
        "--http2",
        "--silent",
        "--cacert",
        caFile,
        ...(jwt === undefined ? [] : ["--header", `authorization: bearer ${jwt}`]),
        ...(topic === undefined ? [] : ["--header", `apns-topic: ${topic}`]),
        ...(change.method === undefined ? [] : ["--request", change.method]),
        "--header",
        "apns-push-type: alert",
        "--data-binary",
        `@${bodyFile}`,
        "--write-out",
        "\n%{http_code} %{http_version}",
        `${server.origin}/3/device/${change.token ?? TOKEN}`,
      ]);
      const [, body = "", status, version = ""] = /^([\s\S]*)\n(\d+) (\S+)$/.exec(stdout) ?? [];
      return { status: Number(status), version, body };
    }

    test("has a push accepted", async () => {
      expect(await send()).toMatchObject({ status: 200, version: "2", body: "" });
      expect(server.ledger.entries({ token: TOKEN, acted: true })).toHaveLength(1);
    });

    test.each([
      [400, "BadDeviceToken", { token: "xyz" }],
      [400, "DeviceTokenNotForTopic", { token: OTHER_APP }],
      [400, "MissingTopic", { topic: undefined }],
      [400, "PayloadEmpty", { body: "" }],
      [403, "MissingProviderToken", { jwt: undefined }],
      [403, "InvalidProviderToken", { jwt: "a.b.c" }],
      [405, "MethodNotAllowed", { method: "PUT" }],
      [413, "PayloadTooLarge", { body: "x".repeat(5000) }],
    ] as const)("is told %i %s", async (status, reason, change) => {
      expect(await send(change)).toMatchObject({ status, body: JSON.stringify({ reason }) });
    });

    test("is told 403 ExpiredProviderToken for a token of yesterday", async () => {
      const jwt = await signWithOpenssl(Math.floor(Date.now() / 1000) - 86_400);
      expect(await send({ jwt })).toMatchObject({ status: 403, body: '{"reason":"ExpiredProviderToken"}' });
    });

    test("is told 410 Unregistered with the time in milliseconds", async () => {
      const { status, body } = await send({ token: GONE });
      expect(status).toBe(410);
      expect(JSON.parse(body)).toEqual({ reason: "Unregistered", timestamp: GONE_SINCE });
    });

    test("gets no HTTP status at all over HTTP/1.1, but APNs's GOAWAY", async () => {
      const args = [
        "--http1.1",
        "--silent",
        "--cacert",
        caFile,
        "--data",
        "{}",
        "--write-out",
        "%{http_code}",
      ];
      const failure = await run("curl", [...args, `${server.origin}/3/device/${TOKEN}`]).catch(
        (error) => error,
      );
      expect(String(failure.stdout)).toContain("000");
    });
  },
);
