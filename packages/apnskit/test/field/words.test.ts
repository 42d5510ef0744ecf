import { describe, expect, it } from "vitest";
import {
  type ApnskitError,
  alert,
  deviceToken,
  liveActivityStart,
  liveActivityUpdate,
  Notification,
  raw,
} from "../../src/index.ts";
import { TOKEN } from "../kit/clients.ts";

/** What a call says about its input. */
function complaint(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    expect((error as ApnskitError).code).toMatch(/^ERR_APNS_/);
    return (error as Error).message;
  }
  throw new Error("expected a complaint");
}

const HOUR = 3_600_000;
const date = new Date(Date.now() + HOUR);
const luxon = { ts: date.getTime(), toJSDate: () => date, toJSON: () => date.toISOString() };
const dayjs = { $d: date, toDate: () => date, toJSON: () => date.toISOString() };
class Instant {
  get epochMilliseconds(): number {
    return date.getTime();
  }
}
class TemporalDuration {
  get hours(): number {
    return 1;
  }
}

describe("the dates of other libraries are refused with the way to make a Date of them", () => {
  it.each<[string, object, string]>([
    ["Luxon", luxon, "received an object: use its toJSDate()"],
    ["Day.js, Moment and Firestore", dayjs, "received an object: use its toDate()"],
    ["Temporal", new Instant(), "received an object: use new Date(value.epochMilliseconds)"],
  ])("%s", (_, value, hint) => {
    const given = value as never;
    expect(complaint(() => alert({ title: "x", expiration: given }))).toContain(hint);
    expect(complaint(() => liveActivityUpdate({ contentState: {}, staleDate: given }))).toContain(hint);
    expect(complaint(() => liveActivityUpdate({ contentState: {}, timestamp: given }))).toContain(hint);
  });

  it("a Temporal.Duration, whose months would be lost", () => {
    const expiration = new TemporalDuration() as never;
    expect(complaint(() => alert({ title: "x", expiration }))).toContain(
      "such as { hours: 1 }, or 0; received an",
    );
  });
});

it.each<[unknown, string]>([
  [{ weeks: 1 }, "weeks: is not an option here; there are days, hours, minutes, seconds"],
  [{ ms: 500 }, "ms: is not an option here; there are days, hours, minutes, seconds"],
  [Number.POSITIVE_INFINITY, "or 0; received the number Infinity"],
  [10n, "or 0; received the bigint 10"],
])("an expiration that cannot be says what can: %s", (expiration, end) => {
  expect(complaint(() => alert({ title: "x", expiration: expiration as never })).endsWith(end)).toBe(true);
});

it.each<[string, () => unknown, string]>([
  ["contentstate", () => liveActivityUpdate({ contentstate: {} } as never), "did you mean `contentState`?"],
  [
    "atributes",
    () =>
      liveActivityStart({
        attributesType: "T",
        atributes: {},
        contentState: {},
        alert: { title: "x" },
      } as never),
    "did you mean `attributes`?",
  ],
])("a slip in a required option is named, not missed: %s", (_, call, hint) => {
  expect(complaint(call)).toContain(hint);
});

it("the content state may come under its wire key", () => {
  const { aps } = liveActivityUpdate({ "content-state": { score: 1 } } as never).payload() as {
    aps: Record<string, unknown>;
  };
  expect(aps["content-state"]).toEqual({ score: 1 });
});

it.each([
  ["Alert", "alert"],
  ["liveActivity", "liveactivity"],
  ["VoIP", "voip"],
  ["push_to_talk", "pushtotalk"],
])("raw() refuses the push type %s in another spelling than Apple's", (pushType, known) => {
  expect(complaint(() => raw({ payload: {}, pushType }))).toBe(
    `pushType: is spelt "${known}"; received the string "${pushType}"`,
  );
  expect(raw({ payload: {}, pushType: known }).pushType).toBe(known);
  expect(raw({ payload: {}, pushType: "invented" }).pushType).toBe("invented");
});

it.each([
  ["com.example.app ", "remove the blanks at its ends with trim()"],
  ["com.example.app\n", "remove the blanks at its ends with trim()"],
  ["com.example.*", "a wildcard stands for many apps"],
])("a topic that nearly is one says what is wrong: %j", (topic, hint) => {
  expect(complaint(() => alert({ title: "x", topic }))).toContain(hint);
});

it.each([
  [null, "received null"],
  [undefined, "received nothing"],
])("options that are %s are not told to be left out", (options, end) => {
  expect(complaint(() => alert(options as never)).endsWith(end)).toBe(true);
});

it.each([
  ["undefined", "no token when it was stored"],
  ["null", "no token when it was stored"],
  ["[object Object]", "no token when it was stored"],
  [`\\x${TOKEN}`, "PostgreSQL's bytea"],
  [`${TOKEN}\u200b`, "invisible characters"],
])("a device token as a database spoils it: %s", (token, hint) => {
  expect(complaint(() => deviceToken(token))).toContain(hint);
});

describe("fromJSON", () => {
  const notification = alert({ title: "Hello" });
  it.each<[string, unknown, string]>([
    ["bytes", Buffer.from(JSON.stringify(notification)), "decode the bytes with toString()"],
    ["a notification", notification, "give what toJSON() returned"],
    ["text of text", JSON.stringify(JSON.stringify(notification)), "received a string"],
  ])("refuses %s with the remedy", (_, json, hint) => {
    expect(complaint(() => Notification.fromJSON(json))).toContain(hint);
  });
});
