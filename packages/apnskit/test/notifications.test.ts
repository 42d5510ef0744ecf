import { inspect } from "node:util";
import { Request, RequestHeaders } from "@apnskit/pool";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import {
  alert,
  background,
  controls,
  fileProvider,
  InvalidNotification,
  liveActivityEnd,
  liveActivityStart,
  liveActivityUpdate,
  location,
  mdm,
  type Notification,
  PUSH_TYPES,
  pushToTalk,
  raw,
  safariWebsite,
  voip,
  walletPass,
  widgets,
} from "../src/index.ts";
import { APP, NOON, NOON_SECONDS, onTheWire } from "./kit/on-the-wire.ts";
import { refusal } from "./kit/refusal.ts";

const json = (notification: Notification) => Buffer.from(notification.body).toString("utf8");

describe("on the wire", () => {
  it.each(onTheWire)("%s", (_, make, headers, body) => {
    const notification = make();
    expect(notification.headersFor(APP)).toEqual(headers);
    expect(json(notification)).toBe(body);
  });

  it.each(onTheWire)("the engine takes it: %s", (_, make, headers) => {
    const notification = make();
    const request = Request.of(
      "/3/device/00",
      RequestHeaders.from(notification.headersFor(APP)),
      notification.body,
    );
    expect(request.headers).toEqual(headers);
    expect(request.body).toBe(notification.body);
  });

  it("every push type that Apple lists has its constructor", () => {
    const made = new Set(onTheWire.map(([, make]) => make().pushType));
    for (const pushType of Object.keys(PUSH_TYPES)) expect(made).toContain(pushType);
  });
});

describe("what a table does not know passes through unchanged", () => {
  it("wire keys beside the options", () => {
    const aps = JSON.parse(json(alert({ title: "a", "future-key": { deep: [1] }, "thread-id": "wire" }))).aps;
    expect(aps).toEqual({ alert: { title: "a" }, "future-key": { deep: [1] }, "thread-id": "wire" });
  });

  it.each<[string, () => Notification]>([
    ["background", () => background({ "future-key": 1 })],
    ["voip", () => voip({ "future-key": 1 })],
    ["location", () => location({ "future-key": 1 })],
    ["pushToTalk", () => pushToTalk({ "future-key": 1 })],
    ["controls", () => controls({ "future-key": 1 })],
    ["widgets", () => widgets({ "future-key": 1 })],
    ["liveActivityUpdate", () => liveActivityUpdate({ contentState: {}, "future-key": 1 })],
  ])("in %s", (_, make) => {
    expect(JSON.parse(json(make())).aps["future-key"]).toBe(1);
  });

  it("keys in aps, which win over the options", () => {
    const options = { badge: 1, aps: { badge: 2, single: true } };
    expect(JSON.parse(json(alert(options)))).toEqual({ aps: { badge: 2, single: true } });
  });

  it("keys in the alert, the sound and the alert of a Live Activity", () => {
    const loud = alert({ alert: { "new-text": 1 }, title: "a", sound: { name: "b", "new-tone": 2 } });
    expect(JSON.parse(json(loud)).aps).toEqual({
      alert: { "new-text": 1, title: "a" },
      sound: { name: "b", "new-tone": 2 },
    });
    const live = liveActivityUpdate({ contentState: {}, alert: { title: "a", "new-text": 3 } });
    expect(JSON.parse(json(live)).aps.alert).toEqual({ title: "a", "new-text": 3 });
  });

  it("but a misspelt option is an error of types, and is refused", () => {
    // @ts-expect-error: it is called badge
    expect(refusal(() => alert({ title: "a", bagde: 1 })).message).toContain("did you mean `badge`?");
  });

  it("values of false or undefined leave the key out", () => {
    const quiet = alert({
      title: "a",
      subtitle: undefined,
      contentAvailable: false,
      mutableContent: undefined,
    });
    expect(json(quiet)).toBe('{"aps":{"alert":{"title":"a"}}}');
  });
});

