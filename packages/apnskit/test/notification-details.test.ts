import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { alert, liveActivityEnd, Notification, raw, voip, walletPass } from "../src/index.ts";
import { broadcastHeaders } from "../src/notifications/broadcast-headers.ts";
import { hasExpired } from "../src/notifications/expiration.ts";
import { requireNotification } from "../src/notifications/require-notification.ts";
import { intended, oneSlipApart } from "../src/notifications/spelling.ts";
import { refusal } from "./kit/refusal.ts";
import { untyped } from "./kit/untyped.ts";

const ID = "4084a6e4-9ea8-4d2a-8a49-9a344a152da7";
const TOPIC = "com.example.app";

describe("headers", () => {
  it("with an id stay those of their notification, whatever others were made before and after", () => {
    const bare = { "apns-push-type": "alert", "apns-topic": "a.b", "apns-priority": "10" };
    const own = { ...bare, "apns-id": ID };
    expect(alert({ title: "a", id: ID }).headersFor("a.b")).toEqual(own);
    expect(alert({ title: "b" }).headersFor("a.b")).toEqual(bare);
    expect(alert({ title: "c", id: ID }).headersFor("a.b")).toEqual(own);
  });

  it("differ by push type, priority and expiration alone", () => {
    const made = [
      raw({ payload: {}, pushType: "alert", priority: 10 }),
      raw({ payload: {}, pushType: "mdm", priority: 10 }),
      raw({ payload: {}, priority: 10 }),
      raw({ payload: {}, pushType: "alert", priority: 5 }),
      raw({ payload: {}, pushType: "alert", priority: 10, expiration: 0 }),
      raw({ payload: {}, pushType: "alert" }),
    ];
    const shown = () => made.map((notification) => JSON.stringify(notification.with({}).headersFor("a.c")));
    expect(new Set(shown()).size).toBe(made.length);
    expect(shown()).toEqual(shown());
  });

  it("are the same object for the same topic, also after those of another topic", () => {
    const headers = (topic: string) => alert({ title: "a" }).headersFor(topic);
    const [first, second] = [headers("a.d"), headers("a.e")];
    expect([headers("a.d"), headers("a.e")]).toEqual([first, second]);
    expect(headers("a.d")).toBe(first);
    expect(headers("a.e")).toBe(second);
  });

  it("of a broadcast have no id unless it was given", () => {
    const end = liveActivityEnd();
    expect(Object.keys(broadcastHeaders(end, "a"))).not.toContain("apns-request-id");
    expect(broadcastHeaders(end.with({ id: ID }), "a")).toMatchObject({ "apns-request-id": ID });
  });

  it("may have blanks between other characters", () => {
    const notification = alert({ title: "a", collapseId: "a b  c" });
    expect(notification.headersFor(TOPIC)).toMatchObject({ "apns-collapse-id": "a b  c" });
  });

  it("of raw() may have 4,096 bytes in all, and those that are undefined are left out", () => {
    const long = "x".repeat(1_024);
    const headers = { a: long, b: long, c: long, d: "x".repeat(892), e: undefined as never };
    const sent = raw({ payload: {}, headers }).headersFor(TOPIC);
    expect(Object.keys(sent)).toEqual(["apns-topic", "a", "b", "c", "d"]);
  });
});

describe("an expiration", () => {
  it("may be a century away, and as early as 1980", () => {
    const { expiration } = alert({ title: "a", expiration: { days: 36_525 } });
    expect(expiration).toBeGreaterThan(Date.now() / 1_000 + 36_524 * 86_400);
    expect(alert({ title: "a", expiration: new Date(Date.UTC(1980)) }).expiration).toBe(315_532_800);
  });

  it.each<[number | undefined, number, boolean]>([
    [undefined, 5_000, false],
    [0, 5_000, false],
    [5, 4_999, false],
    [5, 5_000, true],
    [5, 5_001, true],
  ])("of %s has passed at %i ms: %s", (seconds, epoch, passed) => {
    expect(hasExpired(seconds, epoch)).toBe(passed);
  });
});

