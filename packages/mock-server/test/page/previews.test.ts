import { describe, expect, test } from "vitest";
import type { LedgerEntry } from "../../src/index.ts";
import { activitySteps, earlierTimestamp } from "../../ui/state/activity.ts";
import { surroundingsOf } from "../../ui/state/notification-centre.ts";
import { passView } from "../../ui/state/pass.ts";
import { type Preview, previewOf } from "../../ui/state/preview.ts";
import { Row } from "../../ui/state/row.ts";
import { entryOf, rowOf } from "../support/entries.ts";
import { EXAMPLES } from "../support/example-requests.ts";

function preview(payload: unknown, changes: Partial<LedgerEntry> = {}): Preview {
  const row = rowOf(payload, changes);
  return previewOf(row.entry, row.payload);
}

/** The preview of an example, by its headers. */
function exampleRow(name: string, changes: Partial<LedgerEntry> = {}): Row {
  const { headers, body } = EXAMPLES[name]!();
  return rowOf(typeof body === "string" ? JSON.parse(body) : body, {
    topic: headers["apns-topic"],
    pushType: "apns-push-type" in headers ? headers["apns-push-type"] : "alert",
    ...changes,
  });
}

describe("a notification is previewed", () => {
  test("with all of its parts", () => {
    const row = exampleRow("alert");
    expect(previewOf(row.entry, row.payload)).toMatchObject({
      kind: "notification",
      app: "Orders",
      title: { kind: "literal", text: "Your order is on its way" },
      subtitle: { text: "Order 4711" },
      badge: 2,
      sound: "default",
      level: "time-sensitive",
      relevance: 0.8,
      threadId: "order-4711",
      mutable: true,
    });
  });

  test("with the key of a translation as a key", () => {
    const row = exampleRow("localised");
    expect(previewOf(row.entry, row.payload)).toMatchObject({
      title: { kind: "localised", key: "MOVE_TITLE", args: [] },
      body: { kind: "localised", key: "MOVE_BODY", args: ["Jenna", "e4"] },
    });
    expect(row.summary).toBe("MOVE_TITLE · MOVE_BODY(Jenna, e4)");
  });

  test("as critical with the sound object", () => {
    const row = exampleRow("critical");
    expect(previewOf(row.entry, row.payload)).toMatchObject({
      level: "critical",
      sound: "alarm.caf, critical",
    });
  });

  test.each([
    ["a plain text", { aps: { alert: "Hi" } }, "Hi"],
    ["a badge alone", { aps: { badge: 3 } }, "Badge 3"],
    ["a sound alone", { aps: { sound: "x" } }, "Sound"],
    ["white space in its text", { aps: { alert: "a\n\n b" } }, "a b"],
  ])("%s in one line", (_what, payload, summary) => {
    expect(rowOf(payload).summary).toBe(summary);
  });
});

describe("nothing is shown, with the reason, of", () => {
  test.each<[string, unknown, Partial<LedgerEntry>, RegExp]>([
    [
      "a background push",
      { aps: { "content-available": 1 } },
      { pushType: "background" },
      /background push wakes/,
    ],
    [
      "a background push without a type",
      { aps: { "content-available": 1 } },
      { pushType: undefined },
      /background push wakes/,
    ],
    ["a location push", { aps: {} }, { pushType: "location" }, /Location Push Service Extension/],
    ["an MDM push", { mdm: "x" }, { pushType: undefined }, /management server/],
    ["a complication push", {}, { pushType: "complication" }, /complication/],
    [
      "a complication push by its topic",
      {},
      { pushType: undefined, topic: "com.example.app.complication" },
      /complication/,
    ],
    ["a widgets push", { aps: { "content-changed": true } }, { pushType: "widgets" }, /WidgetKit/],
    ["a controls push", { aps: { "content-changed": true } }, { pushType: "controls" }, /controls/],
    ["a File Provider push", {}, { pushType: "fileprovider" }, /files changed/],
    ["a Push to Talk push", {}, { pushType: "pushtotalk" }, /speaks/],
    ["an alert without content", { aps: {} }, {}, /no alert, badge or sound/],
    ["an alert with a text of nothing", { aps: { alert: "" } }, {}, /no alert, badge or sound/],
    ["a payload without aps", { a: 1 }, {}, /no `aps`/],
    ["a list", [1], {}, /no `aps`/],
    ["a Live Activity without an event", { aps: {} }, { pushType: "liveactivity" }, /event/],
    ["a channel request", {}, { kind: "channel" }, /reaches no device/],
    ["a push type of a later year", { aps: {} }, { pushType: "__proto__" }, /no alert/],
  ])("%s", (_what, payload, changes, because) => {
    const shown = preview(payload, changes);
    expect(shown.kind).toBe("nothing");
    expect(shown).toMatchObject({ because: expect.stringMatching(because) });
  });

  test.each<[string, string | undefined, RegExp]>([
    ["no payload", "", /no payload/],
    ["a payload that is not JSON", "<b>", /not JSON/],
  ])("%s", (_what, payload, because) => {
    const row = new Row(entryOf({ payload }));
    expect(previewOf(row.entry, row.payload)).toMatchObject({ because: expect.stringMatching(because) });
  });

  test("a payload that was not kept", () => {
    const row = new Row({ ...entryOf(), payload: undefined });
    expect(previewOf(row.entry, row.payload)).toMatchObject({
      because: expect.stringMatching(/not to keep/),
    });
    expect(row.summary).toBe("Payload not kept");
  });
});

