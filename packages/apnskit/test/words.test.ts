import { describe, expect, it } from "vitest";
import {
  alert,
  background,
  complication,
  controls,
  liveActivityEnd,
  liveActivityStart,
  liveActivityUpdate,
  location,
  mdm,
  type Notification,
  pushToTalk,
  raw,
  safariWebsite,
  voip,
  walletPass,
  widgets,
} from "../src/index.ts";
import { intended, oneSlipApart } from "../src/notifications/spelling.ts";
import { APS_KEYS } from "../src/notifications/vocabulary.ts";
import { refusal } from "./kit/refusal.ts";

type Make = (options?: object) => Notification;
const made = {
  ...{ alert, background, complication, controls, liveActivityStart, liveActivityUpdate, liveActivityEnd },
  ...{ location, mdm, pushToTalk, raw, safariWebsite, voip, walletPass, widgets },
} as unknown as Record<string, Make>;
const start = { attributesType: "A", attributes: {}, contentState: {} };

describe("a wrong value is named by type, and shown where it hides nothing:", () => {
  const cases: [string, () => unknown, string, string][] = [
    [
      "a priority as text",
      () => made.alert!({ title: "a", priority: "10" }),
      "priority",
      'must be the number 1, 5 or 10; received the string "10"',
    ],
    [
      "a priority of FCM",
      () => made.alert!({ title: "a", priority: "high" }),
      "priority",
      'received the string "high"',
    ],
    [
      "a priority that cannot be shown",
      () => made.alert!({ title: "a", priority: { toString: null } }),
      "priority",
      "received an object",
    ],
    [
      "a priority of background",
      () => made.background!({ priority: 10 }),
      "priority",
      "must be 5 or 1 for background; received the number 10",
    ],
    ["a badge as text", () => made.alert!({ badge: "3" }), "badge", 'received the string "3"'],
    [
      "a badge of null",
      () => made.alert!({ badge: null }),
      "badge",
      "received null; leave the option out instead",
    ],
    [
      "a sound of null",
      () => made.alert!({ title: "a", sound: null }),
      "sound",
      "received null; leave the option out instead",
    ],
    ["a sound of false", () => made.alert!({ title: "a", sound: false }), "sound", '"default"'],
    [
      "a title that is a number, which may be a code",
      () => made.alert!({ title: 482913 }),
      "title",
      "must be a string; received a number",
    ],
    [
      "a title that was not awaited",
      () => made.alert!({ title: Promise.resolve("a") }),
      "title",
      "received a Promise; await it first",
    ],
    [
      "a flag as text",
      () => made.alert!({ title: "a", mutableContent: "true" }),
      "mutableContent",
      'must be true or false; received the string "true"',
    ],
    [
      "a broadcast flag as text",
      () => made.liveActivityEnd!({ broadcast: "yes" }),
      "broadcast",
      "must be true or false",
    ],
    [
      "a service update as text",
      () => made.pushToTalk!({ serviceUpdate: "yes" }),
      "serviceUpdate",
      "must be true or false",
    ],
    [
      "an interruption level in camel case",
      () => made.alert!({ title: "a", interruptionLevel: "timeSensitive" }),
      "interruptionLevel",
      'did you mean "time-sensitive"?',
    ],
    [
      "an interruption level of aapns",
      () => made.alert!({ title: "a", interruptionLevel: "time_sensitive" }),
      "interruptionLevel",
      'did you mean "time-sensitive"?',
    ],
    [
      "an expiration in seconds",
      () => made.alert!({ title: "a", expiration: 1_780_315_200 }),
      "expiration",
      "received the number 1780315200: use new Date(1780315200 * 1000)",
    ],
    [
      "an expiration in milliseconds",
      () => made.alert!({ title: "a", expiration: 1_780_315_200_000 }),
      "expiration",
      "use new Date(1780315200000)",
    ],
    [
      "an expiration as a span in seconds",
      () => made.alert!({ title: "a", expiration: 3600 }),
      "expiration",
      "use { seconds: 3600 }",
    ],
    [
      "an expiration as text",
      () => made.alert!({ title: "a", expiration: "2036-06-01T12:00:00Z" }),
      "expiration",
      "must be a Date, a duration such as { hours: 1 }, or 0",
    ],
    [
      "an expiration of seconds taken for milliseconds",
      () => made.alert!({ title: "a", expiration: new Date(1_780_315_200) }),
      "expiration",
      "multiply seconds by 1000",
    ],
    [
      "a timestamp in seconds",
      () => made.liveActivityEnd!({ timestamp: 1_780_315_200 }),
      "timestamp",
      "use new Date(1780315200 * 1000)",
    ],
    [
      "an empty alert at the start of a Live Activity",
      () => made.liveActivityStart!({ ...start, alert: {} }),
      "alert",
      "is empty; give title and body",
    ],
    [
      "a start that only sounds",
      () => made.liveActivityStart!({ ...start, alert: { sound: "a" } }),
      "alert",
      "has no text",
    ],
    [
      "an alert of a Live Activity as text",
      () => made.liveActivityStart!({ ...start, alert: "a" }),
      "alert",
      "an object such as { title, body }",
    ],
    [
      "an empty alert of an update",
      () => made.liveActivityUpdate!({ contentState: {}, alert: {} }),
      "alert",
      "or leave it out",
    ],
    ["an empty alert", () => made.alert!({ alert: {} }), "alert", "has no text"],
    [
      "a size limit as text",
      () => made.raw!({ payload: {}, sizeLimit: "100" }),
      "sizeLimit",
      'received the string "100"',
    ],
  ];
  it.each(cases)("%s", (_, attempt, field, words) => {
    const error = refusal(attempt);
    expect(error.field).toBe(field);
    expect(error.message).toContain(words);
  });

  it("but never a part of the payload, nor a long text", () => {
    const secret = "Ms Example owes 400";
    for (const attempt of [
      () => made.alert!({ title: [secret] }),
      () => made.alert!({ badge: secret }),
      () => made.alert!({ title: "a", priority: secret.repeat(99) }),
      () => made.alert!({ [secret]: 1, titel: secret }),
      () => made.mdm!({ pushMagic: "m", [secret]: secret }),
      () => made.alert!(secret as never),
    ]) {
      const error = refusal(attempt);
      expect(error.message + error.field).not.toContain("Example");
      expect(error.message.length).toBeLessThan(300);
    }
  });
});

