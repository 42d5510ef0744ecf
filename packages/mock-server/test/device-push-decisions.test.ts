import { describe, expect, test } from "vitest";
import { ANYTHING, type Authorization } from "../src/credentials/connection-credentials.ts";
import { refuse } from "../src/services/answer.ts";
import { DevicePushService, type PushRules } from "../src/services/device-push-service.ts";
import { DeviceRegistry } from "../src/services/device-registry.ts";
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
const GOOD = {
  method: "POST",
  path: "/3/device/abcd",
  headers: { "apns-topic": TOPIC, "apns-push-type": "alert" },
  body: "{}",
};
const RULES: PushRules = { refuseUrgentBackground: true, wrongSuffix: "BadTopic" };

function serviceWith(rules: Partial<PushRules> = {}) {
  const devices = new DeviceRegistry({
    environment: "sandbox",
    acceptUnknown: true,
    rateLimit: undefined,
    now: () => 0,
  });
  return { devices, service: new DevicePushService("sandbox", devices, { ...RULES, ...rules }) };
}

interface Setting {
  readonly rules?: Partial<PushRules>;
  readonly authorization?: Authorization;
  readonly topics?: readonly string[];
}

function decide(changes: Changes, { rules, authorization = ANYTHING, topics }: Setting = {}) {
  const credentials = new FixedCredentials(authorization, topics);
  const decision = decided(serviceWith(rules).service, request(GOOD, changes), credentials);
  return { ...decision, verdict: verdict(decision.answer), bound: credentials.bound };
}

describe("a push", () => {
  test("that is accepted is authorized, has a topic, and binds the credentials", () => {
    expect(decide({})).toEqual({
      answer: { status: 200 },
      authorized: true,
      topic: TOPIC,
      verdict: 200,
      bound: [ANYTHING],
    });
  });

  test("that is refused has its status and reason, and binds nothing", () => {
    expect(decide({ body: "" })).toEqual({
      answer: { status: 400, reason: "PayloadEmpty" },
      authorized: true,
      verdict: "PayloadEmpty",
      bound: [],
    });
  });

  test("whose credentials are refused is not authorized", () => {
    const { service } = serviceWith();
    const credentials = new FixedCredentials(refuse("MissingProviderToken"));
    // Everything else is wrong, too.
    const bad = { headers: { "apns-priority": "7", "apns-topic": "?" }, body: "" };
    expect(decided(service, request(GOOD, bad), credentials)).toEqual({
      answer: { status: 403, reason: "MissingProviderToken" },
      authorized: false,
    });
  });
});

describe("method and path", () => {
  test.each<[Changes, string | number]>([
    [{ method: "GET" }, "MethodNotAllowed"],
    [{ method: "GET", path: "/" }, "MethodNotAllowed"],
    [{ path: "/" }, "BadPath"],
    [{ path: "/3/devices" }, "BadPath"],
    [{ path: "/2/3/device/abcd" }, "BadPath"],
    [{ path: "/3/device/ab/cd" }, "BadPath"],
    [{ path: "/3/device/abcd/" }, "BadPath"],
  ])("%j are refused as %s, before the credentials are looked at", (changes, reason) => {
    expect(decide(changes)).toMatchObject({ verdict: reason, authorized: false });
  });

  test.each([
    ["/3/device", "MissingDeviceToken"],
    ["/3/device/", "MissingDeviceToken"],
    ["/3/device/abc", "BadDeviceToken"],
    ["/3/device/xbcd", "BadDeviceToken"],
    ["/3/device/abcx", "BadDeviceToken"],
    ["/3/device/09afAF", 200],
  ])("%s is answered %s", (path, expected) => {
    expect(decide({ path })).toMatchObject({ verdict: expected, authorized: true });
  });

  test("tell token and topic of a request before it is decided", () => {
    const { service } = serviceWith();
    const identify = (changes: Changes) => service.identify(request(GOOD, changes));
    expect(identify({})).toEqual({ token: "abcd", topic: TOPIC });
    expect(identify({ path: "/3/other", headers: { "apns-topic": undefined } })).toEqual({ token: "" });
  });
});

