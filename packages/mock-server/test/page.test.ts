import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Control, MockApns, type MockApnsOptions } from "../src/index.ts";
import { complaintsOf, freshPage, hasChromium, launch } from "./support/browser.ts";
import { bearer, Client, TOKEN, TOPIC } from "./support/client.ts";
import { type ExampleName, SECOND_DEVICE, sendExample } from "./support/example-requests.ts";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const run = promisify(execFile);
// What runs in the page is text: the types of a browser are not those of the tests.
const COLOUR = "getComputedStyle(document.querySelector('.notification')).color";
/** Jumps through the list, a jump for each frame; tells frames a second, and the longest task in milliseconds. */
const SCROLL = `(async () => {
  const tasks = [0];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) tasks.push(duration);
  }).observe({ type: "longtask" });
  const list = document.querySelector(".list");
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  await new Promise((resolve) => requestIdleCallback(resolve));
  const started = performance.now();
  let count = 0;
  for (; count < 120; count++) {
    list.scrollTop = ((count * 7919) % 100) * (list.scrollHeight / 100);
    await frame();
  }
  const frames = count / ((performance.now() - started) / 1000);
  return { frames, longest: Math.max(...tasks) };
})()`;
/** However busy the machine is. */
const SOON = { timeout: 15_000 };