describe("options that are none are refused with an example:", () => {
  it.each(Object.entries(made))("%s", (name, make) => {
    for (const wrong of [null, "text", 7, [], () => 1]) {
      const error = refusal(() => make(wrong as never));
      expect(error.field).toBe("options");
      expect(error.message).toMatch(/must be an object such as \{.+\}; received/);
    }
    if (["alert", "mdm", "raw", "voip", "complication", "safariWebsite"].includes(name)) {
      expect(refusal(() => make())).toMatchObject({ field: "options", problem: "missing" });
    }
  });
});

describe("a key that looks like a slip is refused with the name that was meant:", () => {
  const cases: [string, () => unknown, string][] = [
    ["two letters swapped", () => made.alert!({ titel: "a" }), "did you mean `title`?"],
    ["a letter too few", () => made.alert!({ title: "a", catgory: "a" }), "did you mean `category`?"],
    ["a letter too many", () => made.alert!({ title: "a", badges: 1 }), "did you mean `badge`?"],
    ["a wrong letter", () => made.alert!({ title: "a", soumd: "a" }), "did you mean `sound`?"],
    ["lower case", () => made.alert!({ title: "a", collapseid: "a" }), "did you mean `collapseId`?"],
    ["upper case", () => made.alert!({ title: "a", collapseID: "a" }), "did you mean `collapseId`?"],
    ["snake case", () => made.alert!({ title: "a", thread_id: "a" }), "did you mean `threadId`?"],
    [
      "a header in kebab case",
      () => made.alert!({ title: "a", "collapse-id": "a" }),
      "did you mean `collapseId`?",
    ],
    [
      "a text's wire key beside the options",
      () => made.alert!({ title: "a", "loc-key": "a" }),
      "did you mean `locKey`?",
    ],
    [
      "a slip in a wire key",
      () => made.voip!({ "content-availible": 1 }),
      "did you mean `content-available`?",
    ],
    ["a slip in the alert", () => made.alert!({ alert: { titel: "a" } }), "did you mean `title`?"],
    [
      "an option's name in the alert",
      () => made.alert!({ alert: { locKey: "a" } }),
      "did you mean `loc-key`?",
    ],
    [
      "a slip in the sound",
      () => made.alert!({ title: "a", sound: { critcal: true } }),
      "did you mean `critical`?",
    ],
    [
      "a slip in the alert of a Live Activity",
      () => made.liveActivityEnd!({ alert: { titel: "a" } }),
      "did you mean `title`?",
    ],
    [
      "a slip in a localised text",
      () => made.liveActivityEnd!({ alert: { title: { loc_key: "a" } } }),
      "did you mean `locKey`?",
    ],
    [
      "a slip in a duration",
      () => made.alert!({ title: "a", expiration: { hour: 1 } }),
      "did you mean `hours`?",
    ],
    ["a slip in mdm", () => made.mdm!({ pushMagic: "a", pushmagic: "a" }), "did you mean `pushMagic`?"],
    [
      "a slip in with()",
      () => alert({ title: "a" }).with({ priorty: 5 } as object),
      "did you mean `priority`?",
    ],
    ["a slip in raw", () => made.raw!({ payload: {}, pushTyp: "a" }), "did you mean `pushType`?"],
  ];
  it.each(cases)("%s", (_, attempt, words) => {
    expect(refusal(attempt).message).toContain(words);
  });
});