describe("what cannot work is refused, naming the option", () => {
  const make =
    <T>(construct: (options: T) => Notification, options: unknown) =>
    () =>
      construct(options as T);
  const live = { contentState: {} };
  const start = { ...live, attributesType: "A", attributes: {}, alert: { title: "a" } };

  it.each<[string, () => unknown, string, string]>([
    ["an alert of nothing", make(alert, { threadId: "t" }), "alert, badge or sound", "missing"],
    ["an alert given twice", make(alert, { alert: "a", title: "b" }), "alert", "conflict"],
    ["a title that is no text", make(alert, { title: 7 }), "title", "invalid"],
    ["arguments that are no texts", make(alert, { locKey: "k", locArgs: [1] }), "locArgs", "invalid"],
    ["a negative badge", make(alert, { badge: -1 }), "badge", "invalid"],
    ["a badge with a fraction", make(alert, { badge: 1.5 }), "badge", "invalid"],
    ["a volume that is no number", make(alert, { sound: { volume: Number.NaN } }), "sound.volume", "invalid"],
    [
      "a relevance of infinity",
      make(alert, { title: "a", relevanceScore: Number.POSITIVE_INFINITY }),
      "relevanceScore",
      "invalid",
    ],
    [
      "a flag that is a text",
      make(alert, { title: "a", mutableContent: "yes" }),
      "mutableContent",
      "invalid",
    ],
    ["aps that is no object", make(alert, { title: "a", aps: [] }), "aps", "invalid"],
    ["data that is no object", make(alert, { title: "a", data: "text" }), "data", "invalid"],
    ["data with a key aps", make(alert, { title: "a", data: { aps: {} } }), "data", "conflict"],
    ["data with a circle", make(alert, { title: "a", data: circle() }), "data.self", "invalid"],
    ["data with a BigInt", make(alert, { title: "a", data: { n: 1n } }), "data.n", "invalid"],
    ["background with an alert", make(background, { alert: "a" }), "alert", "conflict"],
    ["background with a badge in aps", make(background, { aps: { badge: 0 } }), "badge", "conflict"],
    ["background with a sound", make(background, { sound: "default" }), "sound", "conflict"],
    ["background with priority 10", make(background, { priority: 10 }), "priority", "invalid"],
    ["a Wallet pass with priority 10", make(walletPass, { priority: 10 }), "priority", "invalid"],
    ["mdm without its magic", make(mdm, {}), "pushMagic", "missing"],
    ["an empty container", make(fileProvider, { containerIdentifier: "" }), "containerIdentifier", "missing"],
    [
      "a start without attributes",
      make(liveActivityStart, { ...start, attributes: undefined }),
      "attributes",
      "missing",
    ],
    [
      "a start without type",
      make(liveActivityStart, { ...start, attributesType: undefined }),
      "attributesType",
      "missing",
    ],
    [
      "a start without content",
      make(liveActivityStart, { ...start, contentState: undefined }),
      "contentState",
      "missing",
    ],
    ["a start without alert", make(liveActivityStart, { ...start, alert: undefined }), "alert", "missing"],
    ["an update without content", make(liveActivityUpdate, {}), "contentState", "missing"],
    [
      "a content that is no object",
      make(liveActivityUpdate, { contentState: [] }),
      "contentState",
      "invalid",
    ],
    [
      "a timestamp in seconds",
      make(liveActivityUpdate, { ...live, timestamp: 1_780_315_200 }),
      "timestamp",
      "invalid",
    ],
    [
      "an invalid date",
      make(liveActivityEnd, { dismissalDate: new Date(Number.NaN) }),
      "dismissalDate",
      "invalid",
    ],
    ["a website without arguments", make(safariWebsite, { title: "a", body: "b" }), "urlArgs", "missing"],
    ["a website without title", make(safariWebsite, { body: "b", urlArgs: [] }), "title", "missing"],
    [
      "an expiration in seconds",
      make(alert, { title: "a", expiration: 1_780_315_200 }),
      "expiration",
      "invalid",
    ],
    ["an unknown priority", make(alert, { title: "a", priority: 7 }), "priority", "invalid"],
    ["an empty collapse id", make(alert, { title: "a", collapseId: "" }), "collapseId", "invalid"],
    [
      "a collapse id of 65 bytes",
      make(alert, { title: "a", collapseId: "x".repeat(65) }),
      "collapseId",
      "invalid",
    ],
    [
      "a collapse id of 33 umlauts",
      make(alert, { title: "a", collapseId: "ü".repeat(33) }),
      "collapseId",
      "invalid",
    ],
    [
      "a collapse id with a line break",
      make(alert, { title: "a", collapseId: "a\r\nb: c" }),
      "collapseId",
      "invalid",
    ],
    ["an id that is no UUID", make(alert, { title: "a", id: "7" }), "id", "invalid"],
    [
      "a topic with a line break",
      make(alert, { title: "a", topic: "com.example\r\nb: c" }),
      "topic",
      "invalid",
    ],
    ["raw without payload", make(raw, {}), "payload", "missing"],
    ["raw with an empty text", make(raw, { payload: "" }), "payload", "missing"],
    ["raw with a number", make(raw, { payload: 7 }), "payload", "invalid"],
    ["raw with an odd push type", make(raw, { payload: {}, pushType: "a b" }), "pushType", "invalid"],
    ["raw with a size limit of 0", make(raw, { payload: {}, sizeLimit: 0 }), "sizeLimit", "invalid"],
    [
      "raw with a header that has an option",
      make(raw, { payload: {}, headers: { "apns-id": "1" } }),
      "headers",
      "conflict",
    ],
    [
      "raw with authorization",
      make(raw, { payload: {}, headers: { authorization: "x" } }),
      "headers",
      "conflict",
    ],
    [
      "raw with an upper-case header",
      make(raw, { payload: {}, headers: { "X-Y": "1" } }),
      "headers",
      "invalid",
    ],
    [
      "raw with a line break in a header",
      make(raw, { payload: {}, headers: { x: "a\nb" } }),
      "headers",
      "invalid",
    ],
  ])("%s", (_, attempt, field, problem) => {
    const error = refusal(attempt);
    expect(error).toMatchObject({
      field,
      problem,
      delivery: "unsent",
      code: "ERR_APNS_INVALID_NOTIFICATION",
    });
    expect(error.message.startsWith(`${field}: `)).toBe(true);
  });

  it("without ever repeating the payload", () => {
    const secret = "Ms Example owes 400";
    const attempts = [
      () => alert({ title: secret as never, badge: secret as never }),
      () => alert({ title: secret, data: { [secret]: circle() } }),
      () =>
        alert({
          title: secret,
          data: {
            toJSON: () => {
              throw new Error(secret);
            },
          },
        }),
      () => alert({ title: secret.repeat(400) }),
      () => alert({ title: "a", collapseId: secret.repeat(4), id: secret }),
    ];
    for (const attempt of attempts) expect(inspect(refusal(attempt))).not.toContain("Example");
  });

  function circle(): Record<string, unknown> {
    const self: Record<string, unknown> = {};
    self.self = self;
    return self;
  }
});

