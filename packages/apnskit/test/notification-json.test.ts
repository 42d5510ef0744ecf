import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  alert,
  background,
  collapseIdFor,
  InvalidNotification,
  liveActivityEnd,
  liveActivityUpdate,
  Notification,
  type NotificationJson,
  raw,
  voip,
  walletPass,
} from "../src/index.ts";
import { APP, NOON, onTheWire } from "./kit/on-the-wire.ts";

/** As a job queue does. */
const throughQueue = (notification: Notification) =>
  Notification.fromJSON(JSON.parse(JSON.stringify({ notification })).notification);

function expectSame(copy: Notification, original: Notification) {
  expect(copy).toBeInstanceOf(Notification);
  expect(Buffer.from(copy.body).equals(Buffer.from(original.body))).toBe(true);
  expect({ ...copy }).toEqual({ ...original });
  expect(copy.toJSON()).toEqual(original.toJSON());
  const topic = original.topic === undefined ? APP : undefined;
  expect(copy.headersFor(topic)).toEqual(original.headersFor(topic));
}

function refusal(json: unknown): InvalidNotification {
  try {
    Notification.fromJSON(json);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidNotification);
    return error as InvalidNotification;
  }
  throw new Error("nothing was thrown");
}

describe("a notification comes back from a job queue as it was:", () => {
  it.each(onTheWire)("%s", (_, make) => {
    const original = make();
    expectSame(throughQueue(original), original);
  });

  const delivery = {
    priority: 1,
    expiration: NOON,
    collapseId: collapseIdFor("ä", 7),
    topic: "com.example.b",
  } as const;
  const more: [string, Notification][] = [
    ["with every header", alert({ title: "a", ...delivery, id: "f4121b12-e0bf-3266-f079-d9253e98bf49" })],
    ["with other headers later on", background().with({ ...delivery, expiration: 0 })],
    [
      "an update for a channel, of 5,000 bytes",
      liveActivityUpdate({ contentState: { x: "x".repeat(4_900) }, broadcast: true }),
    ],
    ["an end for a channel", liveActivityEnd({ broadcast: true })],
    ["voip of 5,000 bytes", voip({ data: { x: "x".repeat(5_000) } })],
    [
      "raw with all of its own",
      raw({ payload: "[1 ,2]", pushType: "x", topicSuffix: ".y", sizeLimit: 7, headers: { a: "ä" } }),
    ],
    ["raw with a byte order mark", raw({ payload: "\ufeff{}" })],
    ["raw with bytes that are not UTF-8", raw({ payload: new Uint8Array([0xff, 0xfe, 0, 0x80]) })],
    ["raw that is not JSON", raw({ payload: "text" })],
    [
      "raw with numbers that JSON.parse would change",
      raw({ payload: '{"n":12345678901234567890,"a":1,"a":2}' }),
    ],
  ];
  it.each(more)("%s", (_, original) => expectSame(throughQueue(original), original));

  it("from the text as well", () => {
    expectSame(Notification.fromJSON(JSON.stringify(alert({ title: "a" }))), alert({ title: "a" }));
  });

  it("whatever the content and the headers", () => {
    const content = fc.record({
      title: fc.string({ unit: "binary", maxLength: 300 }),
      data: fc.dictionary(
        fc.string({ maxLength: 9 }).filter((key) => key !== "aps"),
        fc.jsonValue({ maxDepth: 2 }),
        { maxKeys: 3 },
      ),
      priority: fc.constantFrom(1, 5, 10, undefined),
      collapseId: fc.option(fc.stringMatching(/^[\w-]{1,30}$/), { nil: undefined }),
      expiration: fc.option(fc.constantFrom(0, NOON, { hours: 2 } as const), { nil: undefined }),
    });
    fc.assert(
      fc.property(content, (options) => {
        fc.pre(Buffer.byteLength(JSON.stringify(options)) < 3_500);
        const original = alert(options as Parameters<typeof alert>[0]);
        expectSame(throughQueue(original), original);
      }),
    );
  });

  it("with all that follows from its kind", () => {
    const pass = throughQueue(walletPass({ topic: "pass.com.example" }));
    expect(pass.environment).toBe("production");
    expect(() => pass.with({ priority: 10 })).toThrow(InvalidNotification);
  });

  it("in a shape that is written down, so that a later version reads it", () => {
    const json: NotificationJson = alert({ title: "a", collapseId: "c", expiration: NOON }).toJSON();
    expect(json).toEqual({
      version: 1,
      kind: "alert",
      payload: '{"aps":{"alert":{"title":"a"}}}',
      priority: 10,
      expiration: 2_095_934_400,
      collapseId: "c",
    });
    expect(raw({ payload: {}, pushType: "x" }).toJSON()).toEqual({
      version: 1,
      kind: "raw",
      payload: "{}",
      pushType: "x",
      topicSuffix: "",
      sizeLimit: 4096,
    });
    const minimal = { version: 1, kind: "background", payload: '{"aps":{"content-available":1}}' };
    expectSame(Notification.fromJSON(minimal), background());
  });
});

