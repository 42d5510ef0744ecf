import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MockApns } from "../src/index.ts";
import { hasChromium } from "./support/browser.ts";
import { bearer, Client, TOKEN, TOPIC } from "./support/client.ts";
import { SECOND_DEVICE } from "./support/example-requests.ts";
import { SOON, Stage } from "./support/stage.ts";

const run = promisify(execFile);

describe.skipIf(!hasChromium)("what can be done in the page", () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open();
  });

  afterAll(() => stage[Symbol.asyncDispose]());
  beforeEach(() => stage.reset());
  afterEach(() => expect(stage.complaints).toEqual([]));

  test("everything by keyboard alone", async () => {
    const { page, server } = stage;
    const { keyboard } = page;
    for (const name of ["alert", "voip", "localised"] as const) await stage.send(name);
    await stage.row("MOVE_TITLE").waitFor();
    await keyboard.press("j");
    await page.getByRole("heading", { level: 2, name: /MOVE_TITLE/ }).waitFor();
    await page.getByRole("listbox").focus();
    await keyboard.press("ArrowDown");
    await page.getByRole("heading", { level: 2, name: /Call from Ada/ }).waitFor();
    await keyboard.press("End");
    await page.getByRole("heading", { level: 2, name: /Your order/ }).waitFor();
    await keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("detail-heading");
    await keyboard.press("Escape");
    await page.getByText("Nothing selected").waitFor();
    await keyboard.press("?");
    await page.getByRole("dialog").getByText("Keyboard shortcuts").waitFor();
    await keyboard.press("Escape");
    await keyboard.press("p");
    await page.getByRole("button", { name: "Go on" }).waitFor();
    await keyboard.press("2");
    await page.getByRole("heading", { name: "At a press" }).waitFor();
    await tabTo(/^Service down/);
    await keyboard.press("Enter");
    await expect.poll(() => server.faults.length, SOON).toBe(1);
    await page.getByRole("button", { name: "End: Answer ServiceUnavailable" }).waitFor();
    await tabTo(/^Ends?$/, "Shift+Tab");
    await keyboard.press("Space");
    await expect.poll(() => server.faults.length, SOON).toBe(0);
    await keyboard.press("4");
    await page.getByRole("heading", { name: "Known devices" }).waitFor();
  });

  /** Presses the key until the focus is on a button with this text, and sees that the focus can be seen. */
  async function tabTo(text: RegExp, key = "Tab"): Promise<void> {
    for (let presses = 0; presses < 80; presses++) {
      await stage.page.keyboard.press(key);
      if (!text.test(String(await stage.page.evaluate("document.activeElement.textContent")))) continue;
      const outline = await stage.page.evaluate("getComputedStyle(document.activeElement).outlineStyle");
      expect(outline).not.toBe("none");
      return;
    }
    throw new Error(`No focus on ${text}`);
  }

  test("break the server by a button, and mend it again", async () => {
    const { page } = stage;
    await stage.show("Faults");
    await page.getByRole("button", { name: /^Service down/ }).click();
    await page.getByText("--fault answer=ServiceUnavailable,times=3").nth(1).waitFor();
    await page
      .getByText('server.inject({ kind: "answer", reason: "ServiceUnavailable", times: 3 });')
      .waitFor();
    expect((await stage.send("alert")).reason).toBe("ServiceUnavailable");
    await page.getByText("1 hit", { exact: true }).waitFor();
    await page.getByRole("button", { name: "End: Answer ServiceUnavailable" }).click();
    await page.getByText("None: the server answers as APNs does.").waitFor();
    expect((await stage.send("alert")).status).toBe(200);
    await page.getByRole("button", { name: /^GOAWAY now/ }).click();
    await expect.poll(() => stage.client.goaways.length, SOON).toBe(1);
  });

  test("put any fault in force by a form, which shows which field is wrong", async () => {
    const { page, server, complaints } = stage;
    await stage.show("Faults");
    const form = page.locator(".fault-form");
    await form.getByLabel("reason").selectOption("TooManyRequests");
    await form.getByLabel("share").fill("2");
    await form.getByRole("button", { name: "Put in force" }).click();
    await form.getByText("must be a number from 0 to 1; received 2").waitFor();
    // Chromium says on the console that the server answered 400.
    await expect.poll(() => complaints.splice(0).join(), SOON).toContain("400");
    await form.getByLabel("share").fill("");
    await form.getByLabel("topic").fill("com.example.orders");
    await form.getByLabel("times", { exact: true }).fill("1");
    await form.getByText("--fault answer=TooManyRequests,times=1,topic=com.example.orders").waitFor();
    await form.getByRole("button", { name: "Put in force" }).click();
    await expect.poll(() => server.faults.length, SOON).toBe(1);
    expect((await stage.send("voip")).status).toBe(200);
    expect((await stage.send("alert")).reason).toBe("TooManyRequests");
    expect((await stage.send("alert")).status).toBe(200);
    await form.getByLabel("times", { exact: true }).fill("");
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
      .poll(() => server.faults.map(({ fault }) => fault.kind), SOON)
      .toEqual([...["latency", "reset", "settings", "stall", "goaway", "drop", "refuse"]]);
    expect(server.faults[0]!.fault).toEqual({ kind: "latency", latency: { min: 1, max: 2 }, topic: "none" });
    await page.getByRole("button", { name: "End all" }).click();
    await expect.poll(() => server.faults, SOON).toEqual([]);
  });

  test("set the latency, and refuse connections, whatever the server tells meanwhile", async () => {
    const { page, server } = stage;
    await stage.show("Faults");
    await page.getByLabel("Latency in ms").fill("1..3");
    await page.getByRole("button", { name: "Set", exact: true }).click();
    await expect.poll(() => server.latency, SOON).toEqual({ min: 1, max: 3 });
    const box = page.getByLabel("Takes new connections");
    let meanwhile: boolean | undefined;
    // The request is under way while the server tells the state from before it.
    await page.route("**/listening", async (route) => {
      server.setLatency(77);
      await page.locator("code", { hasText: /^77$/ }).waitFor();
      meanwhile = await box.isChecked();
      await route.continue();
    });
    await box.click();
    await expect.poll(() => server.isListening, SOON).toBe(false);
    expect(meanwhile).toBe(false);
    expect(await box.isChecked()).toBe(false);
    await page.unroute("**/listening");
    await box.check();
    await expect.poll(() => server.isListening, SOON).toBe(true);
    // What another one does is shown, too.
    server.pauseListening();
    await expect.poll(() => box.isChecked(), SOON).toBe(false);
    await server.resumeListening();
    await expect.poll(() => box.isChecked(), SOON).toBe(true);
  });

  test("change what becomes of a device", async () => {
    const { page, server } = stage;
    await stage.send("alert");
    const detail = await stage.select("Your order");
    await detail.getByRole("button", { name: "Expired" }).click();
    await expect.poll(() => server.devices.get(TOKEN)?.state.state, SOON).toBe("expired");
    expect((await stage.send("alert")).reason).toBe("ExpiredToken");
    await detail.getByRole("button", { name: "Unregistered" }).click();
    await expect.poll(() => server.devices.get(TOKEN)?.state.state, SOON).toBe("unregistered");
    expect((await stage.send("alert")).reason).toBe("Unregistered");
    await stage.show("Devices");
    await page.getByText("since").waitFor();
    await page.getByRole("button", { name: "Default" }).click();
    await expect.poll(() => server.devices.list(), SOON).toEqual([]);
    await page.getByText("3 pushes").waitFor();
    await page.getByLabel("Device token").fill(SECOND_DEVICE);
    await page.getByRole("button", { name: "Register", exact: true }).click();
    await expect.poll(() => server.devices.get(SECOND_DEVICE)?.state.state, SOON).toBe("active");
  });

  test("look at each connection: its client's settings, load, errors and events", async () => {
    const { page, server } = stage;
    await stage.client[Symbol.asyncDispose]();
    await stage.reset();
    const { number } = server.connections.at(-1)!;
    await stage.show("Connections");
    const card = page.getByRole("region", { name: `Connection ${number}`, exact: true });
    // The token is shown first: before that, one stream at once is all that is allowed.
    await stage.push({ "apns-priority": "7" });
    await card.getByText("1 refused").waitFor();
    server.inject({ kind: "stall", times: 1 });
    const stalled = stage.send("alert").catch(() => {});
    await card.getByText("1 without an answer").waitFor();
    server.setLatency(700);
    const late = [stage.send("voip"), stage.send("voip")];
    await card.getByText("4 requests").waitFor();
    await card.getByText("most in a minute 3").or(card.getByText("most in a minute 2")).waitFor();
    await Promise.all(late);
    await card.getByText(/window 65,535, frames 16,384/).waitFor();
    const line = card.getByRole("img", { name: /Streams in flight/ }).locator("polyline");
    const heights = async () =>
      new Set((await line.getAttribute("points"))!.split(" ").map((point) => point.split(",")[1]));
    await expect.poll(async () => (await heights()).size, SOON).toBeGreaterThan(1);
    await card.getByText(/events?$/).click();
    await card.getByText("SETTINGS sent: at most 1000 at once").waitFor();
    server.connections.at(-1)!.setStreamLimit(17);
    await card.getByText("SETTINGS sent: at most 17 at once").waitFor();
    await card.getByRole("button", { name: "Drop" }).click();
    await stalled;
    const closed = page.locator(".connection.closed", { hasText: `Connection ${number}` });
    await closed.getByText(/events$/).click();
    await closed.getByText("Connection dropped").waitFor();
    await closed.getByRole("button", { name: "Requests" }).click();
    await expect.poll(() => page.locator(".row").count(), SOON).toBe(4);
  });

  test("copy, also where the browser gives the page no clipboard", async () => {
    const { page } = stage;
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await stage.send("alert");
    const panel = (await stage.select("Your order")).locator(".card", { hasText: "Copy as" });
    await panel.getByRole("button", { name: "vitest", exact: true }).click();
    const test = await panel.locator("pre").textContent();
    for (const hasClipboard of [true, false]) {
      await page.evaluate("navigator.clipboard.writeText('nothing')");
      if (!hasClipboard) {
        await page.evaluate("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))");
      }
      await panel.getByRole("button", { name: "Copy", exact: true }).click();
      await expect.poll(() => page.evaluate("navigator.clipboard.readText()"), SOON).toBe(test);
    }
  });

  test("take away a curl line, an apnskit line, a simulator file and a test, which run", async () => {
    const { page, server } = stage;
    const folder = await mkdtemp(join(tmpdir(), "apnskit-copies-"));
    const key = join(folder, `AuthKey_${server.key.keyId}.p8`);
    const ca = join(folder, "ca.pem");
    await Promise.all([writeFile(key, server.key.key), writeFile(ca, server.ca)]);
    await stage.reopenControl({ caFile: ca, keyFile: key });
    stage.complaints.length = 0;
    await page.reload();
    await stage.push(
      { "apns-priority": "5", "apns-collapse-id": "it's $HOME", "apns-expiration": "1900000000" },
      JSON.stringify({ aps: { alert: { title: "Copy me", body: "'\"$(id)`\\\u0007ä🙂" } }, list: [1] }),
    );
    const panel = (await stage.select("Copy me")).locator(".card", { hasText: "Copy as" });
    const textOf = async (form: string, part: string) => {
      await panel.getByRole("button", { name: form, exact: true }).click();
      await panel.locator("pre", { hasText: part }).waitFor();
      return (await panel.locator("pre").textContent())!;
    };
    const { id, payload } = server.ledger.latest()!;
    const sent = { payload, priority: "5", collapseId: "it's $HOME", expiration: "1900000000", status: 200 };

    const curl = await run("bash", ["-c", await textOf("curl", "curl --http2")], { cwd: folder });
    expect(curl.stdout).toContain("HTTP/2 200");
    expect(server.ledger.latest()).toMatchObject({ ...sent, id: id + 1 });

    const cli = fileURLToPath(new URL("../../cli/src/main.ts", import.meta.url));
    const tsx = fileURLToPath(import.meta.resolve("tsx"));
    const apnskit = `"${process.execPath}" --import "${tsx}" --conditions=@apnskit/source "${cli}"`;
    const line = (await textOf("apnskit send", "apnskit send")).replace("| apnskit ", `| ${apnskit} `);
    await run("bash", ["-c", line], { cwd: folder });
    expect(server.ledger.latest()).toMatchObject({ ...sent, id: id + 2 });

    const simulator = await textOf("Simulator", "Simulator Target Bundle");
    const saving = page.waitForEvent("download");
    await panel.getByRole("button", { name: "Save" }).click();
    const saved = await saving;
    expect(saved.suggestedFilename()).toBe("push.apns");
    expect(await readFile(await saved.path(), "utf8")).toBe(simulator);
    expect(JSON.parse(simulator)).toMatchObject({
      "Simulator Target Bundle": TOPIC,
      aps: { alert: { title: "Copy me" } },
      list: [1],
    });

    await runTest(await textOf("vitest", "MockApns.start()"));
    await rm(folder, { recursive: true });
  });

  /** Runs a copied test against a program that sends what it expects. */
  async function runTest(text: string): Promise<void> {
    const { transform } = await import("esbuild");
    const last = stage.server.ledger.latest()!;
    const { code } = await transform(
      text.replace("// Here the code under test sends", "await send(server); // "),
      { loader: "ts", format: "cjs", target: "node20" },
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
    await body!();
  }
});