describe("the size limit counts bytes of UTF-8", () => {
  const filled = (make: (text: string) => Notification, bytes: number, character = "a") => {
    const empty = make("").body.length;
    return make(character.repeat((bytes - empty) / Buffer.byteLength(character)));
  };

  it.each<[string, number, (text: string) => Notification]>([
    ["alert", 4096, (text) => alert({ alert: text })],
    ["background", 4096, (text) => background({ data: { text } })],
    ["voip", 5120, (text) => voip({ data: { text } })],
    ["liveActivityUpdate", 4096, (text) => liveActivityUpdate({ contentState: { text } })],
    [
      "liveActivityUpdate for a channel",
      5120,
      (text) => liveActivityUpdate({ contentState: { text }, broadcast: true }),
    ],
    [
      "liveActivityEnd for a channel",
      5120,
      (text) => liveActivityEnd({ contentState: { text }, broadcast: true }),
    ],
    ["raw", 4096, (text) => raw({ payload: { text } })],
    ["raw voip", 5120, (text) => raw({ payload: { text }, pushType: "voip" })],
    ["raw with its own limit", 100, (text) => raw({ payload: { text }, sizeLimit: 100 })],
  ])("%s: %i", (_, limit, make) => {
    expect(filled(make, limit).body.length).toBe(limit);
    const error = refusal(() => filled(make, limit + 1));
    expect(error).toMatchObject({ field: "payload", problem: "too-large" });
    expect(error.message).toContain(`${limit + 1} bytes of UTF-8 are more than the ${limit}`);
  });

  it("not characters", () => {
    const make = (text: string) => alert({ alert: text });
    const most = Math.floor((4096 - make("").body.length) / 4);
    expect(make("😀".repeat(most)).body.length).toBeLessThanOrEqual(4096);
    expect(() => make("😀".repeat(most + 1))).toThrow(InvalidNotification);
  });

  it("and a collapse id may have 64", () => {
    expect(alert({ title: "a", collapseId: "ü".repeat(32) }).collapseId).toBe("ü".repeat(32));
  });
});