describe.skipIf(!hasChromium)("the page in Chromium", () => {
  let files: Awaited<ReturnType<typeof freshPage>>;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];
  let server: MockApns;
  let control: Control;
  let client: Client;
  let authorization: string;

  beforeAll(async () => {
    files = await freshPage();
    browser = await launch();
  });

  afterAll(async () => {
    await browser.close();
    await files[Symbol.asyncDispose]();
  });

  beforeEach(() => start());

  async function start(options: MockApnsOptions = {}): Promise<void> {
    server = await MockApns.start(options);
    control = await Control.listen(server, 0, { ui: files.directory });
    client = await Client.open(server);
    authorization = bearer(server);
    context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
    context.setDefaultTimeout(SOON.timeout);
    page = await context.newPage();
    complaints = complaintsOf(page);
    await page.goto(`${control.origin}/`);
    await page.locator(".link-state.live").waitFor();
  }

  afterEach(async () => {
    expect(complaints).toEqual([]);
    await stop();
  });

  async function stop(): Promise<void> {
    await context.close();
    await client[Symbol.asyncDispose]();
    await control.close();
    await server.close();
  }

  const send = (name: ExampleName, headers: Record<string, string> = {}, token?: string) =>
    sendExample(client, name, { authorization, ...headers }, token);
  const row = (text: string): Locator => page.locator(".row", { hasText: text }).first();
  const open = async (text: string): Promise<Locator> => {
    await row(text).click();
    return page.locator(".detail");
  };

  test("shows a push as it arrives, and its answer when it is there", async () => {
    await page.getByText("No requests yet").waitFor();
    server.inject({ kind: "stall", ms: 400, times: 1 });
    const sent = send("alert");
    await row("Your order").getByText("Waiting").waitFor();
    await sent;
    await row("Your order").getByText("200").waitFor();
    await expect
      .poll(() => page.locator("[role=log]").textContent(), SOON)
      .toContain("Your order is on its way");
  });

  test.each<[ExampleName, string, string[]]>([
    [
      "alert",
      "Your order",
      ["Order 4711", "Time Sensitive", "Sound: default", "Badge 2", "Thread order-4711", "image?"],
    ],
    ["localised", "MOVE_TITLE", ["MOVE_BODY", "Jenna · e4", "Sound: move.caf"]],
    ["critical", "Smoke", ["Critical Alert", "even when the device is muted"]],
    ["badge", "Badge 7", ["No text, so no banner", "becomes 7"]],
    ["background", "Wakes the app", ["Nothing is shown", "background push wakes"]],
    ["voip", "Call from Ada", ["Ada Lovelace", "Phone Audio", "CallKit"]],
    ["location", "Asks where", ["Nothing is shown", "Location Push Service Extension"]],
    ["mdm", "Calls the device", ["Nothing is shown", "management server"]],
    ["wallet", "Wallet pass", ["Nothing is shown", "pass.com.example.ticket"]],
    ["widgets", "Reloads widgets", ["Nothing is shown", "WidgetKit"]],
  ])("previews %s as its device would show it", async (name, summary, parts) => {
    await send(name);
    const detail = await open(summary);
    for (const part of parts) await detail.locator(".preview").getByText(part).first().waitFor();
  });

  test("previews a notification on the lock screen, as a banner and on the watch, light and dark", async () => {
    await send("alert");
    await send("alert");
    await expect.poll(() => page.locator(".row").count(), SOON).toBe(2);
    const preview = (await open("Your order")).locator(".preview");
    await preview.getByText("+1 in this thread").waitFor();
    await preview.getByRole("button", { name: "Banner" }).click();
    await preview.locator(".phone.banner").getByText("Your order").waitFor();
    await preview.getByRole("button", { name: "Watch" }).click();
    await preview.locator(".watch").getByText("Your order").waitFor();
    await preview.getByRole("button", { name: "Lock screen" }).click();
    const before = await page.evaluate(COLOUR);
    await preview.getByRole("button", { name: "Light or dark device" }).click();
    const after = await page.evaluate(COLOUR);
    expect(after).not.toBe(before);
  });

  test("shows a Live Activity as a card that changes with each update", async () => {
    for (const name of ["activityStart", "activityUpdate", "activityEnd"] as const) await send(name);
    const preview = (await open("Live Activity end")).locator(".preview");
    await preview.getByText("Changed: status, minutes").waitFor();
    await preview.getByRole("button", { name: "Push 2: update" }).click();
    await preview.getByText("Changed: minutes").waitFor();
    await preview.getByText("RideAttributes").waitFor();
    await preview.getByRole("button", { name: "Push 1: start" }).click();
    await preview.getByText("Grace is on the way").waitFor();
  });

  test("shows the pass of a device that the server plays, and its new version", async () => {
    const device = server.wallet.device();
    let version = 1;
    const item = () => ({
      ...{
        kind: "pass",
        type: "pass.com.example.ticket",
        id: "1",
        files: [],
        lastModified: undefined,
        version,
      },
      content: {
        logoText: "Example Stadium",
        eventTicket: { primaryFields: [{ key: "gate", label: "Gate", value: `G${version}` }] },
      },
    });
    Object.defineProperty(device, "items", { get: () => [item()] });
    server.devices.register(device.pushToken, { environment: server.environment });
    await send("wallet", {}, device.pushToken);
    const preview = (await open("Wallet pass")).locator(".preview");
    await preview.getByText("Example Stadium").waitFor();
    await preview.getByText("G1").waitFor();
    version = 2;
    await page.keyboard.press("Escape");
    await open("Wallet pass");
    await preview.getByText("G2").waitFor();
  });

  test("says why a push was refused, what to do, and what APNs accepts in silence", async () => {
    server.devices.unregister(SECOND_DEVICE);
    await send("alert", {}, SECOND_DEVICE);
    let detail = await open("Your order");
    await detail.getByText("never got there (410 Unregistered)").waitFor();
    await detail.getByText("Stop sending to it").waitFor();
    await detail.getByText("drop the device").waitFor();
    await send("misspelt");
    detail = await open("Election");
    await detail.getByText("aps.interuption_level is ignored").waitFor();
    await detail.getByText('it is "1"').waitFor();
  });

  test("has headers, claims, size, timeline and payload of a request, and not its credentials", async () => {
    await send("alert", { "apns-collapse-id": "order" });
    const detail = await open("Your order");
    await detail.locator("dt", { hasText: "apns-collapse-id" }).waitFor();
    await detail.locator("dd", { hasText: server.key.keyId }).waitFor();
    await detail.locator("dd", { hasText: server.key.teamId }).waitFor();
    await detail.getByText(/of 4,096 bytes/).waitFor();
    await detail.getByText("SETTINGS sent: at most 1000 at once").waitFor();
    await detail.getByText("Acted on: the notification would have gone out").waitFor();
    await detail.locator(".json-node", { hasText: "thread-id" }).first().waitFor();
    await detail.getByRole("button", { name: "Raw" }).click();
    await detail.locator("pre", { hasText: '"thread-id":"order-4711"' }).first().waitFor();
    expect(await page.content()).not.toContain(authorization.split(".")[2]);
  });

  test("searches and filters, also what arrives meanwhile", async () => {
    for (const name of ["alert", "background", "voip"] as const) await send(name);
    await client.push({ authorization, "apns-priority": "7" });
    await expect.poll(() => page.locator(".row").count(), SOON).toBe(4);
    await page.keyboard.press("/");
    await page.keyboard.type("ada");
    await expect.poll(() => page.locator(".row").count(), SOON).toBe(1);
    await send("voip");
    await expect.poll(() => page.locator(".row").count(), SOON).toBe(2);
    await page.getByRole("searchbox").fill("reason:badpri");
    await row("400 BadPriority").waitFor();
    expect(await page.locator(".row").count()).toBe(1);
    await page.getByRole("button", { name: "show all" }).click();
    await page.getByRole("button", { name: "Refused" }).click();
    await expect.poll(() => page.locator(".row").count(), SOON).toBe(1);
    await page.getByRole("button", { name: "All", exact: true }).click();
    await page.getByRole("combobox", { name: "Push type" }).selectOption("background");
    await expect.poll(() => page.locator(".row").count(), SOON).toBe(1);
    await page.getByRole("searchbox").fill("no such text");
    await page.getByText("No request matches").waitFor();
  });

  test("marks duplicates", async () => {
    const id = "4084a6e4-9ea8-4d2a-8a49-9a344a152da7";
    await send("alert", { "apns-id": id, "apns-collapse-id": "x" });
    await send("alert", { "apns-id": id, "apns-collapse-id": "x" });
    await expect.poll(() => page.getByText("same id ×2").count(), SOON).toBe(2);
    await expect.poll(() => page.getByText("collapse ×2").count(), SOON).toBe(2);
  });

  test("pauses, counts what comes, and clears", async () => {
    await send("alert");
    await row("Your order").waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await send("voip");
    await page.getByText("↑ 1 new").waitFor();
    expect(await page.locator(".row").count()).toBe(1);
    await page.getByText("↑ 1 new").click();
    await row("Call from Ada").waitFor();
    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByText("No requests yet").waitFor();
    expect(server.ledger.entries()).toEqual([]);
  });

  test("is used by keyboard alone", async () => {
    for (const name of ["alert", "voip", "localised"] as const) await send(name);
    await row("MOVE_TITLE").waitFor();
    await page.keyboard.press("j");
    await page.getByRole("heading", { level: 2, name: /MOVE_TITLE/ }).waitFor();
    await page.getByRole("listbox").focus();
    await page.keyboard.press("ArrowDown");
    await page.getByRole("heading", { level: 2, name: /Call from Ada/ }).waitFor();
    await page.keyboard.press("End");
    await page.getByRole("heading", { level: 2, name: /Your order/ }).waitFor();
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("detail-heading");
    await page.keyboard.press("Escape");
    await page.getByText("Nothing selected").waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog").getByText("Keyboard shortcuts").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("2");
    await page.getByRole("heading", { name: "At a press" }).waitFor();
  });

  test("breaks the server by a button, and mends it again", async () => {
    await page.getByRole("button", { name: "Faults" }).click();
    await page.getByRole("button", { name: /^Service down/ }).click();
    await page.getByText("--fault answer=ServiceUnavailable,times=3").nth(1).waitFor();
    await page
      .getByText('server.inject({ kind: "answer", reason: "ServiceUnavailable", times: 3 });')
      .waitFor();
    expect((await send("alert")).reason).toBe("ServiceUnavailable");
    await page.getByText("1 hit", { exact: true }).waitFor();
    await page.getByRole("button", { name: "End: Answer ServiceUnavailable" }).click();
    await page.getByText("None: the server answers as APNs does.").waitFor();
    expect((await send("alert")).status).toBe(200);
    await page.getByRole("button", { name: /^GOAWAY now/ }).click();
    await expect.poll(() => client.goaways.length, SOON).toBe(1);
  });

  test("puts any fault in force by a form, and shows which field is wrong", async () => {
    await page.getByRole("button", { name: "Faults" }).click();
    const form = page.locator(".fault-form");
    await form.getByLabel("reason").selectOption("TooManyRequests");
    await form.getByLabel("share").fill("2");
    await form.getByRole("button", { name: "Put in force" }).click();
    await form.getByText("must be a number from 0 to 1; received 2").waitFor();
    // Chromium says on the console that the server answered 400.
    await expect.poll(() => complaints.splice(0).join(), SOON).toContain("400");
    await form.getByLabel("share").fill("");
    await form.getByLabel("topic").fill("com.example.orders");
    await form.getByText("--fault answer=TooManyRequests,topic=com.example.orders").waitFor();
    await form.getByRole("button", { name: "Put in force" }).click();
    await expect.poll(() => server.faults.length, SOON).toBe(1);
    expect((await send("alert")).reason).toBe("TooManyRequests");
    expect((await send("voip")).status).toBe(200);
    for (const [kind, field, value] of [
      ["latency", "latency", "1..2"],
      ["reset", "code", "CANCEL"],
      ["settings", "maxConcurrentStreams", "7"],
      ["stall", "ms", "5"],
    ] as const) {
      await form.getByRole("button", { name: kind, exact: true }).click();
      await form.getByLabel(field).fill(value);
      await form.getByLabel("topic").fill("none");
      await form.getByRole("button", { name: "Put in force" }).click();
    }
    for (const kind of ["goaway", "drop", "refuse"]) {
      await form.getByRole("button", { name: kind, exact: true }).click();
      await form.getByRole("button", { name: "Put in force" }).click();
    }
    await expect
      .poll(() => server.faults.map(({ fault }) => fault.kind))
      .toEqual([...["answer", "latency", "reset", "settings", "stall", "goaway", "drop", "refuse"]]);
    expect(server.faults[1]!.fault).toEqual({ kind: "latency", latency: { min: 1, max: 2 }, topic: "none" });
  });

  test("sets the latency, and refuses connections", async () => {
    await page.getByRole("button", { name: "Faults" }).click();
    await page.getByLabel("Latency in ms").fill("1..3");
    await page.getByRole("button", { name: "Set", exact: true }).click();
    await expect.poll(() => server.latency, SOON).toEqual({ min: 1, max: 3 });
    await page.getByLabel("Takes new connections").uncheck();
    await expect.poll(() => server.isListening, SOON).toBe(false);
    await page.getByLabel("Takes new connections").check();
    await expect.poll(() => server.isListening, SOON).toBe(true);
  });

  test("changes what becomes of a device", async () => {
    await send("alert");
    const detail = await open("Your order");
    await detail.getByRole("button", { name: "Expired" }).click();
    await expect.poll(() => server.devices.get(TOKEN)?.state.state, SOON).toBe("expired");
    expect((await send("alert")).reason).toBe("ExpiredToken");
    await page.getByRole("button", { name: "Devices" }).click();
    await page.getByText("since").waitFor();
    await page.getByRole("button", { name: "Default" }).click();
    await expect.poll(() => server.devices.list(), SOON).toEqual([]);
    await page.getByLabel("Device token").fill(SECOND_DEVICE);
    await page.getByRole("button", { name: "Register", exact: true }).click();
    await expect.poll(() => server.devices.get(SECOND_DEVICE)?.state.state, SOON).toBe("active");
  });

  test("shows each connection with its client's settings, load and events", async () => {
    await send("alert");
    await client.push({ authorization, "apns-priority": "7" });
    await page.getByRole("button", { name: "Connections" }).click();
    const card = page.locator(".connection").first();
    await card.getByText("2 requests").waitFor();
    await card.getByText("1 refused").waitFor();
    await card.getByText(/window 65,535, frames 16,384/).waitFor();
    await card.getByText(/events$/).click();
    await card.getByText("SETTINGS sent: at most 1000 at once").waitFor();
    await card.getByRole("img", { name: /Streams in flight/ }).waitFor();
    await card.getByRole("button", { name: "Drop" }).click();
    await page.locator(".connection.closed").getByText("Connection dropped").waitFor({ state: "attached" });
  });

  test("goes on after a lost connection without a gap, and begins anew with another server", async () => {
    await send("alert");
    await row("Your order").waitFor();
    const { port } = control;
    await control.close();
    await page.getByText("Server gone").waitFor();
    await send("voip");
    await send("localised");
    control = await Control.listen(server, port, { ui: files.directory });
    // Another endpoint is another run: everything is told anew, and nothing is there twice.
    await row("MOVE_TITLE").waitFor({ timeout: 20_000 });
    await expect.poll(() => page.locator(".row").count(), SOON).toBe(3);
    complaints.length = 0;
  });

  test("shows script, markup and 4 KB of emoji as text", async () => {
    const script = '<script>document.title="hacked"</script><img src=x onerror="document.title=1">';
    await client.push({ authorization }, JSON.stringify({ aps: { alert: { title: script, body: script } } }));
    await client.push({ authorization, "apns-collapse-id": "<b>x</b>" }, script);
    const emoji = "🧑‍🚀".repeat(360);
    const payload = JSON.stringify({ aps: { alert: { title: "Emoji", body: emoji } } });
    expect(Buffer.byteLength(payload)).toBeGreaterThan(3900);
    await client.push({ authorization }, payload);
    await (await open("document.title")).locator(".notification-title", { hasText: script }).waitFor();
    const detail = await open("Emoji");
    await detail.locator(".notification-body", { hasText: emoji }).waitFor();
    await detail.locator(".json-string", { hasText: emoji }).first().waitFor();
    await (await open("Payload is not JSON")).locator("pre", { hasText: script }).first().waitFor();
    expect(await page.title()).toBe("apnskit-mock");
    expect(await page.locator("#app script, #app img[src=x], #app b").count()).toBe(0);
  });

  test("gives a curl line, an apnskit line, a simulator file and a test, which run", async () => {
    const folder = await mkdtemp(join(tmpdir(), "apnskit-copies-"));
    const key = join(folder, `AuthKey_${server.key.keyId}.p8`);
    const ca = join(folder, "ca.pem");
    await Promise.all([writeFile(key, server.key.key), writeFile(ca, server.ca)]);
    const { port } = control;
    await control.close();
    control = await Control.listen(server, port, { ui: files.directory, caFile: ca, keyFile: key });
    await page.reload();
    await client.push(
      {
        authorization,
        "apns-priority": "5",
        "apns-collapse-id": "it's $HOME",
        "apns-expiration": "1900000000",
      },
      JSON.stringify({ aps: { alert: { title: "Copy me", body: "'\"$(id)`\\\u0007ä🙂" } }, list: [1] }),
    );
    const panel = (await open("Copy me")).locator(".card", { hasText: "Copy as" });
    const textOf = async (form: string, part: string) => {
      await panel.getByRole("button", { name: form, exact: true }).click();
      await panel.locator("pre", { hasText: part }).waitFor();
      return (await panel.locator("pre").textContent())!;
    };
    const sent = { payload: server.ledger.latest()!.payload, priority: "5", collapseId: "it's $HOME" };

    const curl = await run("bash", ["-c", await textOf("curl", "curl --http2")], { cwd: folder });
    expect(curl.stdout).toContain("HTTP/2 200");
    expect(server.ledger.latest()).toMatchObject({ ...sent, expiration: "1900000000", id: 2, status: 200 });

    const cli = fileURLToPath(new URL("../../cli/src/main.ts", import.meta.url));
    const tsx = fileURLToPath(import.meta.resolve("tsx"));
    const apnskit = `"${process.execPath}" --import "${tsx}" --conditions=@apnskit/source "${cli}"`;
    const line = (await textOf("apnskit send", "apnskit send")).replace("| apnskit ", `| ${apnskit} `);
    await run("bash", ["-c", line], { cwd: folder });
    expect(server.ledger.latest()).toMatchObject({ ...sent, expiration: "1900000000", id: 3, status: 200 });

    expect(JSON.parse(await textOf("Simulator", "Simulator Target Bundle"))).toMatchObject({
      "Simulator Target Bundle": TOPIC,
      aps: { alert: { title: "Copy me" } },
      list: [1],
    });

    const test = await textOf("vitest", "MockApns.start()");
    await runTest(test, folder);
    await rm(folder, { recursive: true });
  });

  /** Runs a copied test against a program that sends what it expects. */
  async function runTest(text: string, folder: string): Promise<void> {
    const { transform } = await import("esbuild");
    const last = server.ledger.latest()!;
    const { code } = await transform(
      text.replace("// Here the code under test sends", "await send(server); // "),
      {
        ...{ loader: "ts", format: "cjs", target: "node20" },
      },
    );
    let body: (() => Promise<void>) | undefined;
    const vitest = { expect, test: (_name: string, run: () => Promise<void>) => (body = run) };
    const modules: Record<string, object> = { vitest, "@apnskit/mock-server": { MockApns } };
    const sendAgain = async (other: MockApns) => {
      await using again = await Client.open(other);
      const headers = { "apns-priority": last.priority, "apns-collapse-id": last.collapseId };
      await again.push({ authorization: bearer(other), ...headers }, last.payload);
    };
    new Function("require", "module", "send", code)((name: string) => modules[name], {}, sendAgain);
    expect(folder).not.toBe("");
    await body!();
  }

  test("has no serious finding of axe, in any part, light and dark, wide and narrow", async () => {
    for (const name of ["alert", "localised", "misspelt", "background", "voip", "activityUpdate"] as const)
      await send(name);
    await client.push({ authorization, "apns-priority": "7" });
    server.inject({ kind: "answer", reason: "InternalServerError", times: 1 });
    await send("critical");
    server.inject({ kind: "answer", reason: "TooManyRequests", share: 0.1, topic: "none" });
    server.devices.unregister(SECOND_DEVICE);
    await row("Smoke").waitFor();
    for (const [scheme, width, parts, tabs] of [
      ["light", 1200, ["Your order", "Election", "Smoke"], ["Faults", "Connections", "Devices"]],
      ["dark", 1200, ["Election", "Live Activity"], ["Faults", "Connections"]],
      ["light", 360, ["BadPriority"], ["Requests", "Faults", "Connections", "Devices"]],
    ] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 800 });
      for (const part of parts) {
        await page.getByRole("button", { name: "Requests", exact: false }).first().click();
        if (width < 800) await page.keyboard.press("Escape");
        await row(part).click();
        await page.locator(".detail h2").waitFor();
        await findNothing(`${part}, ${scheme}, ${width}`);
      }
      await page.keyboard.press("Escape");
      for (const tab of tabs) {
        await page.locator(".tab", { hasText: tab }).click();
        if (tab !== "Devices" || width > 800) await findNothing(`${tab}, ${scheme}, ${width}`);
        const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        expect(overflow, `${tab} at ${width}`).toBeLessThanOrEqual(0);
      }
    }
  }, 120_000);

  async function findNothing(where: string): Promise<void> {
    // By the debugger, since the page's own policy takes no foreign script.
    if (!(await page.evaluate('"axe" in window'))) {
      const { readFile } = await import("node:fs/promises");
      await page.evaluate(await readFile(AXE, "utf8"));
    }
    const { violations } = (await page.evaluate("axe.run()")) as { violations: Finding[] };
    const found = violations.map(
      ({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ html }) => html).join(" ")}`,
    );
    const serious = found.filter((line) => /^(serious|critical)/.test(line));
    expect(serious, where).toEqual([]);
  }

  interface Finding {
    id: string;
    impact: string;
    nodes: { html: string }[];
  }

  test("scrolls through 50,000 requests, with as few rows as can be seen and no long task", async () => {
    await stop();
    await start({ ledger: { capacity: 50_000 } });
    for (let at = 0; at < 50_000; at++) {
      const entry = server.ledger.open({
        ...{ kind: "push", connection: 1, stream: 1, method: "POST", path: "/3/device/aa", token: "aa" },
        ...{ topic: TOPIC, pushType: "alert", priority: "10", expiration: undefined, collapseId: undefined },
        ...{ apnsId: `id ${at}`, bytes: 40, payload: `{"aps":{"alert":"Number ${at + 1}"}}` },
      });
      server.ledger.act(entry);
      server.ledger.settle(entry, 200);
    }
    const loading = performance.now();
    await row("Number 50000").waitFor({ timeout: 60_000 });
    const loaded = performance.now() - loading;
    const { frames, longest } = (await page.evaluate(SCROLL)) as { frames: number; longest: number };
    // Rows are what makes it fast. How fast it is says something on a quiet machine only.
    expect(await page.locator(".row").count()).toBeLessThan(40);
    if (process.env.APNSKIT_PAGE_FIGURES) {
      const figures = `${frames.toFixed(0)} frames a second, longest task ${longest} ms, told in ${loaded.toFixed(0)} ms`;
      console.log(figures);
      expect(frames > 30 || longest < 100, figures).toBe(true);
    }
    await page.locator(".list").evaluate((list) => {
      list.scrollTop = list.scrollHeight;
    });
    await row("Number 1").waitFor();
    await page.getByRole("searchbox").fill("number 50000");
    await expect.poll(() => page.locator(".count").textContent(), SOON).toContain("1 of 50,000");
  }, 120_000);
});
