import { describe, expect, test } from "vitest";
import { ANYTHING, type Authorization } from "../src/credentials/connection-credentials.ts";
import { Random } from "../src/faults/random.ts";
import { refuse } from "../src/services/answer.ts";
import { BroadcastService } from "../src/services/broadcast-service.ts";
import { ChannelService } from "../src/services/channel-service.ts";
import { type Channel, Channels, type ChannelsOptions } from "../src/services/channels.ts";
import {
  type Changes,
  certificateFor,
  decided,
  FixedCredentials,
  request,
  tokenOf,
  verdict,
} from "./support/decisions.ts";

const TOPIC = "com.example.app";
const ID = "4084a6e4-9ea8-4d2a-8a49-9a344a152da7";
const PATH = `/1/apps/${TOPIC}/channels`;
const ALL = `/1/apps/${TOPIC}/all-channels`;
const UNKNOWN = "AAAAAAAAAAAAAAAAAAAAAA==";

function bench(options: Partial<ChannelsOptions> = {}) {
  const channels = new Channels({ limit: 10, apps: undefined, random: new Random(1), ...options });
  const open = (bundleId = TOPIC, policy: 0 | 1 = 1) => channels.create(bundleId, policy) as Channel;
  return {
    channels,
    open,
    management: new ChannelService(channels),
    broadcast: new BroadcastService(channels),
  };
}

type Bench = ReturnType<typeof bench>;

function manage(
  { management }: Bench,
  changes: Changes,
  authorization: Authorization = ANYTHING,
  topics?: string[],
) {
  const credentials = new FixedCredentials(authorization, topics);
  const good = { method: "GET", path: PATH, headers: {}, body: "" };
  const decision = decided(management, request(good, changes), credentials);
  return { ...decision, verdict: verdict(decision.answer), bound: credentials.bound };
}

function publish({ broadcast }: Bench, changes: Changes, authorization: Authorization = ANYTHING) {
  const headers = { "apns-push-type": "liveactivity", "apns-expiration": "0", "apns-priority": "10" };
  const good = { method: "POST", path: `/4/broadcasts/apps/${TOPIC}`, headers, body: "{}" };
  const credentials = new FixedCredentials(authorization);
  const decision = decided(broadcast, request(good, changes), credentials);
  return { ...decision, verdict: verdict(decision.answer), bound: credentials.bound };
}

const id = (value: string | undefined) => ({ headers: { "apns-channel-id": value } });

describe("channel management", () => {
  test("creates, reads, lists and deletes channels of an app", () => {
    const b = bench();
    const body = '{"message-storage-policy":0,"push-type":"LiveActivity"}';
    const created = manage(b, { method: "POST", body });
    const [channel] = b.channels.list();
    expect(created).toMatchObject({ authorized: true, bound: [ANYTHING] });
    expect(created.answer).toEqual({ status: 201, headers: { "apns-channel-id": channel!.id } });
    expect(channel).toEqual({ id: channel!.id, bundleId: TOPIC, policy: 0, published: 0 });
    b.open("com.example.other");
    expect(manage(b, id(channel!.id)).answer).toEqual({
      status: 200,
      body: { "message-storage-policy": 0, "push-type": "LiveActivity" },
    });
    expect(manage(b, { path: ALL }).answer).toEqual({ status: 200, body: { channels: [channel!.id] } });
    expect(manage(b, { method: "DELETE", ...id(channel!.id) }).answer).toEqual({ status: 204 });
    expect(manage(b, { path: ALL }).answer).toEqual({ status: 200, body: { channels: [] } });
    expect(b.channels.list()).toHaveLength(1);
  });

  test.each<[string, string | number]>([
    ["", "PayloadEmpty"],
    ["{", "BadRequestPayload"],
    ["[]", "BadRequestPayload"],
    ["null", "BadRequestPayload"],
    ["1", "BadRequestPayload"],
    ['{"x":1,"message-storage-policy":1,"push-type":"LiveActivity"}', "BadRequestParams"],
    ['{"push-type":"LiveActivity"}', "MissingChannelQueueSize"],
    ['{"message-storage-policy":2,"push-type":"LiveActivity"}', "MissingChannelQueueSize"],
    ['{"message-storage-policy":"1","push-type":"LiveActivity"}', "MissingChannelQueueSize"],
    ['{"message-storage-policy":1}', "MissingPushType"],
    ['{"message-storage-policy":1,"push-type":"alert"}', "InvalidPushType"],
    ['{"message-storage-policy":1,"push-type":7}', "InvalidPushType"],
    ['{"message-storage-policy":0,"push-type":"liveactivity"}', 201],
    ['{"message-storage-policy":1,"push-type":"Liveactivity"}', 201],
  ])("answers the creation %s with %s", (body, expected) => {
    const b = bench();
    expect(manage(b, { method: "POST", body }).verdict).toBe(expected);
    expect(b.channels.list()).toHaveLength(expected === 201 ? 1 : 0);
  });

  test.each<[string, string, string]>([
    ["GET", "/1/apps/channels", "BadPath"],
    ["GET", `/1/apps/${TOPIC}/channels/`, "BadPath"],
    ["GET", `/0${PATH}`, "BadPath"],
    ["GET", `/1/apps/${TOPIC}/more/channels`, "BadPath"],
    ["GET", `/1/apps/${TOPIC}/some-channels`, "BadPath"],
    ["PUT", PATH, "MethodNotAllowed"],
    ["POST", ALL, "MethodNotAllowed"],
    ["DELETE", ALL, "MethodNotAllowed"],
  ])("answers %s %s with %s, before it looks at the credentials", (method, path, reason) => {
    expect(manage(bench(), { method, path })).toMatchObject({
      verdict: reason,
      authorized: false,
      bound: [],
    });
  });

  test("answers a channel that is missing or deleted by a bad path if it is to be deleted", () => {
    const b = bench();
    const { id: known } = b.open();
    const verdicts = (method: string) =>
      [undefined, "", "?", UNKNOWN, known].map((one) => manage(b, { method, ...id(one) }).verdict);
    expect(verdicts("GET")).toEqual([
      "MissingChannelId",
      "MissingChannelId",
      "BadChannelId",
      "BadChannelId",
      200,
    ]);
    expect(verdicts("DELETE")).toEqual(["MissingChannelId", "MissingChannelId", "BadPath", "BadPath", 204]);
    expect(manage(b, id(known)).verdict).toBe("ChannelNotRegistered");
    expect(manage(b, { method: "DELETE", ...id(known) }).verdict).toBe("BadPath");
  });

  test("knows the app by the path", () => {
    const { management } = bench();
    const identify = (path: string) => management.identify({ path });
    expect(identify(ALL)).toEqual({ token: "", topic: TOPIC });
    expect(identify("/1/apps")).toEqual({ token: "" });
    expect(management).toMatchObject({ kind: "channel", idHeader: "apns-request-id", givesUniqueId: false });
  });
});