describe("the topic", () => {
  it("is the notification's own before the client's, with the suffix", () => {
    expect(voip({ topic: "com.example.other" }).topicFor(APP)).toBe("com.example.other.voip");
  });

  it("gets no second suffix", () => {
    expect(voip({ topic: `${APP}.voip` }).topicFor()).toBe(`${APP}.voip`);
    expect(voip({}).topicFor(`${APP}.voip`)).toBe(`${APP}.voip`);
  });

  it("is missing only when there is neither", () => {
    expect(refusal(() => alert({ title: "a" }).headersFor())).toMatchObject({
      field: "topic",
      problem: "missing",
    });
    expect(alert({ title: "a", topic: APP }).headersFor()["apns-topic"]).toBe(APP);
  });

  it("of the client is checked as well", () => {
    expect(refusal(() => alert({ title: "a" }).headersFor("a b")).field).toBe("topic");
  });

  it("of Wallet and Safari goes to production only", () => {
    expect(walletPass().environment).toBe("production");
    expect(safariWebsite({ title: "a", body: "b", urlArgs: [] }).environment).toBe("production");
    expect(alert({ title: "a" }).environment).toBeUndefined();
  });
});

describe("a notification is encoded once", () => {
  it("and gives the same bytes and the same headers each time", () => {
    const notification = alert({ title: "a", expiration: NOON });
    expect(notification.body).toBe(notification.body);
    expect(notification.headersFor(APP)).toEqual(notification.headersFor(APP));
    expect(notification.headersFor("com.example.b")).toEqual({
      ...notification.headersFor(APP),
      "apns-topic": "com.example.b",
    });
  });

  it("and shares its headers with others that have the same", () => {
    expect(alert({ title: "a" }).headersFor(APP)).toBe(alert({ title: "b" }).headersFor(APP));
    expect(alert({ title: "a", priority: 5 }).headersFor(APP)).not.toBe(
      alert({ title: "a" }).headersFor(APP),
    );
    expect(alert({ title: "a", expiration: 0 }).headersFor(APP)["apns-expiration"]).toBe("0");
    expect(alert({ title: "a" }).headersFor(APP)).not.toHaveProperty("apns-expiration");
    expect(raw({ payload: {}, headers: { x: "1" } }).headersFor(APP)).not.toBe(
      raw({ payload: {} }).headersFor(APP),
    );
  });

  it("and goes on sharing when there are more topics than it remembers", () => {
    const notification = alert({ title: "a" });
    const first = notification.headersFor("com.example.0");
    for (let app = 0; app < 3000; app++) {
      expect(notification.headersFor(`com.example.${app}`)["apns-topic"]).toBe(`com.example.${app}`);
    }
    expect(notification.headersFor("com.example.0")).toEqual(first);
    expect(notification.headersFor("com.example.0")).not.toBe(first);
    expect(notification.headersFor(APP)).toBe(alert({ title: "b" }).headersFor(APP));
  });

  it("and with() changes the delivery, not the bytes", () => {
    const first = alert({ title: "a", collapseId: "one", priority: 5 });
    const second = first.with({ collapseId: "two", expiration: 0 });
    expect(second.body).toBe(first.body);
    expect(second).toMatchObject({ collapseId: "two", priority: 5, expiration: 0, kind: "alert" });
    expect(first.collapseId).toBe("one");
  });

  it("and with() is checked as the constructor is", () => {
    expect(refusal(() => background().with({ priority: 10 })).field).toBe("priority");
    expect(refusal(() => alert({ title: "a" }).with({ id: "x" })).field).toBe("id");
  });

  it("and shows its payload only when asked for it", () => {
    const notification = alert({ title: "private matter", collapseId: "c".repeat(64), topic: APP });
    expect(notification.payload()).toEqual({ aps: { alert: { title: "private matter" } } });
    for (const options of [{}, { showHidden: true, getters: true, depth: 9 }, { customInspect: false }]) {
      const shown = inspect(notification, options);
      expect(shown).not.toMatch(/private matter|70 72 69/);
      expect(shown).toContain("alert");
    }
    expect(inspect([notification])).not.toMatch(/private matter|70 72 69/);
    expect(inspect(notification)).not.toContain("\n");
    expect(String(notification)).not.toContain("private matter");
  });

  it("and says so when raw text is not JSON", () => {
    expect(refusal(() => raw({ payload: "private matter" }).payload())).toMatchObject({ field: "payload" });
  });

  it("and is frozen, and so are its headers", () => {
    const notification = alert({ title: "a" });
    expect(() => Object.assign(notification, { priority: 5 })).toThrow(TypeError);
    expect(() => Object.assign(notification.headersFor(APP), { x: "1" })).toThrow(TypeError);
  });
});

