import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { alert, liveActivityStart, liveActivityUpdate, type Notification, raw, voip } from "../src/index.ts";
import { broadcastHeaders } from "../src/notifications/broadcast-headers.ts";
import { APP, NOON } from "./kit/on-the-wire.ts";
import { refusal } from "./kit/refusal.ts";

const update = liveActivityUpdate({ contentState: {} });
const unfit = [
  "",
  "..",
  ".",
  "a..b",
  ".a",
  "a.",
  "a/b",
  "../x",
  "a b",
  "a\r\nb: c",
  "a\u0000",
  "a\u0085",
  "ä",
  "a%2fb",
  "a?b",
  "a#b",
  "a\\b",
  7,
  null,
  {},
];

describe("what goes into a path or a header has a limit, and the error names its option:", () => {
  const limits: [string, number, (text: string) => unknown][] = [
    ["topic", 255, (topic) => alert({ title: "a", topic })],
    ["topic", 255, (topic) => alert({ title: "a" }).with({ topic })],
    ["topic", 255, (topic) => alert({ title: "a" }).headersFor(topic)],
    ["topic", 250, (topic) => voip({ topic }).headersFor()],
    ["topicSuffix", 255, (topicSuffix) => raw({ payload: {}, topicSuffix })],
    ["pushType", 64, (pushType) => raw({ payload: {}, pushType })],
    ["collapseId", 64, (collapseId) => alert({ title: "a", collapseId })],
    ["channelId", 128, (id) => broadcastHeaders(update, id)],
    ["headers", 64, (name) => raw({ payload: {}, headers: { [name]: "1" } })],
    ["headers", 1024, (x) => raw({ payload: {}, headers: { x } })],
    [
      "inputPushChannel",
      128,
      (inputPushChannel) =>
        liveActivityStart({
          attributesType: "A",
          attributes: {},
          contentState: {},
          alert: { title: "a" },
          inputPushChannel,
        }),
    ],
  ];
  it.each(limits)("%s: %i", (field, most, use) => {
    expect(() => use("x".repeat(most))).not.toThrow();
    for (const length of [most + 1, 70_000, 1_000_000]) {
      const error = refusal(() => use("x".repeat(length)));
      expect(error.field).toBe(field);
      expect(error.message.length).toBeLessThan(200);
    }
  });

  it("all further headers together: 4,096 bytes", () => {
    const headers = Object.fromEntries(["a", "b", "c", "d", "e"].map((name) => [name, "x".repeat(1_000)]));
    expect(refusal(() => raw({ payload: {}, headers }))).toMatchObject({
      field: "headers",
      problem: "too-large",
    });
  });
});

describe("a topic is a name, not a path", () => {
  it.each(unfit)("not %j", (topic) => {
    expect(refusal(() => alert({ title: "a", topic: topic as string })).field).toBe("topic");
    expect(refusal(() => alert({ title: "a" }).headersFor(topic as string)).field).toBe("topic");
  });

  it.each([
    APP,
    "com.apple.mgmt.External.F4121B12-E0BF-3266-F079-D9253E98BF49",
    "web.com.example",
    "pass.a_b",
    "A",
  ])("%s", (topic) => {
    expect(alert({ title: "a", topic }).headersFor()["apns-topic"]).toBe(topic);
  });

  it.each(unfit.filter((suffix) => suffix !== "" && suffix !== ".a"))(
    "nor is its suffix %j",
    (topicSuffix) => {
      expect(refusal(() => raw({ payload: {}, topicSuffix: topicSuffix as string })).field).toBe(
        "topicSuffix",
      );
    },
  );
});

describe("headers that raw() takes", () => {
  it.each([
    "content-length",
    "host",
    "expect",
    "http2-settings",
    "connection",
    "te",
    "transfer-encoding",
    "upgrade",
  ])("are not %s, which is up to the connection", (name) => {
    const error = refusal(() => raw({ payload: {}, headers: { [name]: "1" } }));
    expect(error).toMatchObject({ field: "headers", problem: "conflict" });
  });

  it("are not pseudo-headers, and no name is repeated that a log could not show", () => {
    const error = refusal(() => raw({ payload: {}, headers: { ":path\u001b[31m": "1" } }));
    expect(error).toMatchObject({ field: "headers" });
    expect(error.message).not.toContain("\u001b");
  });

  it("have text for values", () => {
    for (const value of [7, null, ["a"], "a\nb", " a", "\ud83d", "a\u0085"]) {
      expect(refusal(() => raw({ payload: {}, headers: { x: value as string } })).field).toBe("headers");
    }
    expect(refusal(() => raw({ payload: {}, headers: ["a"] as never })).field).toBe("headers");
  });
});

it("halves of surrogate pairs do not make two collapse ids one", () => {
  for (const half of ["\ud83d", "a\ude00", "\ude00\ud83d"]) {
    expect(refusal(() => alert({ title: "a", collapseId: half })).field).toBe("collapseId");
  }
  expect(alert({ title: "a", collapseId: "😀" }).collapseId).toBe("😀");
});

describe("an expiration as a duration", () => {
  beforeEach(() => vi.useFakeTimers({ now: NOON }));
  afterEach(() => vi.useRealTimers());

  it.each<[object, number]>([
    [{ hours: 1 }, 3_600],
    [{ minutes: 30 }, 1_800],
    [{ days: 2, hours: 0, minutes: undefined }, 172_800],
    [{ seconds: 90 }, 90],
    [{ hours: 0.5, seconds: 1 }, 1_801],
  ])("%j counts from now and is rounded up", (expiration, seconds) => {
    // The engine's clock counts, which the test framework's fake timers do not reach.
    vi.useRealTimers();
    const earliest = Math.ceil(Date.now() / 1_000) + seconds;
    const { expiration: given } = alert({ title: "a", expiration });
    const header = Number(alert({ title: "a" }).with({ expiration }).headersFor(APP)["apns-expiration"]);
    const latest = Math.ceil(Date.now() / 1_000) + seconds;
    expect([given! >= earliest, header >= given!, header <= latest]).toEqual([true, true, true]);
  });

  it.each<[unknown, string]>([
    [{}, "expiration"],
    [{ hours: 0 }, "expiration"],
    [{ days: 40_000 }, "expiration"],
    [{ hours: -1 }, "expiration.hours"],
    [{ hours: Number.NaN }, "expiration.hours"],
    [{ hours: "1" }, "expiration.hours"],
    [{ weeks: 1 }, "weeks"],
    [[1], "expiration"],
    [new Map(), "expiration"],
    [null, "expiration"],
    [-1, "expiration"],
    [Number.NaN, "expiration"],
    [new Date(Number.NaN), "expiration"],
    [new Date(-1), "expiration"],
    [new Date(0), "expiration"],
  ])("is not %j", (expiration, field) => {
    expect(refusal(() => alert({ title: "a", expiration: expiration as Date }) as Notification).field).toBe(
      field,
    );
  });
});