test("a pass that changed is previewed as Wallet's, whatever its push type", () => {
  const row = exampleRow("wallet");
  expect(previewOf(row.entry, row.payload)).toMatchObject({
    kind: "wallet",
    passType: "pass.com.example.ticket",
  });
  expect(row.summary).toBe("Wallet pass changed");
});

describe("the card of a pass", () => {
  const card = (content: Record<string, unknown>) => passView({ kind: "pass", content });

  test("has the fields of its style, its colours and its code", () => {
    expect(
      card({
        organizationName: "Example Air",
        description: "Boarding pass",
        backgroundColor: "rgb(20, 30,40)",
        foregroundColor: "rgb(255,255,255)",
        boardingPass: {
          headerFields: [{ key: "gate", label: "GATE", value: 23 }],
          primaryFields: [{ key: "origin", value: "BER" }],
          backFields: [{ key: "terms", value: "long" }],
        },
        barcodes: [{ message: "M1", format: "PKBarcodeFormatQR" }],
      }),
    ).toEqual({
      title: "Example Air",
      description: "Boarding pass",
      background: "rgb(20, 30, 40)",
      foreground: "rgb(255, 255, 255)",
      fields: [
        { label: "GATE", value: "23" },
        { label: "origin", value: "BER" },
      ],
      code: "M1",
      isVoid: false,
    });
  });

  test.each<[string, Record<string, unknown>]>([
    ["of nothing", {}],
    [
      "of wrong types",
      { generic: [], barcodes: {}, barcode: "x", logoText: {}, backgroundColor: 7, voided: "yes" },
    ],
    ["of CSS", { backgroundColor: "url(http://example.com)", foregroundColor: "rgb(1,2,3);position:fixed" }],
  ])("is one without colours and fields %s", (_what, content) => {
    expect(card(content)).toMatchObject({
      background: undefined,
      foreground: undefined,
      fields: [],
      isVoid: false,
    });
  });

  test("of an order has its merchant, number and status", () => {
    const content = { merchant: { displayName: "Shop" }, orderNumber: "4711", status: "completed" };
    expect(passView({ kind: "order", content })).toMatchObject({
      title: "Shop",
      fields: [
        { label: "orderNumber", value: "4711" },
        { label: "status", value: "completed" },
      ],
    });
  });
});

test("a call has the name that its payload gives, else the app's", () => {
  expect(preview({ callerName: "Ada" }, { pushType: "voip", topic: "com.example.phone.voip" })).toMatchObject(
    {
      kind: "call",
      caller: "Ada",
    },
  );
  expect(
    preview({ caller: { name: "x" } }, { pushType: "voip", topic: "com.example.phone.voip" }),
  ).toMatchObject({
    caller: "Phone",
  });
});

describe("a Live Activity", () => {
  const topic = "com.example.taxi.push-type.liveactivity";
  const update = (id: number, timestamp: number, state: object, changes: Partial<LedgerEntry> = {}) =>
    rowOf(
      { aps: { event: "update", timestamp, "content-state": state } },
      { id, topic, pushType: "liveactivity", ...changes },
    );

  test("is a row of steps, each with what it changed", () => {
    const rows = [
      exampleRow("activityStart", { id: 1 }),
      update(2, 100, { status: "Driving to you", minutes: 4 }),
      update(3, 101, { status: "x" }, { token: "bb" }),
      update(4, 102, { status: "x" }, { acted: false, status: 400 }),
      update(5, 103, { status: "Here", minutes: 4 }),
    ];
    const steps = activitySteps(rows[4]!, rows);
    expect(steps.map(({ row }) => row.id)).toEqual([1, 2, 5]);
    expect(steps.map(({ changed }) => changed)).toEqual([["status", "minutes"], ["minutes"], ["status"]]);
    // One that was refused has a place among the others when it is looked at.
    expect(activitySteps(rows[3]!, rows).map(({ row }) => row.id)).toEqual([1, 2, 4, 5]);
  });

  test("knows the newest timestamp before", () => {
    const rows = [
      update(1, 300, {}),
      update(2, 200, {}),
      update(3, 250, {}, { token: "bb" }),
      update(4, 100, {}),
    ];
    expect(earlierTimestamp(rows[3]!, rows)).toBe(300);
    expect(earlierTimestamp(rows[0]!, rows)).toBeUndefined();
  });
});

describe("the lock screen", () => {
  const alert = (id: number, changes: Partial<LedgerEntry> = {}, thread = "a") =>
    rowOf({ aps: { alert: "x", "thread-id": thread } }, { id, ...changes });

  test("groups by device, app and thread", () => {
    const rows = [
      alert(1),
      alert(2, {}, "b"),
      alert(3, { token: "bb" }),
      alert(4, { topic: "com.example.other" }),
      alert(5, { acted: false }),
      alert(6),
      alert(7),
      alert(8),
    ];
    expect(surroundingsOf(rows[6]!, rows)).toMatchObject({ grouped: 2, replaces: undefined });
  });

  test("replaces by collapse id", () => {
    const rows = [
      alert(1, { collapseId: "c" }),
      alert(2),
      alert(3, { collapseId: "c" }),
      alert(4, { collapseId: "c" }),
    ];
    const { grouped, replaces } = surroundingsOf(rows[3]!, rows);
    expect(replaces?.id).toBe(3);
    expect(grouped).toBe(1);
  });
});
