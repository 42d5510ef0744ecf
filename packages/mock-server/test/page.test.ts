import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { hasChromium } from "./support/browser.ts";
import { TOKEN } from "./support/client.ts";
import { openEntry } from "./support/entries.ts";
import { type ExampleName, SECOND_DEVICE } from "./support/example-requests.ts";
import { SOON, Stage } from "./support/stage.ts";

const ID = "4084a6e4-9ea8-4d2a-8a49-9a344a152da7";
// What runs in the page is text: the types of a browser are not those of the tests.
const COLOUR = "getComputedStyle(document.querySelector('.notification')).color";
const BACKGROUND = "getComputedStyle(document.body).backgroundColor";

describe.skipIf(!hasChromium)("the page in Chromium", () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open();
  });

  afterAll(() => stage[Symbol.asyncDispose]());

  const rows = () => stage.page.locator(".row").count();
  const untilRows = (count: number) => expect.poll(rows, SOON).toBe(count);

  describe("has a list, which", () => {
    beforeEach(() => stage.reset());
    afterEach(() => expect(stage.complaints).toEqual([]));

    test("shows a push as it arrives, and its answer when it is there", async () => {
      const { page, server } = stage;
      await page.getByText("No requests yet").waitFor();
      const entry = openEntry(server.ledger, { payload: '{"aps":{"alert":"Late"}}' });
      await stage.row("Late").getByText("Waiting").waitFor();
      server.ledger.settle(entry, 503, "Shutdown");
      await stage.row("Late").getByText("503 Shutdown").waitFor();
      await stage.send("alert");
      await stage.row("Your order").getByText("200").waitFor();
    });

    test("is told to people who do not see it, every three seconds", async () => {
      const page = await stage.newPage();
      try {
        await page.clock.install();
        await page.goto(`${stage.control.origin}/`);
        await page.locator(".link-state.live").waitFor();
        await stage.send("badge");
        await page.locator(".row").waitFor();
        await page.clock.fastForward(3_000);
        // The ids of the ledger go on where those of the tests before ended.
        await expect
          .poll(() => page.locator("[role=log]").textContent(), SOON)
          .toBe("1 new request. Latest: Badge 7, Accepted 200");
      } finally {
        await page.close();
      }
    });

    test("has time, app, kind, title, device, status, reason and latency of each request", async () => {
      stage.server.setLatency({ min: 21, max: 21 });
      stage.server.devices.unregister(SECOND_DEVICE);
      await stage.send("alert", {}, SECOND_DEVICE);
      const row = stage.row("Your order is on its way · Order 4711");
      for (const fact of ["com.example.orders", "alert", SECOND_DEVICE.slice(0, 8), "410 Unregistered"]) {
        await row.getByText(fact).waitFor();
      }
      expect(await row.locator(".latency").textContent()).toMatch(/^(2[1-9]|[3-9]\d|\d{3}) ms$|^\d+\.\d s$/);
      expect(await row.locator(".row-time").textContent()).toMatch(/\d\d:\d\d:\d\d$/);
    });

    test("is searched by text, token, topic, apns-id and reason, also what arrives meanwhile", async () => {
      const { page } = stage;
      const search = page.getByRole("searchbox");
      for (const name of ["alert", "background", "voip"] as const) await stage.send(name);
      await stage.push({ "apns-priority": "7", "apns-id": ID, ":path": `/3/device/${SECOND_DEVICE}` });
      await untilRows(4);
      await page.keyboard.press("/");
      await page.keyboard.type("ada");
      await untilRows(1);
      await stage.send("voip");
      await untilRows(2);
      for (const [words, found] of [
        [SECOND_DEVICE.slice(2, 12), 1],
        [`token:${TOKEN.slice(0, 9)}`, 4],
        ["topic:com.example.mail", 1],
        [`id:${ID.slice(0, 13).toUpperCase()}`, 1],
        ["reason:badpri", 1],
        ["status:200 ada", 2],
        ["no such text", 0],
      ] as const) {
        await search.fill(words);
        await untilRows(found);
      }
      await page.getByText("No request matches").waitFor();
    });

    test("is filtered by outcome and push type", async () => {
      const { page } = stage;
      for (const name of ["alert", "background", "voip"] as const) await stage.send(name);
      await stage.push({ "apns-priority": "7" });
      await untilRows(4);
      await page.getByRole("button", { name: "Refused" }).click();
      await untilRows(1);
      await stage.row("400 BadPriority").waitFor();
      await page.getByRole("button", { name: "Accepted" }).click();
      await untilRows(3);
      await page.getByRole("combobox", { name: "Push type" }).selectOption("background");
      await untilRows(1);
      await page.getByRole("button", { name: "show all" }).click();
      await untilRows(4);
    });

    test("marks duplicates", async () => {
      const { page } = stage;
      await stage.send("alert", { "apns-id": ID, "apns-collapse-id": "x" });
      await stage.send("alert", { "apns-id": ID, "apns-collapse-id": "x" });
      await expect.poll(() => page.getByText("same id ×2").count(), SOON).toBe(2);
      await expect.poll(() => page.getByText("collapse ×2").count(), SOON).toBe(2);
    });

    test("pauses, counts what comes, and clears", async () => {
      const { page, server } = stage;
      await stage.send("alert");
      await stage.row("Your order").waitFor();
      await page.getByRole("button", { name: "Pause" }).click();
      await stage.send("voip");
      await page.getByText("↑ 1 new").waitFor();
      expect(await rows()).toBe(1);
      await page.getByText("↑ 1 new").click();
      await stage.row("Call from Ada").waitFor();
      await page.getByRole("button", { name: "Clear" }).click();
      await page.getByText("No requests yet").waitFor();
      expect(server.ledger.entries()).toEqual([]);
    });

    test("holds still while it is scrolled, counts what comes, and goes back to it", async () => {
      const { page } = stage;
      for (let at = 0; at < 30; at++) await stage.push({}, `{"aps":{"alert":"Number ${at}."}}`);
      await stage.row("Number 29.").waitFor();
      const list = page.locator(".list");
      await list.evaluate((element) => {
        element.scrollTop = 400;
      });
      await stage.row("Number 20.").waitFor();
      const before = await stage.row("Number 20.").boundingBox();
      await stage.send("voip");
      await stage.send("alert");
      await page.getByText("↑ 2 new").waitFor();
      expect(await stage.row("Number 20.").boundingBox()).toEqual(before);
      await page.getByText("↑ 2 new").click();
      await stage.row("Your order").waitFor();
      expect(await list.evaluate((element) => element.scrollTop)).toBe(0);
    });
  });

  describe("previews, as a device would show it,", () => {
    beforeAll(() => stage.reset());
    afterEach(() => expect(stage.complaints).toEqual([]));

    test.each<[ExampleName, string, string[]]>([
      [
        "alert",
        "Your order",
        [
          ...["It arrives between 14:00", "Order 4711", "Time Sensitive", "Sound: default", "Badge 2"],
          ...["Thread order-4711", "image?", "Relevance 0.8", "Actions of category ORDER"],
        ],
      ],
      ["localised", "MOVE_TITLE", ["MOVE_BODY", "Jenna · e4", "Sound: move.caf"]],
      ["critical", "Smoke", ["Critical Alert", "even when the device is muted"]],
      ["badge", "Badge 7", ["No text, so no banner", "becomes 7"]],
      ["background", "Wakes the app", ["Nothing is shown", "background push wakes"]],
      ["voip", "Call from Ada", ["Ada Lovelace", "Phone Audio", "CallKit"]],
      ["location", "Asks where", ["Nothing is shown", "Location Push Service Extension"]],
      ["mdm", "Makes the device contact", ["Nothing is shown", "management server"]],
      ["wallet", "Wallet pass", ["Nothing is shown", "pass.com.example.ticket"]],
      ["widgets", "Reloads widgets", ["Nothing is shown", "WidgetKit"]],
    ])("%s", async (name, summary, parts) => {
      await stage.send(name);
      const preview = (await stage.select(summary)).locator(".preview");
      for (const part of parts) await preview.getByText(part).first().waitFor();
    });

    test("a notification on the lock screen, as a banner and on the watch, light and dark", async () => {
      const { page } = stage;
      await stage.send("alert", {}, SECOND_DEVICE);
      await stage.send("alert", {}, SECOND_DEVICE);
      await expect.poll(() => stage.page.locator(".row", { hasText: "Your order" }).count(), SOON).toBe(3);
      const preview = (await stage.select("Your order")).locator(".preview");
      await preview.getByText("+1 in this thread").waitFor();
      await preview.getByRole("button", { name: "Banner" }).click();
      await preview.locator(".phone.banner").getByText("Your order").waitFor();
      await preview.getByRole("button", { name: "Watch" }).click();
      await preview.locator(".watch").getByText("Your order").waitFor();
      await preview.getByRole("button", { name: "Lock screen" }).click();
      const before = await page.evaluate(COLOUR);
      await preview.getByRole("button", { name: "Light or dark device" }).click();
      expect(await page.evaluate(COLOUR)).not.toBe(before);
    });

    test("a Live Activity as a card that changes with each update", async () => {
      await stage.send("activityStart");
      const preview = (await stage.select("Live Activity start")).locator(".preview");
      await preview.getByText("Driving to you").waitFor();
      await stage.send("activityUpdate");
      await preview.getByRole("button", { name: "Push 2: update" }).click();
      await preview.getByText("Changed: minutes").waitFor();
      await preview.getByText("RideAttributes").waitFor();
      await stage.send("activityEnd");
      await preview.getByRole("button", { name: "Push 3: end" }).click();
      await preview.getByText("Changed: status, minutes").waitFor();
      await preview.getByText("Arrived").waitFor();
      await preview.getByRole("button", { name: "Push 1: start" }).click();
      await preview.getByText("Grace is on the way").waitFor();
    });

    test("the pass of a device that the server plays, and its new version", async () => {
      const { page, server } = stage;
      const device = server.wallet.device();
      let version = 1;
      const pass = {
        kind: "pass",
        type: "pass.com.example.ticket",
        id: "1",
        files: [],
        lastModified: undefined,
      };
      const item = () => ({
        ...pass,
        version,
        content: {
          logoText: "Example Stadium",
          eventTicket: { primaryFields: [{ key: "gate", label: "Gate", value: `G${version}` }] },
        },
      });
      Object.defineProperty(device, "items", { get: () => [item()] });
      server.devices.register(device.pushToken, { environment: server.environment });
      await stage.send("wallet", {}, device.pushToken);
      await page.getByRole("searchbox").fill(`token:${device.pushToken}`);
      const preview = (await stage.select("Wallet pass")).locator(".preview");
      await preview.getByText("Example Stadium").waitFor();
      await preview.getByText("G1").waitFor();
      version = 2;
      await page.keyboard.press("Escape");
      await page.keyboard.press("Escape");
      await stage.select("Wallet pass");
      await preview.getByText("G2").waitFor();
    });
  });

  describe("tells of a request", () => {
    beforeEach(() => stage.reset());
    afterEach(() => expect(stage.complaints).toEqual([]));

    test("the reason of a refusal, the remedy, and mistakes that APNs accepts", async () => {
      stage.server.devices.unregister(SECOND_DEVICE);
      await stage.send("alert", {}, SECOND_DEVICE);
      let detail = await stage.select("Your order");
      await detail.getByText("never reached the device (410 Unregistered)").waitFor();
      await detail.getByText("Stop sending to it").waitFor();
      await detail.getByText("drop the device").waitFor();
      await stage.send("misspelt");
      detail = await stage.select("Election");
      await detail.getByText("aps.interuption_level is ignored").waitFor();
      await detail.getByText('it is "1"').waitFor();
    });

    test("headers, claims, connection, size, timeline and payload, and not its credentials", async () => {
      const { page, server } = stage;
      await stage.send("alert", { "apns-collapse-id": "order" });
      const detail = await stage.select("Your order");
      await detail.locator("dt", { hasText: "apns-collapse-id" }).waitFor();
      await detail.locator("dd", { hasText: server.key.keyId }).waitFor();
      await detail.locator("dd", { hasText: server.key.teamId }).waitFor();
      await detail.locator("dd", { hasText: /^-?[\d.]+ (ms|s|min), issued / }).waitFor();
      const { connection, stream } = server.ledger.latest()!;
      await detail.getByText(`${stream} on connection ${connection}`).waitFor();
      await detail.getByText(/TLSv1\.\d/).waitFor();
      await detail.getByText(/of 4,096 bytes/).waitFor();
      await detail.getByText(/Stream \d+ arrived, \d+ bytes/).waitFor();
      await detail.getByText("SETTINGS sent: at most 1000 at once").waitFor();
      await detail.getByText("Acted on: APNs would have sent the notification").waitFor();
      await detail.getByText("Answered 200").waitFor();
      expect(await page.content()).not.toContain(stage.authorization.split(".")[2]);
    });

    test("its payload as a tree that folds, and as it came", async () => {
      await stage.send("alert");
      const detail = await stage.select("Your order");
      const thread = detail.locator(".json-leaf", { hasText: "thread-id" });
      await thread.waitFor();
      await detail.locator("summary", { hasText: "aps" }).click();
      await thread.waitFor({ state: "hidden" });
      await detail.locator("summary", { hasText: "aps" }).click();
      await thread.waitFor();
      await detail.getByRole("button", { name: "Raw" }).click();
      await detail.locator("pre", { hasText: '"thread-id":"order-4711"' }).first().waitFor();
    });

    test("that its payload is over the limit", async () => {
      await stage.push({}, JSON.stringify({ aps: { alert: "x".repeat(4096) } }));
      await stage.row("413 PayloadTooLarge").click();
      await stage.page
        .locator(".detail")
        .locator(".size.over", { hasText: /4,1\d\d of 4,096 bytes/ })
        .waitFor();
    });

    test("resets and a GOAWAY of its connection, as they happen", async () => {
      const { server } = stage;
      server.inject({ kind: "reset", code: "ENHANCE_YOUR_CALM", times: 1 });
      await expect(stage.send("alert")).rejects.toThrow();
      const detail = await stage.select("Your order");
      await detail.getByText(/Stream \d+ reset: ENHANCE_YOUR_CALM/).waitFor();
      await detail.getByText("The request got no answer").waitFor();
      server.strike({ kind: "goaway", reason: "Shutdown" });
      await detail.getByText(/GOAWAY sent: last stream \d+, NO_ERROR, Shutdown/).waitFor();
      await detail.getByText("Connection closed").waitFor();
    });
  });

  test("shows script, markup and 4 KB of emoji as text", async () => {
    await stage.reset();
    const { page } = stage;
    const script = '<script>document.title="hacked"</script><img src=x onerror="document.title=1">';
    await stage.push({}, JSON.stringify({ aps: { alert: { title: script, body: script } } }));
    await stage.push({ "apns-collapse-id": "<b>x</b>" }, script);
    const emoji = "🧑‍🚀".repeat(360);
    const payload = JSON.stringify({ aps: { alert: { title: "Emoji", body: emoji } } });
    expect(Buffer.byteLength(payload)).toBeGreaterThan(3900);
    await stage.push({}, payload);
    let detail = await stage.select("document.title");
    await detail.locator(".notification-title", { hasText: script }).waitFor();
    detail = await stage.select("Emoji");
    await detail.locator(".notification-body", { hasText: emoji }).waitFor();
    await detail.locator(".json-string", { hasText: emoji }).first().waitFor();
    detail = await stage.select("Payload is not JSON");
    await detail.locator("pre", { hasText: script }).first().waitFor();
    expect(await page.title()).toBe("apnskit-mock");
    expect(await page.locator("#app script, #app img[src=x], #app b").count()).toBe(0);
    expect(stage.complaints).toEqual([]);
  });

  test("is light or dark as the browser is, or as it is told, also after it was loaded again", async () => {
    await stage.reset();
    const { page } = stage;
    await page.emulateMedia({ colorScheme: "light" });
    const light = await page.evaluate(BACKGROUND);
    await page.emulateMedia({ colorScheme: "dark" });
    const dark = await page.evaluate(BACKGROUND);
    expect(dark).not.toBe(light);
    await page.getByRole("button", { name: "Colours: auto" }).click();
    expect(await page.evaluate(BACKGROUND)).toBe(light);
    await page.reload();
    expect(await page.evaluate(BACKGROUND)).toBe(light);
    await page.getByRole("button", { name: "Colours: light" }).click();
    await page.emulateMedia({ colorScheme: "light" });
    expect(await page.evaluate(BACKGROUND)).toBe(dark);
    await page.getByRole("button", { name: "Colours: dark" }).click();
    expect(await page.evaluate(BACKGROUND)).toBe(light);
  });
});