describe("JSON that is not a notification's is refused, naming the place:", () => {
  const good = alert({ title: "a" }).toJSON();
  const rawGood = raw({ payload: {} }).toJSON();
  const secret = "Ms Example owes 400";
  const cases: [unknown, string][] = [
    [undefined, "options"],
    [null, "options"],
    [7, "options"],
    [[], "options"],
    ["", "json"],
    [secret, "json"],
    ["null", "options"],
    [{}, "version"],
    [{ ...good, version: 2 }, "version"],
    [{ ...good, version: "1" }, "version"],
    [{ ...good, kind: undefined }, "kind"],
    [{ ...good, kind: "constructor" }, "kind"],
    [{ ...good, kind: "__proto__" }, "kind"],
    [{ ...good, kind: secret }, "kind"],
    [{ ...good, payload: undefined }, "payload"],
    [{ ...good, payload: { aps: {} } }, "payload"],
    [{ ...good, payload: secret }, "payload"],
    [{ ...good, payload: "[]" }, "payload"],
    [{ ...good, payload: "null" }, "payload"],
    [{ ...good, payload: "" }, "payload"],
    [{ ...good, payload: `{"x":"${"x".repeat(4_096)}"}` }, "payload"],
    [{ ...good, encoding: "utf8" }, "encoding"],
    [{ ...good, encoding: "base64", payload: "***" }, "payload"],
    [{ ...good, priority: "10" }, "priority"],
    [{ ...good, expiration: "2036" }, "expiration"],
    [{ ...good, expiration: -1 }, "expiration"],
    [{ ...good, expiration: 1.5 }, "expiration"],
    [{ ...good, collapseId: "x".repeat(65) }, "collapseId"],
    [{ ...good, id: secret }, "id"],
    [{ ...good, topic: "../x" }, "topic"],
    [{ ...good, broadcast: true }, "broadcast"],
    [{ ...liveActivityEnd().toJSON(), broadcast: 1 }, "broadcast"],
    [{ ...good, headers: {} }, "headers"],
    [{ ...good, sizeLimit: 9_000 }, "sizeLimit"],
    [{ ...good, pushType: "voip" }, "pushType"],
    [{ ...good, colapseId: "a" }, "colapseId"],
    [{ ...rawGood, broadcast: true }, "broadcast"],
    [{ ...rawGood, payload: "" }, "payload"],
    [{ ...rawGood, sizeLimit: 1 }, "payload"],
    [{ ...rawGood, topicSuffix: "/../x" }, "topicSuffix"],
    [{ ...rawGood, headers: { authorization: "x" } }, "headers"],
    [{ ...rawGood, headers: "x" }, "headers"],
    [alert({ title: "a" }), "version"],
  ];
  it.each(cases)("%# %o", (json, field) => {
    const error = refusal(json);
    expect(error.field).toBe(field);
    expect(error.message).not.toContain("Example");
  });

  it("or anything at all", () => {
    fc.assert(
      fc.property(fc.anything(), (json) => {
        refusal(json);
      }),
    );
    const mangled = fc.tuple(fc.constantFrom(...Object.keys(rawGood)), fc.jsonValue());
    fc.assert(
      fc.property(mangled, ([key, value]) => {
        try {
          expect(Notification.fromJSON({ ...rawGood, [key]: value })).toBeInstanceOf(Notification);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidNotification);
        }
      }),
    );
  });
});