describe("names of other libraries are refused with what to use:", () => {
  const cases: [Make, string, string][] = [
    ...["payload", "custom", "extra", "userInfo"].map((key): [Make, string, string] => [
      made.alert!,
      key,
      "use `data`",
    ]),
    ...["expiry", "timeToLive", "ttl", "apns-expiration"].map((key): [Make, string, string] => [
      made.alert!,
      key,
      "use `expiration`",
    ]),
    ...["pushType", "type", "apns-push-type"].map((key): [Make, string, string] => [
      made.alert!,
      key,
      "the function of that push type",
    ]),
    [made.alert!, "rawPayload", "use raw({ payload })"],
    [made.alert!, "targetContentIdentifier", "use `targetContentId`"],
    [made.alert!, "apns-topic", "use `topic`"],
    [made.alert!, "requestId", "use `id`"],
    [made.alert!, "channelId", "use broadcast(channelId, notification)"],
    [made.alert!, "deviceToken", "use send(token, notification)"],
    [made.alert!, "mdm", "use mdm({ pushMagic })"],
    [made.alert!, "notification", "without a `notification` around them"],
    [made.alert!, "urlArgs", "safariWebsite() has it"],
    [made.alert!, "contentState", "liveActivityUpdate() has it"],
    [made.voip!, "title", "alert() has it"],
    [made.liveActivityEnd!, "body", "alert() has it"],
    [made.voip!, "contentAvailable", "alert() has it"],
    [made.background!, "contentAvailable", "background() sets itself"],
    [made.walletPass!, "payload", "use `data`"],
    [made.mdm!, "data", "is not an option here"],
    [made.walletPass!, "whatever", "is not an option here"],
  ];
  it.each(cases)("%# %o", (make, key, words) => {
    const error = refusal(() => make({ ...(make === made.alert && { title: "a" }), [key]: "x" }));
    expect(error.field).toBe(key);
    expect(error.message).toContain(words);
  });

  it("and with() takes headers only", () => {
    expect(refusal(() => alert({ title: "a" }).with({ title: "b" } as object)).field).toBe("title");
  });
});

describe("what is no slip passes", () => {
  it.each(APS_KEYS)("beside the options, as %s that Apple documents", (key) => {
    if (key === "alert" || key === "badge" || key === "sound") return;
    expect(made.voip!({ [key]: 1 }).payload()).toEqual({ aps: { [key]: 1 } });
  });

  it.each(["future", "future-key", "x", "dat", "tag", "alarm", "futureKey"])(
    "beside the options, as %s",
    (key) => {
      expect(made.alert!({ title: "a", [key]: 1 }).payload()).toEqual({
        aps: { alert: { title: "a" }, [key]: 1 },
      });
    },
  );

  it("and aps takes any key", () => {
    const aps = { titel: 1, payload: 2, collapseid: 3, alert: { titel: "a" }, "content-availible": 4 };
    expect(alert({ aps }).payload()).toEqual({ aps });
  });

  it("and undefined is not given", () => {
    expect(made.alert!({ title: "a", titel: undefined, aps: { alert: undefined } }).payload()).toEqual({
      aps: { alert: { title: "a" } },
    });
  });
});

describe("one slip apart", () => {
  it.each([
    ["title", "titel", true],
    ["title", "tittle", true],
    ["title", "titl", true],
    ["title", "litle", true],
    ["title", "itle", true],
    ["title", "titles", true],
    ["title", "title", false],
    ["title", "tilet", false],
    ["title", "subtitle", false],
    ["aps", "apz", false],
    ["", "", false],
  ])("%s and %s: %s", (a, b, expected) => {
    expect(oneSlipApart(a, b)).toBe(expected);
    expect(oneSlipApart(b, a)).toBe(expected);
  });

  it("counts for less than the same name by another convention", () => {
    expect(intended("loc_args", ["locArg", "locArgs"])).toBe("locArgs");
    expect(intended("nothing", ["locArg"])).toBeUndefined();
  });
});