describe("headers", () => {
  test.each<[string, string, string | number]>([
    ["apns-id", ID, 200],
    ["apns-id", ID.toUpperCase(), 200],
    ["apns-id", `${ID}0`, "BadMessageId"],
    ["apns-id", `0${ID}`, "BadMessageId"],
    ["apns-id", ID.replaceAll("-", ""), "BadMessageId"],
    ["apns-id", "", "BadMessageId"],
    ["apns-expiration", "0", 200],
    ["apns-expiration", "4294967295", 200],
    ["apns-expiration", "4294967296", "BadExpirationDate"],
    ["apns-expiration", "000000000000001", 200],
    ["apns-expiration", "0000000000000001", "BadExpirationDate"],
    ["apns-expiration", "1.5", "BadExpirationDate"],
    ["apns-expiration", "x1", "BadExpirationDate"],
    ["apns-expiration", "1x", "BadExpirationDate"],
    ["apns-expiration", "", "BadExpirationDate"],
    ["apns-priority", "10", 200],
    ["apns-priority", "5", 200],
    ["apns-priority", "1", 200],
    ["apns-priority", "05", "BadPriority"],
    ["apns-priority", "", "BadPriority"],
    ["apns-collapse-id", "", 200],
    ["apns-collapse-id", "x".repeat(64), 200],
    ["apns-collapse-id", "ä".repeat(32), 200],
    ["apns-collapse-id", "x".repeat(65), "BadCollapseId"],
    ["apns-collapse-id", `${"ä".repeat(32)}x`, "BadCollapseId"],
    ["apns-push-type", "toString", "InvalidPushType"],
    ["apns-push-type", "Alert", "InvalidPushType"],
    ["apns-push-type", "", "InvalidPushType"],
  ])("%s: %s is answered %s", (name, value, expected) => {
    expect(decide({ headers: { [name]: value } }).verdict).toBe(expected);
  });

  test("are checked in a fixed order", () => {
    const wrong = {
      "apns-id": "x",
      "apns-expiration": "x",
      "apns-priority": "x",
      "apns-collapse-id": "x".repeat(65),
      "apns-push-type": "x",
      "apns-topic": "?",
    };
    const reasons: unknown[] = [];
    const left: Record<string, string | undefined> = { ...wrong };
    for (const name of Object.keys(wrong)) {
      reasons.push(decide({ headers: left, path: "/3/device/x" }).verdict);
      left[name] = name === "apns-topic" ? TOPIC : undefined;
    }
    reasons.push(decide({ headers: left, path: "/3/device/x", body: "" }).verdict);
    expect(reasons).toEqual([
      "BadMessageId",
      "BadExpirationDate",
      "BadPriority",
      "BadCollapseId",
      "InvalidPushType",
      "BadTopic",
      "BadDeviceToken",
    ]);
  });

  test.each<[string, string[], string | number]>([
    ["the first and the last one alike", ["a", "1", "b", "2", "c", "3", "a", "4"], "DuplicateHeaders"],
    ["the last two alike", ["a", "1", "b", "2", "b", "2"], "DuplicateHeaders"],
    ["two alike", ["a", "1", "a", "2"], "DuplicateHeaders"],
    ["two alike after cookies", ["cookie", "1", "cookie", "2", "a", "1", "a", "2"], "DuplicateHeaders"],
    ["a cookie in pieces", ["cookie", "1", "a", "1", "cookie", "2"], 200],
    ["a value that is the name of another", ["a", "b", "b", "a", "c", "a"], 200],
    ["equal values", ["a", "1", "b", "1"], 200],
    ["none", [], 200],
  ])("with %s are answered %s", (_what, raw, expected) => {
    expect(decide({ raw }).verdict).toBe(expected);
  });

  test.each<[string, string | undefined, boolean, string | number]>([
    ["background", "10", true, "BadPriority"],
    ["background", "10", false, 200],
    ["background", "5", true, 200],
    ["background", undefined, true, 200],
    ["alert", "10", true, 200],
  ])("of type %s with priority %s, refusal of urgent ones %s: %s", (type, priority, refuses, expected) => {
    const headers = { "apns-push-type": type, "apns-priority": priority };
    expect(decide({ headers }, { rules: { refuseUrgentBackground: refuses } }).verdict).toBe(expected);
  });
});

