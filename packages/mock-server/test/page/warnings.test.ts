import { describe, expect, test } from "vitest";
import type { LedgerEntry } from "../../src/index.ts";
import { intendedKey } from "../../ui/state/spelling.ts";
import { APS_KEYS, warningsOf } from "../../ui/state/warnings.ts";
import { rowOf } from "../support/entries.ts";
import { EXAMPLES } from "../support/example-requests.ts";

const NOW = 1_800_000_000;
const LIVE = { pushType: "liveactivity", topic: "com.example.app.push-type.liveactivity" };

function warnings(payload: unknown, changes: Partial<LedgerEntry> = {}, earlier?: number): string[] {
  const row = rowOf(payload, { arrivedAt: NOW * 1000, ...changes });
  return warningsOf(row.entry, row.payload, earlier);
}

describe("a warning names", () => {
  test.each<[string, unknown, Partial<LedgerEntry>, string]>([
    [
      "a misspelt key of aps",
      { aps: { alert: "x", interuption_level: "active" } },
      {},
      "you probably meant `interruption-level`",
    ],
    [
      "a key in another convention",
      { aps: { alert: "x", threadId: "t" } },
      {},
      "you probably meant `thread-id`",
    ],
    ["two letters swapped", { aps: { alert: "x", soudn: "t" } }, {}, "you probably meant `sound`"],
    ["an unknown key of aps", { aps: { alert: "x", orderNumber: 1 } }, {}, "outside `aps`"],
    ["a misspelt key of the alert", { aps: { alert: { titel: "x" } } }, {}, "you probably meant `title`"],
    ["a key outside aps", { aps: { alert: "x" }, badge: 1 }, {}, "`badge` is outside `aps`"],
    ["misspelt aps", { Aps: { alert: "x" } }, {}, "you probably meant `aps`"],
    ["keys without aps", { alert: "x", badge: 1 }, {}, "`alert`, `badge` must be inside"],
    ["aps as text", { aps: "x" }, {}, "not an object"],
    ["a list", [], {}, "not an object"],
    [
      "content-available with priority 10",
      { aps: { "content-available": 1 } },
      { pushType: "background", priority: "10" },
      "`apns-priority` 5",
    ],
    [
      "content-available without a priority",
      { aps: { "content-available": 1 } },
      { pushType: "background" },
      "`apns-priority` 5",
    ],
    [
      "content-available as a boolean",
      { aps: { alert: "x", "content-available": true } },
      {},
      "must be the number 1; it is true",
    ],
    [
      "a background push with an alert",
      { aps: { alert: "x", "content-available": 1 } },
      { pushType: "background", priority: "5" },
      "Send push type alert",
    ],
    [
      "a background push that wakes nothing",
      { aps: {} },
      { pushType: "background", priority: "5" },
      "wakes nothing",
    ],
    ["an alert without content", { aps: {} }, {}, "shows nothing"],
    ["a category without an alert", { aps: { badge: 1, category: "x" } }, {}, "`aps.category` has no effect"],
    [
      "mutable-content without an alert",
      { aps: { badge: 1, "mutable-content": 1 } },
      {},
      "`aps.mutable-content` has no effect",
    ],
    ["a badge as text", { aps: { badge: "1" } }, {}, 'it is "1"'],
    ["a badge below 0", { aps: { badge: -1 } }, {}, "it is -1"],
    ["a sound as a number", { aps: { alert: "x", sound: 1 } }, {}, "`aps.sound`"],
    [
      "an unknown interruption level",
      { aps: { alert: "x", "interruption-level": "urgent" } },
      {},
      "treats it as active",
    ],
    [
      "a critical alert without its sound",
      { aps: { alert: "x", "interruption-level": "critical" } },
      {},
      "`critical: 1`",
    ],
    ["a relevance above 1", { aps: { alert: "x", "relevance-score": 5 } }, {}, "from 0 to 1"],
    [
      "arguments without a key",
      { aps: { alert: { body: "x", "loc-args": ["a"] } } },
      {},
      "without `loc-key`",
    ],
    ["a missing push type", { aps: { alert: "x" } }, { pushType: undefined }, "`apns-push-type` is missing"],
    [
      "an expiration in milliseconds",
      { aps: { alert: "x" } },
      { expiration: String(NOW * 1000) },
      "takes seconds",
    ],
    ["an expiration that is a duration", { aps: { alert: "x" } }, { expiration: "3600" }, "not a duration"],
    ["widgets without content-changed", { aps: {} }, { pushType: "widgets" }, "reloads nothing"],
    [
      "a timestamp in milliseconds",
      { aps: { event: "update", timestamp: NOW * 1000, "content-state": {} } },
      LIVE,
      "`aps.timestamp` is in milliseconds",
    ],
    [
      "a dismissal date in milliseconds",
      { aps: { event: "end", timestamp: NOW, "dismissal-date": NOW * 1000 } },
      LIVE,
      "`aps.dismissal-date` is in milliseconds",
    ],
    [
      "a date as text",
      { aps: { event: "end", timestamp: NOW, "stale-date": "2026-01-01" } },
      LIVE,
      "`aps.stale-date` must be a number",
    ],
    [
      "a timestamp in the past",
      { aps: { event: "update", timestamp: NOW - 3600, "content-state": {} } },
      LIVE,
      "in the past",
    ],
    [
      "a Live Activity without a timestamp",
      { aps: { event: "update", "content-state": {} } },
      LIVE,
      "`aps.timestamp` is missing",
    ],
    ["an unknown event", { aps: { event: "stop", timestamp: NOW } }, LIVE, "start, update or end"],
    ["an update without a state", { aps: { event: "update", timestamp: NOW } }, LIVE, "changes nothing"],
    [
      "a start without attributes",
      { aps: { event: "start", timestamp: NOW, "content-state": {}, alert: {} } },
      LIVE,
      "`aps.attributes`",
    ],
    [
      "a start by broadcast",
      { aps: { event: "start", timestamp: NOW } },
      { kind: "broadcast" },
      "cannot start",
    ],
    [
      "a sound beside the alert of a Live Activity",
      { aps: { event: "end", timestamp: NOW, sound: "x" } },
      LIVE,
      "inside `alert`",
    ],
  ])("%s", (_what, payload, changes, part) => {
    expect(warnings(payload, changes).join("\n")).toContain(part);
  });

  test("a timestamp before that of an earlier update", () => {
    const update = { aps: { event: "update", timestamp: NOW, "content-state": {} } };
    expect(warnings(update, LIVE, NOW + 1)).toEqual([
      expect.stringContaining("older than in an earlier update"),
    ]);
    expect(warnings(update, LIVE, NOW)).toEqual([]);
  });

  test("a payload that is not JSON", () => {
    expect(warnings(undefined, { payload: "aps=1" })).toEqual([expect.stringContaining("not JSON")]);
  });
});

test("what is right has no warnings", () => {
  for (const [name, example] of Object.entries(EXAMPLES)) {
    if (name === "misspelt" || name === "wallet") continue;
    const { headers, body } = example();
    const found = warnings(body, {
      arrivedAt: Date.now(),
      topic: headers["apns-topic"],
      pushType: headers["apns-push-type"] ?? "alert",
      priority: headers["apns-priority"],
      expiration: headers["apns-expiration"],
    });
    expect(found, name).toEqual([]);
  }
  expect(warnings({}, { topic: "pass.com.example", pushType: "alert" })).toEqual([]);
});

test("a long key is cut in a warning", () => {
  const [warning] = warnings({ aps: { alert: "x", ["k".repeat(4000)]: 1 } });
  expect(warning!.length).toBeLessThan(160);
});

test("a key is held for another only if it is near", () => {
  for (const key of APS_KEYS) expect(intendedKey(`${key}x`, APS_KEYS), key).toBe(key);
  for (const key of ["", "x", "user", "__proto__", "constructor", "orders", "🙂"]) {
    expect(intendedKey(key, APS_KEYS), key).toBeUndefined();
  }
});
