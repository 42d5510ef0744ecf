import type { OutgoingHttpHeaders } from "node:http2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHANNEL_REASONS, MockApns } from "../src/index.ts";
import { bearer, Client, PAYLOAD, type Reply, TOPIC } from "./support/client.ts";

const REQUEST_ID = "4084a6e4-9ea8-4d2a-8a49-9a344a152da7";
const CHANNELS = `/1/apps/${TOPIC}/channels`;
const CREATE = JSON.stringify({ "message-storage-policy": 1, "push-type": "LiveActivity" });

let server: MockApns;
let management: Client;
let broadcast: Client;
let authorization: string;
const provoked = new Set<string>();

beforeAll(async () => {
  server = await MockApns.start({
    broadcastApps: [TOPIC, "com.example.other"],
    topics: [TOPIC, "com.example.plain"],
  });
  management = await Client.open(server, { origin: server.managementOrigin });
  broadcast = await Client.open(server, { origin: server.broadcastOrigin });
  authorization = bearer(server);
});

afterAll(async () => {
  await management[Symbol.asyncDispose]();
  await broadcast[Symbol.asyncDispose]();
  await server.close();
});

function manage(
  method: string,
  changes: OutgoingHttpHeaders = {},
  body = "",
  path = CHANNELS,
): Promise<Reply> {
  return management.request({ ":method": method, ":path": path, authorization, ...changes }, body);
}

async function newChannel(policy = 1): Promise<string> {
  const body = JSON.stringify({ "message-storage-policy": policy, "push-type": "LiveActivity" });
  return (await manage("POST", {}, body)).headers["apns-channel-id"]!;
}

function publish(changes: OutgoingHttpHeaders, body = PAYLOAD, through = broadcast): Promise<Reply> {
  const headers: OutgoingHttpHeaders = {
    ":method": "POST",
    ":path": `/4/broadcasts/apps/${TOPIC}`,
    authorization,
    "apns-expiration": "0",
    "apns-priority": "10",
    "apns-push-type": "liveactivity",
    ...changes,
  };
  for (const name of Object.keys(headers)) if (headers[name] === undefined) delete headers[name];
  return through.request(headers, body);
}

function expectRefusal(reply: Reply, status: number, reason: string): void {
  provoked.add(reason);
  expect({ status: reply.status, reason: reply.reason }).toEqual({ status, reason });
  expect(reply.headers["apns-request-id"]).toBeDefined();
}