describe("the checks of the app in a path", () => {
  const at = (bundleId: string): Changes => ({ path: `/1/apps/${bundleId}/all-channels` });

  test.each<[string, Changes, Authorization, string[] | undefined, string | number]>([
    ["anything", at(TOPIC), ANYTHING, undefined, 200],
    ["an app of the team", at("b"), tokenOf(), ["b"], 200],
    ["an app of another team", at("c"), tokenOf(), ["b"], "TopicMismatch"],
    ["an app of the certificate", at("b"), certificateFor("b"), undefined, 200],
    ["another app than the certificate's", at("c"), certificateFor("b"), undefined, "TopicMismatch"],
    ["no bundle id", at("a b"), ANYTHING, undefined, "BadPath"],
    ["a suffix", at(`${TOPIC}.voip`), ANYTHING, undefined, "TopicDisallowed"],
    ["a request id", { ...at("b"), headers: { "apns-request-id": ID } }, ANYTHING, undefined, 200],
    [
      "a bad request id",
      { ...at("b"), headers: { "apns-request-id": "7" } },
      ANYTHING,
      undefined,
      "BadMessageId",
    ],
  ])("with %s", (_what, changes, authorization, topics, expected) => {
    const decision = manage(bench(), changes, authorization, topics);
    expect(decision).toMatchObject({ verdict: expected, authorized: true });
    // Only an acceptance ties the connection to its credentials.
    expect(decision.bound).toEqual(expected === 200 ? [authorization] : []);
  });

  test("refuse an app without the capability, after its credentials", () => {
    const b = bench({ apps: ["b"] });
    expect(manage(b, at("b")).verdict).toBe(200);
    expect(manage(b, at("c")).verdict).toBe("BroadcastFeatureNotEnabled");
    expect(manage(b, at("c"), certificateFor("b")).verdict).toBe("TopicMismatch");
  });

  test("come after the credentials", () => {
    const b = bench();
    const credentials = new FixedCredentials(refuse("ExpiredProviderToken"));
    const asked = request({ method: "GET", path: "/1/apps/a b/all-channels", headers: {}, body: "" }, {});
    expect(decided(b.management, asked, credentials)).toEqual({
      answer: { status: 403, reason: "ExpiredProviderToken" },
      authorized: false,
    });
  });
});