describe("the caller's objects", () => {
  const freeze = <T>(value: T): T => {
    if (typeof value === "object" && value !== null && !(value instanceof Date)) {
      Object.values(value).forEach(freeze);
      Object.freeze(value);
    }
    return value;
  };

  it("are never written to", () => {
    const options = freeze({
      title: "a",
      sound: { critical: true },
      data: { a: { b: [NOON] } },
      aps: { x: {} },
    });
    expect(() => alert(options)).not.toThrow();
    expect(() => background(freeze({ data: { a: 1 }, aps: {} }))).not.toThrow();
    const state = freeze({ when: NOON, list: [NOON] });
    expect(() =>
      liveActivityUpdate(freeze({ contentState: state, alert: { title: { locKey: "k" } } })),
    ).not.toThrow();
    expect(state.when).toBe(NOON);
  });

  it("may change later without effect", () => {
    const data = { count: 1 };
    const bytes = Buffer.from('{"count":1}');
    const notifications = [voip({ data }), raw({ payload: data }), raw({ payload: bytes })];
    data.count = 2;
    bytes.fill(0);
    for (const notification of notifications) expect(json(notification)).toBe('{"count":1}');
  });

  it("may have keys that are special to JavaScript", () => {
    const data = JSON.parse('{"__proto__": {"x": 1}, "constructor": 2, "toString": 3}');
    expect(json(voip({ data }))).toBe('{"__proto__":{"x":1},"constructor":2,"toString":3}');
    expect(json(alert({ badge: 1, ...data }))).toBe(
      '{"aps":{"badge":1,"__proto__":{"x":1},"constructor":2,"toString":3}}',
    );
  });
});

describe("Live Activities", () => {
  it("take the time of the call as their timestamp, in whole seconds", () => {
    vi.useFakeTimers({ now: NOON });
    try {
      expect(JSON.parse(json(liveActivityEnd())).aps.timestamp).toBe(NOON_SECONDS);
    } finally {
      vi.useRealTimers();
    }
  });

  it("get dates in their content as seconds since 2001, however deep, and leave all else as JSON has it", () => {
    const money = { toJSON: () => "12.50 EUR" };
    class Score {
      readonly points = 3;
    }
    class Price {
      readonly cents = 1250;
      toJSON() {
        return this.cents / 100;
      }
    }
    const contentState = {
      nested: [{ at: new Date("2001-01-02T00:00:00Z") }],
      money,
      score: new Score(),
      price: new Price(),
      none: null,
    };
    expect(JSON.parse(json(liveActivityUpdate({ contentState }))).aps["content-state"]).toEqual({
      nested: [{ at: 86_400 }],
      money: "12.50 EUR",
      score: { points: 3 },
      price: 12.5,
      none: null,
    });
  });
});

describe("for any data", () => {
  const jsonObject = fc.dictionary(
    fc.string({ unit: "binary" }).filter((key) => key !== "aps"),
    fc.jsonValue(),
    { maxKeys: 5 },
  );

  it("the payload is what JSON makes of it, beside aps", () => {
    fc.assert(
      fc.property(jsonObject, (data) => {
        const notification = raw({ payload: data, sizeLimit: 1_000_000 });
        expect(json(notification)).toBe(JSON.stringify(data));
        expect(notification.payload()).toEqual(JSON.parse(JSON.stringify(data)));
      }),
    );
  });

  it("an alert is accepted exactly when its bytes fit", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 500, maxLength: 3000 }), (text) => {
        const bytes = Buffer.byteLength(JSON.stringify({ aps: { alert: text } }));
        if (bytes <= 4096) expect(alert({ alert: text }).body.length).toBe(bytes);
        else expect(() => alert({ alert: text })).toThrow(InvalidNotification);
      }),
    );
  });

  it("a collapse id is accepted exactly when it is 1 … 64 bytes that a header can carry", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (collapseId) => {
        const bytes = Buffer.byteLength(collapseId);
        const fits = bytes >= 1 && bytes <= 64 && !/\p{Cc}/u.test(collapseId) && !/^ | $/.test(collapseId);
        const attempt = () => alert({ title: "a", collapseId }).headersFor(APP)["apns-collapse-id"];
        if (fits) expect(attempt()).toBe(collapseId);
        else expect(attempt).toThrow(InvalidNotification);
      }),
    );
  });
});