describe("channel management", () => {
  test("creates a channel with 201, an empty body and a 24-character id, and echoes the request id", async () => {
    const reply = await manage("POST", { "apns-request-id": REQUEST_ID }, CREATE);
    expect(reply).toMatchObject({ status: 201, body: "" });
    expect(reply.headers["apns-channel-id"]).toMatch(/^[A-Za-z0-9+/]{22}==$/);
    expect(reply.headers["apns-request-id"]).toBe(REQUEST_ID);
  });

  test("reads, lists and deletes it", async () => {
    const id = await newChannel(0);
    const read = await manage("GET", { "apns-channel-id": id });
    expect(JSON.parse(read.body)).toEqual({ "message-storage-policy": 0, "push-type": "LiveActivity" });
    const list = await manage("GET", {}, "", `/1/apps/${TOPIC}/all-channels`);
    expect(JSON.parse(list.body).channels).toContain(id);
    expect(await manage("DELETE", { "apns-channel-id": id })).toMatchObject({ status: 204, body: "" });
    expect(server.channels.list(TOPIC).map((channel) => channel.id)).not.toContain(id);
  });

  test.each<[string, string, string]>([
    ["PayloadEmpty", "no body", ""],
    ["BadRequestPayload", "no JSON", "{"],
    ["BadRequestPayload", "no object", "[]"],
    [
      "BadRequestParams",
      "an unknown attribute",
      '{"message-storage-policy":1,"push-type":"LiveActivity","x":1}',
    ],
    ["MissingChannelQueueSize", "no storage policy", '{"push-type":"LiveActivity"}'],
    [
      "MissingChannelQueueSize",
      "an unknown storage policy",
      '{"message-storage-policy":2,"push-type":"LiveActivity"}',
    ],
    ["MissingPushType", "no push type", '{"message-storage-policy":1}'],
    ["InvalidPushType", "another push type", '{"message-storage-policy":1,"push-type":"alert"}'],
  ])("answers %s to a creation with %s", async (reason, _what, body) => {
    expectRefusal(await manage("POST", {}, body), 400, reason);
  });

  test.each<[number, string, string, string, OutgoingHttpHeaders, string]>([
    [400, "MissingChannelId", "no channel id", "GET", {}, CHANNELS],
    [400, "BadChannelId", "an id that is not base64", "GET", { "apns-channel-id": "not base64!" }, CHANNELS],
    [400, "BadMessageId", "a request id that is no UUID", "GET", { "apns-request-id": "7" }, CHANNELS],
    [404, "BadPath", "another path", "GET", {}, "/1/apps"],
    [
      404,
      "BadPath",
      "an unknown channel to delete",
      "DELETE",
      { "apns-channel-id": "AAAAAAAAAAAAAAAAAAAAAA==" },
      CHANNELS,
    ],
    [405, "MethodNotAllowed", "another method", "PUT", {}, CHANNELS],
    [400, "TopicDisallowed", "a suffix in the path", "GET", {}, `/1/apps/${TOPIC}.voip/all-channels`],
    [403, "TopicMismatch", "another team's app", "GET", {}, "/1/apps/com.example.other/all-channels"],
    [
      400,
      "BroadcastFeatureNotEnabled",
      "an app without the capability",
      "GET",
      {},
      "/1/apps/com.example.plain/all-channels",
    ],
    [403, "MissingProviderToken", "no credentials", "GET", { authorization: "" }, CHANNELS],
    [403, "InvalidProviderToken", "bad credentials", "GET", { authorization: "bearer a.b.c" }, CHANNELS],
  ])("answers %i %s to %s", async (status, reason, _what, method, headers, path) => {
    const { authorization: other, ...rest } = headers;
    const all: OutgoingHttpHeaders = { ":method": method, ":path": path, ...rest };
    if (other !== "") all.authorization = other ?? authorization;
    expectRefusal(await management.request(all), status, reason);
  });

  test("creates no more channels than the limit", async () => {
    await using small = await MockApns.start({ auth: "anything", maxChannels: 1 });
    await using client = await Client.open(small, { origin: small.managementOrigin });
    const create = () => client.request({ ":method": "POST", ":path": CHANNELS }, CREATE);
    expect(await create()).toMatchObject({ status: 201 });
    expectRefusal(await create(), 400, "CannotCreateChannelConfig");
  });

  test("uses Apple's documented spelling when asked for", async () => {
    await using other = await MockApns.start({ auth: "anything", broadcastApps: [], spelling: "documented" });
    await using client = await Client.open(other, { origin: other.managementOrigin });
    expect((await client.request({ ":method": "GET", ":path": CHANNELS })).reason).toBe("FeatureNotEnabled");
  });
});