describe("publishing", () => {
  test("is accepted, counted and bound", () => {
    const b = bench();
    const channel = b.open();
    const decision = publish(b, id(channel.id), tokenOf());
    expect(decision).toMatchObject({ answer: { status: 200 }, authorized: true, bound: [tokenOf()] });
    expect(channel.published).toBe(1);
  });

  test.each<[string, Changes, string | number]>([
    ["another method", { method: "GET" }, "MethodNotAllowed"],
    ["no app in the path", { path: "/4/broadcasts/apps/" }, "BadPath"],
    ["more in the path", { path: `/4/broadcasts/apps/${TOPIC}/more` }, "BadPath"],
    ["another path", { path: `/5/broadcasts/apps/${TOPIC}` }, "BadPath"],
    ["no channel", id(undefined), "MissingChannelId"],
    ["an unknown channel", id(UNKNOWN), "BadChannelId"],
    ["no push type", { headers: { "apns-push-type": undefined } }, "MissingPushType"],
    ["another push type", { headers: { "apns-push-type": "alert" } }, "InvalidPushType"],
    ["no expiration", { headers: { "apns-expiration": undefined } }, "BadExpirationDate"],
    ["a bad expiration", { headers: { "apns-expiration": "x" } }, "BadExpirationDate"],
    ["an expiration", { headers: { "apns-expiration": "1900000000" } }, 200],
    ["no priority", { headers: { "apns-priority": undefined } }, "BadPriority"],
    ["a bad priority", { headers: { "apns-priority": "7" } }, "BadPriority"],
    ["no body", { body: "" }, "PayloadEmpty"],
    ["5,120 octets", { bytes: 5_120 }, 200],
    ["5,121 octets", { bytes: 5_121 }, "PayloadTooLarge"],
  ])("with %s", (_what, changes, expected) => {
    const b = bench();
    const channel = b.open();
    const headers = { "apns-channel-id": channel.id, ...changes.headers };
    const decision = publish(b, { ...changes, headers });
    expect(decision.verdict).toBe(expected);
    // Path and method come before the credentials.
    expect(decision.authorized).toBe(expected !== "BadPath" && expected !== "MethodNotAllowed");
    expect(channel.published).toBe(expected === 200 ? 1 : 0);
  });

  test("checks channel, type, storage, priority and body in this order", () => {
    const b = bench();
    const good = { "apns-channel-id": b.open().id, "apns-push-type": "liveactivity", "apns-expiration": "0" };
    const wrong = {
      "apns-channel-id": UNKNOWN,
      "apns-push-type": "x",
      "apns-expiration": "x",
      "apns-priority": "x",
    };
    const reasons: unknown[] = [];
    const headers: Record<string, string> = { ...wrong };
    for (const name of [...Object.keys(good), "apns-priority"]) {
      reasons.push(publish(b, { headers, body: "" }).verdict);
      headers[name] = { ...good, "apns-priority": "5" }[name]!;
    }
    reasons.push(publish(b, { headers, body: "" }).verdict);
    expect(reasons).toEqual([
      "BadChannelId",
      "InvalidPushType",
      "BadExpirationDate",
      "BadPriority",
      "PayloadEmpty",
    ]);
  });

  test("to a channel without storage takes only the expiration 0", () => {
    const b = bench();
    const channel = b.open(TOPIC, 0);
    const to = (expiration: string) =>
      publish(b, { headers: { "apns-channel-id": channel.id, "apns-expiration": expiration } }).verdict;
    expect(["0", "00", "1", "x"].map(to)).toEqual([200, 200, "BadExpirationDate", "BadExpirationDate"]);
  });

  test("knows the app by the path", () => {
    const { broadcast } = bench();
    const identify = (path: string) => broadcast.identify({ path });
    expect(identify(`/4/broadcasts/apps/${TOPIC}`)).toEqual({ token: "", topic: TOPIC });
    for (const path of ["/4/broadcasts/apps/", "/4/broadcasts/apps/a/b", `/0/broadcasts/apps/${TOPIC}`]) {
      expect(identify(path)).toEqual({ token: "" });
    }
    expect(broadcast).toMatchObject({ kind: "broadcast", idHeader: "apns-request-id", givesUniqueId: true });
  });
});

describe("channels", () => {
  test("are as many for each app as may be; a deleted one makes room", () => {
    const { channels, open } = bench({ limit: 2 });
    const [first] = [open(), open()];
    const full = { status: 400, reason: "CannotCreateChannelConfig" };
    expect([channels.create(TOPIC, 1), channels.create("b", 1)]).toMatchObject([full, { bundleId: "b" }]);
    channels.delete(first!);
    channels.delete(first!);
    expect([channels.create(TOPIC, 1), channels.create(TOPIC, 1)]).toMatchObject([{ bundleId: TOPIC }, full]);
  });

  test("are found by the app that they belong to", () => {
    const { channels, open } = bench();
    const channel = open();
    expect(channels.find(TOPIC, channel.id)).toBe(channel);
    expect(channels.find("b", channel.id)).toEqual({ status: 400, reason: "BadChannelId" });
    channels.delete(channel);
    expect(channels.find(TOPIC, channel.id)).toEqual({ status: 400, reason: "ChannelNotRegistered" });
  });

  test("have ids of 16 random octets in base64, none twice", () => {
    const bits = [1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8];
    const { open } = bench({ random: { bits: () => bits.shift() ?? 0 } as Random });
    expect([open().id, open().id]).toEqual(["AAAAAQAAAAIAAAADAAAABA==", "AAAABQAAAAYAAAAHAAAACA=="]);
  });

  test("are listed by app, or all", () => {
    const { channels, open } = bench();
    const all = [open("a"), open("b"), open("a")];
    expect(channels.list()).toEqual(all);
    expect(channels.list("a")).toEqual([all[0], all[2]]);
    expect(channels.isEnabled("a")).toBe(true);
  });
});
