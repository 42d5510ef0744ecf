import type { OutgoingHttpHeaders } from "node:http2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  CertificateAuthority,
  DEVICE_REASONS,
  generateSigningKey,
  MockApns,
  type MockApnsOptions,
  signProviderToken,
} from "../src/index.ts";
import { bearer, Client, PAYLOAD, type Reply, TOKEN, TOPIC } from "./support/client.ts";

const ID = "4084a6e4-9ea8-4d2a-8a49-9a344a152da7";

let server: MockApns;
let client: Client;
let authorization: string;
const provoked = new Set<string>();

beforeAll(async () => {
  server = await MockApns.start();
  client = await Client.open(server);
  authorization = bearer(server);
});

afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await server.close();
});

function expectRefusal(reply: Reply, reason: keyof typeof DEVICE_REASONS): void {
  provoked.add(reason);
  expect({ status: reply.status, reason: reply.reason }).toEqual({ status: DEVICE_REASONS[reason], reason });
  expect(reply.headers["content-type"]).toBe("application/json");
  expect(reply.headers["apns-id"]).toMatch(/^[0-9A-Fa-f-]{36}$/);
  expect(reply.headers["apns-unique-id"]).toBeUndefined();
}

describe("an accepted push", () => {
  test("gets 200, an empty body, an upper-case id and, in the sandbox, a unique id in lower case", async () => {
    const reply = await client.push({ authorization });
    expect(reply).toMatchObject({ status: 200, body: "" });
    expect(reply.headers["apns-id"]).toMatch(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
    expect(reply.headers["apns-unique-id"]).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const names = Object.keys(reply.headers).filter((name) => !name.startsWith(":"));
    expect(Math.abs(Date.parse(reply.headers.date!) - Date.now())).toBeLessThan(5_000);
    expect(names).toEqual(["apns-id", "apns-unique-id", "date"]);
  });

  test("gets its own id back", async () => {
    expect((await client.push({ authorization, "apns-id": ID })).headers["apns-id"]).toBe(ID);
  });

  test("gets its id back in capitals when asked for", async () => {
    await using other = await MockApns.start({ auth: "anything", upperCaseEcho: true });
    await using connection = await Client.open(other);
    expect((await connection.push({ "apns-id": ID })).headers["apns-id"]).toBe(ID.toUpperCase());
  });

  test("gets no unique id in production", async () => {
    await using other = await MockApns.start({ auth: "anything", environment: "production" });
    await using connection = await Client.open(other);
    expect((await connection.push()).headers["apns-unique-id"]).toBeUndefined();
  });

  test.each<[string, OutgoingHttpHeaders, string?]>([
    ["an empty object as its body", {}, "{}"],
    ["exactly 4,096 bytes", {}, "x".repeat(4096)],
    [
      "5,120 bytes to a VoIP topic",
      { "apns-push-type": "voip", "apns-topic": `${TOPIC}.voip` },
      "x".repeat(5120),
    ],
    ["another content type, and headers that nobody knows", { "content-type": "text/plain", "x-other": "1" }],
    ["no push type", { "apns-push-type": undefined }],
    ["priority 5", { "apns-priority": "5" }],
    ["priority 1", { "apns-priority": "1" }],
    ["an expiration of 0", { "apns-expiration": "0" }],
    ["a collapse id of 64 bytes", { "apns-collapse-id": "c".repeat(64) }],
    ["a long device token", { ":path": `/3/device/${"ab".repeat(80)}` }],
    ["a background push with priority 5", { "apns-push-type": "background", "apns-priority": "5" }],
    ["an id in capitals", { "apns-id": ID.toUpperCase() }],
  ])("may have %s", async (_what, headers, body) => {
    expect(await client.push({ authorization, ...headers }, body)).toMatchObject({ status: 200 });
  });

  test.each([
    ["complication", ".complication"],
    ["controls", ".push-type.controls"],
    ["fileprovider", ".pushkit.fileprovider"],
    ["liveactivity", ".push-type.liveactivity"],
    ["location", ".location-query"],
    ["mdm", ""],
    ["pushtotalk", ".voip-ptt"],
    ["voip", ".voip"],
    ["widgets", ".push-type.widgets"],
  ])("of type %s goes to the topic with the suffix %j", async (pushType, suffix) => {
    const headers = { authorization, "apns-push-type": pushType, "apns-topic": TOPIC + suffix };
    expect(await client.push(headers)).toMatchObject({ status: 200 });
  });
});

describe("a refused push", () => {
  test.each<[keyof typeof DEVICE_REASONS, string, OutgoingHttpHeaders, string?]>([
    ["BadCollapseId", "a collapse id of 65 bytes", { "apns-collapse-id": "c".repeat(65) }],
    [
      "BadCollapseId",
      "33 letters of two bytes each",
      { "apns-collapse-id": Buffer.from("ä".repeat(33)).toString("latin1") },
    ],
    ["BadDeviceToken", "a token that is not hexadecimal", { ":path": "/3/device/xyz0" }],
    ["BadDeviceToken", "half a byte too much", { ":path": `/3/device/${TOKEN}a` }],
    ["BadExpirationDate", "a word for its expiration", { "apns-expiration": "tomorrow" }],
    ["BadExpirationDate", "a negative expiration", { "apns-expiration": "-1" }],
    ["BadExpirationDate", "an expiration in milliseconds", { "apns-expiration": "1900000000000" }],
    ["BadMessageId", "an id that is no UUID", { "apns-id": "42" }],
    ["BadPriority", "priority 7", { "apns-priority": "7" }],
    [
      "BadPriority",
      "priority 10 in the background",
      { "apns-push-type": "background", "apns-priority": "10" },
    ],
    ["BadTopic", "a topic that is no bundle id", { "apns-topic": "not a topic" }],
    ["BadTopic", "a suffix that is another type's", { "apns-push-type": "voip" }],
    ["DuplicateHeaders", "a header twice", { "apns-topic": [TOPIC, TOPIC] }],
    ["InvalidPushType", "an unknown push type", { "apns-push-type": "carrier-pigeon" }],
    ["MissingDeviceToken", "no token in its path", { ":path": "/3/device/" }],
    ["MissingTopic", "no topic", { "apns-topic": undefined }],
    ["PayloadEmpty", "no body", {}, ""],
    ["PayloadTooLarge", "4,097 bytes", {}, "x".repeat(4097)],
    [
      "PayloadTooLarge",
      "5,121 bytes for VoIP",
      { "apns-push-type": "voip", "apns-topic": `${TOPIC}.voip` },
      "x".repeat(5121),
    ],
    ["PayloadTooLarge", "a body far over the window", {}, "x".repeat(300_000)],
    ["MissingProviderToken", "no credentials", { authorization: undefined }],
    ["InvalidProviderToken", "something else than a token", { authorization: "basic abc" }],
    ["BadPath", "another path", { ":path": `/2/device/${TOKEN}` }],
    ["BadPath", "more in its path", { ":path": `/3/device/${TOKEN}/more` }],
    ["MethodNotAllowed", "another method", { ":method": "PUT" }],
  ])("gets %s for %s", async (reason, _what, headers, body = PAYLOAD) => {
    expectRefusal(await client.push({ authorization, ...headers }, body), reason);
  });

  test.each<[keyof typeof DEVICE_REASONS, string, MockApnsOptions, (server: MockApns) => void]>([
    [
      "Unregistered",
      "a device that is no more",
      {},
      (other) => other.devices.unregister(TOKEN, 1_700_000_000_123),
    ],
    [
      "ExpiredToken",
      "a token that has expired",
      {},
      (other) => other.devices.expire(TOKEN, 1_700_000_000_123),
    ],
    [
      "BadDeviceToken",
      "a device of production",
      {},
      (other) => other.devices.register(TOKEN, { environment: "production" }),
    ],
    ["BadDeviceToken", "a device that nobody knows", { acceptUnknownDevices: false }, () => {}],
    [
      "DeviceTokenNotForTopic",
      "another app's device",
      {},
      (other) => other.devices.register(TOKEN, { topic: "com.example.other" }),
    ],
    ["TopicDisallowed", "a topic that is not the team's", { topics: ["com.example.other"] }, () => {}],
    ["IdleTimeout", "a fault", {}, (other) => other.inject({ kind: "answer", reason: "IdleTimeout" })],
    ["Forbidden", "a fault", {}, (other) => other.inject({ kind: "answer", reason: "Forbidden" })],
    [
      "InternalServerError",
      "a fault",
      {},
      (other) => other.inject({ kind: "answer", reason: "InternalServerError" }),
    ],
    [
      "ServiceUnavailable",
      "a fault",
      {},
      (other) => other.inject({ kind: "answer", reason: "ServiceUnavailable" }),
    ],
    ["Shutdown", "a fault", {}, (other) => other.inject({ kind: "answer", reason: "Shutdown" })],
  ])("gets %s because of %s", async (reason, _what, options, prepare) => {
    await using other = await MockApns.start(options);
    prepare(other);
    await using connection = await Client.open(other);
    const reply = await connection.push({ authorization: bearer(other) });
    expectRefusal(reply, reason);
    expect(reply.timestamp).toBe(reply.status === 410 ? 1_700_000_000_123 : undefined);
  });

  test("gets TooManyRequests for too many to one device, until the time is over", async () => {
    let now = 1_700_000_000_000;
    await using other = await MockApns.start({
      auth: "anything",
      deviceRateLimit: { requests: 2, per: 1000 },
      now: () => now,
    });
    await using connection = await Client.open(other);
    await connection.push();
    await connection.push();
    expectRefusal(await connection.push(), "TooManyRequests");
    for (const token of ["bbbb", "BBBB"]) {
      expect(await connection.push({ ":path": `/3/device/${token}` })).toMatchObject({ status: 200 });
    }
    expectRefusal(await connection.push({ ":path": "/3/device/bBbB" }), "TooManyRequests");
    now += 1000;
    expect(await connection.push()).toMatchObject({ status: 200 });
  });

  test("gets ExpiredProviderToken, and InvalidProviderToken, by the token's time", async () => {
    const seconds = Math.floor(Date.now() / 1000);
    const sign = (issuedAt: number) => `bearer ${server.providerToken({ issuedAt })}`;
    expectRefusal(await client.push({ authorization: sign(seconds - 3700) }), "ExpiredProviderToken");
    expectRefusal(await client.push({ authorization: sign(seconds + 3700) }), "InvalidProviderToken");
  });

  test("gets TooManyProviderTokenUpdates for a second new token within 20 minutes", async () => {
    const issuedAt = Math.floor(Date.now() / 1000) - 60;
    await using connection = await Client.open(server);
    await connection.push({ authorization });
    const renewed = `bearer ${server.providerToken({ issuedAt })}`;
    expectRefusal(await connection.push({ authorization: renewed }), "TooManyProviderTokenUpdates");
  });

  test.each(["wire", "documented"] as const)(
    "gets the %s spelling for a key of the other environment",
    async (spelling) => {
      const key = { ...generateSigningKey({ keyId: "PRODUCTION" }), environment: "production" as const };
      await using other = await MockApns.start({ keys: [key], spelling });
      await using connection = await Client.open(other);
      const reply = await connection.push({ authorization: `bearer ${signProviderToken(key)}` });
      if (spelling === "wire") expectRefusal(reply, "BadEnvironmentKeyInToken");
      else expect(reply).toMatchObject({ status: 403, reason: "BadEnvironmentKeyIdInToken" });
    },
  );

  test("gets UnrelatedKeyIdInToken for a key that has nothing to do with the first one", async () => {
    const first = { ...generateSigningKey({ keyId: "FIRST" }), topics: [TOPIC] };
    const second = { ...generateSigningKey({ keyId: "SECOND" }), topics: [TOPIC] };
    await using other = await MockApns.start({ keys: [first, second] });
    await using connection = await Client.open(other);
    await connection.push({ authorization: `bearer ${signProviderToken(first)}` });
    const reply = await connection.push({ authorization: `bearer ${signProviderToken(second)}` });
    expectRefusal(reply, "UnrelatedKeyIdInToken");
  });

  test("gets BadCertificate for a certificate of an unknown authority", async () => {
    const stranger = await CertificateAuthority.create();
    const credentials = await stranger.issue({ usage: "client", uid: TOPIC, topics: [TOPIC] });
    await using connection = await Client.open(server, credentials);
    expectRefusal(await connection.push({ authorization }), "BadCertificate");
  });

  test("gets BadCertificateEnvironment for a certificate of the other environment", async () => {
    const credentials = await server.issueClientCertificate({ environments: ["production"] });
    await using connection = await Client.open(server, credentials);
    expectRefusal(await connection.push(), "BadCertificateEnvironment");
  });
});

describe("the order of checks", () => {
  test("puts the credentials before everything that belongs to the push", async () => {
    await using connection = await Client.open(server);
    const reply = await connection.push({ ":path": "/3/device/aaaa", "apns-topic": undefined }, "{}");
    expect(reply.reason).toBe("MissingProviderToken");
  });

  test("puts the method before the credentials", async () => {
    await using connection = await Client.open(server);
    const stream = connection.session.request({ ":method": "HEAD", ":path": "/" });
    const status = await new Promise((resolve) =>
      stream.on("response", (headers) => resolve(headers[":status"])),
    );
    expect(status).toBe(405);
  });

  test("is headers, topic, token, body", async () => {
    const wrong = {
      authorization,
      "apns-priority": "7",
      "apns-topic": "not a topic",
      ":path": "/3/device/x",
    };
    expect((await client.push(wrong, "")).reason).toBe("BadPriority");
    expect((await client.push({ ...wrong, "apns-priority": "5" }, "")).reason).toBe("BadTopic");
    const { "apns-topic": _topic, ...rest } = wrong;
    expect((await client.push({ ...rest, "apns-priority": "5" }, "")).reason).toBe("BadDeviceToken");
  });
});

test("every reason of the table has been provoked here", () => {
  expect([...provoked].sort()).toEqual(Object.keys(DEVICE_REASONS).sort());
});