describe("a topic", () => {
  const untyped = (topic: string | undefined): Changes => ({
    headers: { "apns-topic": topic, "apns-push-type": undefined },
  });

  test.each<[string, string | number]>([
    ["a", 200],
    ["0.a-b_C", 200],
    ["a".repeat(255), 200],
    ["a".repeat(256), "BadTopic"],
    [".com", "BadTopic"],
    ["-com", "BadTopic"],
    ["com example", "BadTopic"],
    ["com.example/", "BadTopic"],
    ["", "BadTopic"],
  ])("%s is answered %s", (topic, expected) => {
    expect(decide(untyped(topic)).verdict).toBe(expected);
  });

  test.each(["BadTopic", "TopicDisallowed", "InvalidPushType"] as const)(
    "with another type's suffix is refused as %s if told so",
    (wrongSuffix) => {
      const voip = { headers: { "apns-topic": `${TOPIC}.voip` } };
      expect(decide(voip, { rules: { wrongSuffix } }).verdict).toBe(wrongSuffix);
      expect(decide({ headers: { "apns-push-type": "voip" } }, { rules: { wrongSuffix } }).verdict).toBe(
        wrongSuffix,
      );
    },
  );

  test("with any suffix is accepted if told so, and without a push type", () => {
    const voip = { headers: { "apns-topic": `${TOPIC}.voip` } };
    expect(decide(voip, { rules: { wrongSuffix: "accept" } }).verdict).toBe(200);
    expect(decide(untyped(`${TOPIC}.voip`)).verdict).toBe(200);
  });

  test("may be left out only with a certificate for a single one", () => {
    const none = untyped(undefined);
    expect(decide(none, { authorization: certificateFor(TOPIC) })).toMatchObject({
      verdict: 200,
      topic: TOPIC,
    });
    expect(decide(none, { authorization: certificateFor(TOPIC, "b") }).verdict).toBe("MissingTopic");
    expect(decide(none, { authorization: certificateFor() }).verdict).toBe("MissingTopic");
    expect(decide(none, { authorization: tokenOf([TOPIC]) }).verdict).toBe("MissingTopic");
    expect(decide(none).verdict).toBe("MissingTopic");
  });

  test.each<[string, Setting, string, string | number]>([
    ["of a certificate", { authorization: certificateFor(TOPIC) }, TOPIC, 200],
    ["beside a certificate", { authorization: certificateFor("b", TOPIC) }, "c", "TopicDisallowed"],
    [
      "with a suffix, of a certificate without",
      { authorization: certificateFor("b") },
      "b.voip",
      "TopicDisallowed",
    ],
    ["of a certificate, not of the team", { authorization: certificateFor("b"), topics: [TOPIC] }, "b", 200],
    ["of a team with any topics", { authorization: tokenOf() }, "b", 200],
    ["of the team", { authorization: tokenOf(), topics: ["b"] }, "b", 200],
    ["of the team, with a suffix", { authorization: tokenOf(), topics: ["b"] }, "b.voip", 200],
    ["of another team", { authorization: tokenOf(), topics: ["b"] }, "c", "TopicDisallowed"],
    ["of the key", { authorization: tokenOf(["b"]) }, "b", 200],
    ["of another key", { authorization: tokenOf(["b"]) }, "c", "TopicDisallowed"],
    ["of key and team", { authorization: tokenOf(["b"]), topics: ["b", "c"] }, "b", 200],
    [
      "of the team, not of the key",
      { authorization: tokenOf(["b"]), topics: ["b", "c"] },
      "c",
      "TopicDisallowed",
    ],
    ["of the key, not of the team", { authorization: tokenOf(["b"]), topics: ["c"] }, "b", "TopicDisallowed"],
    ["of nobody, where anything goes", { topics: ["b"] }, "c", 200],
  ])("%s is answered %s", (_what, setting, topic, expected) => {
    expect(decide(untyped(topic), setting).verdict).toBe(expected);
  });
});

describe("a payload", () => {
  test.each<[string, number, string | number]>([
    ["alert", 1, 200],
    ["alert", 4_096, 200],
    ["alert", 4_097, "PayloadTooLarge"],
    ["voip", 4_097, 200],
    ["voip", 5_120, 200],
    ["voip", 5_121, "PayloadTooLarge"],
    ["alert", 0, "PayloadEmpty"],
  ])("of type %s with %i octets is answered %s", (type, bytes, expected) => {
    const topic = type === "voip" ? `${TOPIC}.voip` : TOPIC;
    expect(decide({ bytes, headers: { "apns-push-type": type, "apns-topic": topic } }).verdict).toBe(
      expected,
    );
  });

  test("is looked at after the device", () => {
    const { devices, service } = serviceWith();
    devices.unregister("abcd", 7);
    const { answer } = decided(service, request(GOOD, { body: "" }), new FixedCredentials(ANYTHING));
    expect(answer).toEqual({ status: 410, reason: "Unregistered", timestamp: 7 });
  });
});

test("only the sandbox gives an acceptance an id of the server's own", () => {
  const { devices, service } = serviceWith();
  expect(service).toMatchObject({ kind: "push", idHeader: "apns-id", givesUniqueId: true });
  expect(new DevicePushService("production", devices, RULES).givesUniqueId).toBe(false);
});