describe("broadcast publishing", () => {
  test("is accepted with a request id and a unique id, on its own port and on the ordinary one", async () => {
    const id = await newChannel();
    await using ordinary = await Client.open(server);
    for (const through of [broadcast, ordinary]) {
      const reply = await publish({ "apns-channel-id": id, "apns-request-id": REQUEST_ID }, PAYLOAD, through);
      expect(reply).toMatchObject({ status: 200, body: "" });
      expect(reply.headers["apns-request-id"]).toBe(REQUEST_ID);
      expect(reply.headers["apns-unique-id"]).toBeDefined();
    }
    expect(server.channels.list(TOPIC).find((channel) => channel.id === id)?.published).toBe(2);
    expect(server.ledger.count({ kind: "broadcast", topic: TOPIC, acted: true })).toBe(2);
  });

  test.each(["Liveactivity", "liveactivity", "LiveActivity"])("takes the push type %s", async (pushType) => {
    const headers = { "apns-channel-id": await newChannel(), "apns-push-type": pushType };
    expect(await publish(headers)).toMatchObject({ status: 200 });
  });

  test.each<[number, string, string, OutgoingHttpHeaders, string?]>([
    [400, "MissingChannelId", "no channel", { "apns-channel-id": undefined }],
    [400, "BadChannelId", "a made-up channel", { "apns-channel-id": "AAAAAAAAAAAAAAAAAAAAAA==" }],
    [400, "MissingPushType", "no push type", { "apns-push-type": undefined }],
    [400, "InvalidPushType", "another push type", { "apns-push-type": "alert" }],
    [400, "BadExpirationDate", "no expiration", { "apns-expiration": undefined }],
    [400, "BadExpirationDate", "a word for its expiration", { "apns-expiration": "later" }],
    [400, "BadPriority", "no priority", { "apns-priority": undefined }],
    [400, "BadPriority", "priority 7", { "apns-priority": "7" }],
    [400, "BadMessageId", "a request id that is no UUID", { "apns-request-id": "7" }],
    [
      400,
      "TopicDisallowed",
      "a suffix in the path",
      { ":path": `/4/broadcasts/apps/${TOPIC}.push-type.liveactivity` },
    ],
    [400, "PayloadEmpty", "no body", {}, ""],
    [413, "PayloadTooLarge", "5,121 bytes", {}, "x".repeat(5121)],
    [404, "BadPath", "another path", { ":path": "/3/device/aaaa" }],
    [405, "MethodNotAllowed", "another method", { ":method": "PUT" }],
  ])("answers %i %s to %s", async (status, reason, _what, headers, body = PAYLOAD) => {
    expectRefusal(await publish({ "apns-channel-id": await newChannel(), ...headers }, body), status, reason);
  });

  test("answers ChannelNotRegistered for a channel that was deleted", async () => {
    const id = await newChannel();
    await manage("DELETE", { "apns-channel-id": id });
    expectRefusal(await publish({ "apns-channel-id": id }), 400, "ChannelNotRegistered");
  });

  test("stores nothing in a channel with policy 0", async () => {
    const id = await newChannel(0);
    const expiration = { "apns-channel-id": id, "apns-expiration": "1900000000" };
    expectRefusal(await publish(expiration), 400, "BadExpirationDate");
    expect(await publish({ ...expiration, "apns-channel-id": await newChannel(1) })).toMatchObject({
      status: 200,
    });
  });
});

describe("credentials of broadcasts and channels", () => {
  test.each(["ExpiredProviderToken", "TooManyProviderTokenUpdates"])(
    "answer %s as device pushes do",
    async (reason) => {
      await using client = await Client.open(server, { origin: server.managementOrigin });
      const list = (token: string) =>
        client.request({
          ":method": "GET",
          ":path": `/1/apps/${TOPIC}/all-channels`,
          authorization: `bearer ${token}`,
        });
      const seconds = Math.floor(Date.now() / 1000);
      if (reason === "TooManyProviderTokenUpdates")
        await list(server.providerToken({ issuedAt: seconds - 10 }));
      const age = reason === "ExpiredProviderToken" ? 4000 : 20;
      const reply = await list(server.providerToken({ issuedAt: seconds - age }));
      expectRefusal(reply, reason === "ExpiredProviderToken" ? 403 : 429, reason);
    },
  );

  test.each([
    ["BadCertificate", { topics: [] as string[], uid: undefined }],
    ["BadCertificateEnvironment", { environments: ["production" as const] }],
  ])("answer %s", async (reason, options) => {
    const { uid, ...rest } = { uid: TOPIC as string | undefined, ...options };
    const identity = await server.authority.issue({ usage: "client", ...rest, ...(uid && { uid }) });
    await using client = await Client.open(server, { origin: server.managementOrigin, ...identity });
    expectRefusal(await client.request({ ":method": "GET", ":path": CHANNELS }), 403, reason);
  });

  test.each(["TooManyRequests", "InternalServerError", "ServiceUnavailable", "Shutdown"] as const)(
    "and load do not keep %s from being injected",
    async (reason) => {
      const { id } = server.inject({ kind: "answer", reason, times: 1 });
      const status = {
        TooManyRequests: 429,
        InternalServerError: 500,
        ServiceUnavailable: 503,
        Shutdown: 503,
      }[reason];
      expectRefusal(await manage("GET"), status, reason);
      expect(server.removeFault(id)).toBe(false);
    },
  );
});

test("every reason that only this family has was provoked here", () => {
  expect(Object.keys(CHANNEL_REASONS).filter((reason) => !provoked.has(reason))).toEqual([]);
});
