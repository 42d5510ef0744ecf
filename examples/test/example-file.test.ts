import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseNotification } from "../demo/notification-line.ts";
import { compose } from "../generator/compose.ts";
import { toNdjson } from "../generator/ndjson.ts";
import type { Notification } from "../generator/notification.ts";
import { seed } from "../generator/seed.ts";

const text = readFileSync(new URL("../notifications.ndjson", import.meta.url), "utf8");
const lines = text.trimEnd().split("\n");
const notifications = lines.map((line) => JSON.parse(line) as Notification);
const bodies = lines.map((line) => parseNotification(Buffer.from(line)).body);

const pushTypes = [
  "alert",
  "background",
  "complication",
  "controls",
  "fileprovider",
  "liveactivity",
  "location",
  "mdm",
  "pushtotalk",
  "voip",
  "widgets",
];

function ofType(type: string): Notification[] {
  return notifications.filter(({ headers }) => headers["apns-push-type"] === type);
}

function aps({ payload }: Notification): Record<string, unknown> {
  return (payload.aps ?? {}) as Record<string, unknown>;
}

describe("the example file", () => {
  test("equals the generator's output, byte for byte", () => {
    expect(toNdjson(compose(seed)) === text, "run examples/generate.ts and commit its output").toBe(true);
  });

  test("differs for another seed", () => {
    expect(toNdjson(compose(seed + 1))).not.toBe(text);
  });

  test("has at least 2,000 notifications, nearly all with distinct texts", () => {
    expect(notifications.length).toBeGreaterThanOrEqual(2000);
    const alerts = ofType("alert").map(({ payload }) => JSON.stringify(payload));
    expect(new Set(alerts).size).toBeGreaterThan(alerts.length * 0.9);
  });

  test("gives every notification a different device", () => {
    expect(new Set(notifications.map(({ token }) => token)).size).toBe(notifications.length);
    expect(notifications.every(({ token }) => /^(?:[0-9a-f]{2}){32,}$/.test(token))).toBe(true);
  });

  test.each(pushTypes)("has notifications of type %s", (type) => {
    expect(ofType(type).length).toBeGreaterThanOrEqual(40);
  });

  test("has no push type that Apple does not name", () => {
    const types = new Set(notifications.flatMap(({ headers }) => headers["apns-push-type"] ?? []));
    expect([...types].sort()).toEqual(pushTypes);
  });

  test("has Wallet updates, whose body is {}, and Safari website pushes, with URL arguments", () => {
    const to = (prefix: string) =>
      notifications.filter(({ headers }) => headers["apns-topic"]!.startsWith(prefix));
    expect(to("pass.").length).toBeGreaterThanOrEqual(40);
    expect(to("pass.").every(({ payload }) => JSON.stringify(payload) === "{}")).toBe(true);
    expect(to("web.").length).toBeGreaterThanOrEqual(40);
    expect(to("web.").every((push) => Array.isArray(aps(push)["url-args"]))).toBe(true);
  });

  test("has bodies from 2 bytes to exactly 4,096, several of the largest size and many in between", () => {
    const sizes = bodies.map((body) => body.length);
    expect(Math.min(...sizes)).toBe(2);
    expect(Math.max(...sizes)).toBe(4096);
    expect(sizes.filter((size) => size === 4096).length).toBeGreaterThan(20);
    expect(new Set(sizes).size).toBeGreaterThan(500);
  });

  test("has collapse ids, of up to exactly 64 bytes", () => {
    const sizes = notifications.flatMap(({ headers }) => headers["apns-collapse-id"]?.length ?? []);
    expect(sizes.length).toBeGreaterThan(200);
    expect(Math.max(...sizes)).toBe(64);
  });

  test("has all priorities, and only 5 for background pushes", () => {
    const priorities = notifications.map(({ headers }) => headers["apns-priority"] ?? "none");
    expect([...new Set(priorities)].sort()).toEqual(["1", "10", "5", "none"]);
    expect(ofType("background").every(({ headers }) => headers["apns-priority"] === "5")).toBe(true);
  });

  test("has expirations of 0 and expirations decades ahead, so that the file does not age", () => {
    const expirations = notifications.flatMap(({ headers }) => headers["apns-expiration"] ?? []).map(Number);
    const stored = expirations.filter((seconds) => seconds !== 0);
    expect(expirations.length - stored.length).toBeGreaterThan(200);
    expect(stored.length).toBeGreaterThan(200);
    expect(Math.min(...stored)).toBeGreaterThan(Date.UTC(2099) / 1000);
    // Seconds since the epoch that fit 32 bits, because servers may rely on that.
    expect(Math.max(...stored)).toBeLessThanOrEqual(0xffff_ffff);
  });

  test("starts, updates and ends Live Activities, on tokens longer than those of devices", () => {
    const events = ofType("liveactivity").map((push) => aps(push).event);
    expect([...new Set(events)].sort()).toEqual(["end", "start", "update"]);
    expect(ofType("liveactivity").every(({ token }) => token.length > 64)).toBe(true);
    const starts = ofType("liveactivity").filter((push) => aps(push).event === "start");
    expect(starts.every((push) => "attributes-type" in aps(push) && "alert" in aps(push))).toBe(true);
  });

  test("sends Push to Talk with priority 10 and expiration 0, as Apple requires", () => {
    for (const { headers } of ofType("pushtotalk")) {
      expect(headers).toMatchObject({ "apns-priority": "10", "apns-expiration": "0" });
    }
  });

  test.each([
    ["Latin", /\p{Script=Latin}/u],
    ["Cyrillic", /\p{Script=Cyrillic}/u],
    ["Greek", /\p{Script=Greek}/u],
    ["Arabic", /\p{Script=Arabic}/u],
    ["Hebrew", /\p{Script=Hebrew}/u],
    ["Devanagari", /\p{Script=Devanagari}/u],
    ["Bengali", /\p{Script=Bengali}/u],
    ["Tamil", /\p{Script=Tamil}/u],
    ["Thai", /\p{Script=Thai}/u],
    ["Khmer", /\p{Script=Khmer}/u],
    ["Ethiopic", /\p{Script=Ethiopic}/u],
    ["Georgian", /\p{Script=Georgian}/u],
    ["Han", /\p{Script=Han}/u],
    ["kana", /\p{Script=Hiragana}/u],
    ["Hangul", /\p{Script=Hangul}/u],
    ["emoji joined by U+200D", /\p{Extended_Pictographic}\u{200d}\p{Extended_Pictographic}/u],
    ["emoji with skin tones", /\p{Emoji_Modifier_Base}\p{Emoji_Modifier}/u],
    ["flags", /\p{Regional_Indicator}{2}/u],
    ["flags of tags", /\u{1f3f4}[\u{e0061}-\u{e007a}]+\u{e007f}/u],
    ["combining marks", /\p{Script=Latin}\p{Mn}{2,}/u],
    ["letters beyond the basic plane", /[\u{10000}-\u{1f000}]/u],
  ])("has texts with %s", (_, script) => {
    expect(lines.filter((line) => script.test(line)).length).toBeGreaterThan(0);
  });

  test("has localised texts, badges, sounds of both forms, levels and relevance scores", () => {
    const all = notifications.map(aps);
    const count = (has: (each: Record<string, unknown>) => boolean) => all.filter(has).length;
    expect(count(({ alert }) => typeof alert === "object" && "loc-args" in alert!)).toBeGreaterThan(50);
    expect(count(({ alert }) => typeof alert === "string")).toBeGreaterThan(20);
    expect(count(({ badge }) => badge === 0)).toBeGreaterThan(5);
    expect(count(({ sound }) => typeof sound === "string")).toBeGreaterThan(200);
    expect(count(({ sound }) => typeof sound === "object")).toBeGreaterThan(5);
    expect(count((each) => "relevance-score" in each)).toBeGreaterThan(50);
    const levels = new Set(all.flatMap((each) => each["interruption-level"] ?? []));
    expect([...levels].sort()).toEqual(["active", "critical", "passive", "time-sensitive"]);
    const withCustomKeys = notifications.filter(({ payload }) =>
      Object.keys(payload).some((key) => key !== "aps"),
    );
    expect(withCustomKeys.length).toBeGreaterThan(500);
  });
});