describe("a payload", () => {
  it("may be a sound or the badge 0 alone", () => {
    expect(alert({ sound: "a" }).payload()).toEqual({ aps: { sound: "a" } });
    expect(alert({ badge: 0 }).payload()).toEqual({ aps: { badge: 0 } });
  });

  it("has flags as 1, or not at all", () => {
    const { alert: make } = untyped;
    const aps = (mutableContent: unknown) => make({ badge: 1, mutableContent }).payload();
    expect([true, 1].map(aps)).toEqual([1, 2].map(() => ({ aps: { badge: 1, "mutable-content": 1 } })));
    expect([false, 0].map(aps)).toEqual([1, 2].map(() => ({ aps: { badge: 1 } })));
  });

  it("has an interruption level that Apple may add later", () => {
    const { aps } = alert({ title: "a", interruptionLevel: "deafening" }).payload() as { aps: object };
    expect(aps).toEqual({ alert: { title: "a" }, "interruption-level": "deafening" });
  });

  it("has an empty `aps` if that was given", () => {
    expect(voip({ aps: {}, data: { a: 1 } }).payload()).toEqual({ aps: {}, a: 1 });
    expect(voip({ data: { a: 1 } }).payload()).toEqual({ a: 1 });
  });

  it("whose getter changes its mind is refused without its text", () => {
    let reads = 0;
    const data = {
      get secret() {
        return reads++ === 0 ? 1 : { toJSON: () => BigInt(7) };
      },
    };
    expect(refusal(() => voip({ data }))).toMatchObject({
      field: "payload",
      problem: "invalid",
      message: "payload: cannot be written as JSON",
    });
  });

  it("with a revoked Proxy is refused as with any other object", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const { message } = refusal(() => untyped.alert({ title: proxy }));
    expect(message).toBe("title: must be a string; received an object");
  });

  it("has dates in `aps` in the form of their key, and dates below other keys as text", () => {
    const at = new Date(Date.UTC(2001, 0, 1, 0, 0, 1));
    const aps = { timestamp: at, "stale-date": { at }, "content-state": { at }, other: at };
    expect(voip({ aps }).payload()).toEqual({
      aps: {
        timestamp: 978_307_201,
        "stale-date": { at: "2001-01-01T00:00:01.000Z" },
        "content-state": { at: 1 },
        other: "2001-01-01T00:00:01.000Z",
      },
    });
  });

  it("is not concerned by keys that are undefined", () => {
    const { mdm } = untyped;
    expect(mdm({ pushMagic: "a", whatever: undefined }).payload()).toEqual({ mdm: "a" });
    expect(alert({ title: "a", alert: { subtitle: undefined } }).payload()).toEqual({
      aps: { alert: { title: "a" } },
    });
  });
});

describe("a notification", () => {
  it("is shown in one line, without what it does not have", () => {
    expect(inspect(voip({ data: { secret: 1 } }))).toBe(
      "Notification { kind: 'voip', pushType: 'voip', priority: 10, topicSuffix: '.voip', bytes: 12 }",
    );
    expect(inspect(alert({ title: "a" }))).toBe(
      "Notification { kind: 'alert', pushType: 'alert', priority: 10, bytes: 31 }",
    );
  });

  it("of another copy of the library is told apart from other objects", () => {
    const other = { [Symbol.for("apnskit.copy")]: { kind: "Notification", copy: "apnskit 0.0.1" } };
    const messageFor = (value: unknown) => refusal(() => requireNotification(value)).message;
    expect(messageFor(other)).toContain("comes from another copy of apnskit (apnskit 0.0.1)");
    expect(messageFor({})).toBe(
      "notification: must be made by alert(), raw() or another of them; received an object",
    );
  });

  it("has only those keys in its JSON that it needs", () => {
    expect(Object.keys(alert({ title: "a" }).toJSON())).toEqual(["version", "kind", "payload", "priority"]);
    expect(Object.keys(raw({ payload: {} }).toJSON())).toEqual([
      "version",
      "kind",
      "payload",
      "topicSuffix",
      "sizeLimit",
    ]);
    const full = { priority: 5, expiration: 0, collapseId: "a", id: ID, topic: "a.b" } as const;
    expect(walletPass({ ...full }).toJSON()).toEqual({
      version: 1,
      kind: "walletPass",
      payload: "{}",
      ...full,
    });
    expect(Notification.fromJSON(walletPass(full).toJSON()).headersFor()).toEqual(
      walletPass(full).headersFor(),
    );
  });
});

describe("a slip", () => {
  it.each([
    ["wxyz", "wyxz", true],
    ["wxyz", "wxyzz", true],
    ["wxyz", "wxz", false],
    ["wxyzz", "wxyz", true],
    ["wxyz", "wxaz", true],
    ["wxyz", "xqyz", false],
    ["wxyz", "qwyz", false],
    ["wxyz", "abyz", false],
    ["wxyz", "wxyz", false],
  ])("between %s and %s: %s", (a, b, expected) => {
    expect([oneSlipApart(a, b), oneSlipApart(b, a)]).toEqual([expected, expected]);
  });

  it("may mean the first of several names", () => {
    expect(intended("wxyz", ["abcd", "wxya", "wxyb"])).toBe("wxya");
    expect(intended("wxyz", ["wxya", "WX-YZ"])).toBe("WX-YZ");
    expect(intended("wxyz", ["abcd"])).toBeUndefined();
  });
});
