import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import type { Route } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { hasChromium } from "./support/browser.ts";
import { Detour } from "./support/detour.ts";
import { fillLedger, openEntry } from "./support/entries.ts";
import { SECOND_DEVICE } from "./support/example-requests.ts";
import { SOON, Stage } from "./support/stage.ts";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
/** What the ledger of these tests keeps. */
const CAPACITY = 100_000;
/** Requests in the long list; with `APNSKIT_PAGE_FIGURES` as many as a page keeps. */
const LONG = process.env.APNSKIT_PAGE_FIGURES ? CAPACITY : 50_000;
// What runs in the page is text: the types of a browser are not those of the tests.
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
/** Types into the search; tells the longest task in milliseconds. */
const SEARCH = `(async () => {
  const tasks = [0];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) tasks.push(duration);
  }).observe({ type: "longtask" });
  const field = document.querySelector("#search");
  for (const words of ["n", "nu", "number 4", "number 49999"]) {
    field.value = words;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return Math.max(...tasks);
})()`;

/** What a foreign page may try without the server's consent: to read, to listen, to load and frame, to change. */
const ATTACK = `async (origin) => {
  const attempt = (task) => task.then(() => "done", () => "refused");
  const loads = (element) =>
    new Promise((resolve, reject) => {
      element.onload = resolve;
      element.onerror = reject;
      document.body.append(element);
    });
  for (const [method, path, body] of [
    ["POST", "/faults", '{"kind":"drop"}'],
    ["POST", "/strike", '{"kind":"drop"}'],
    ["POST", "/ledger/wait", "{}"],
  ]) {
    await fetch(origin + path, { method, body, mode: "no-cors" }).catch(() => {});
  }
  for (const [method, path, body] of [["DELETE", "/ledger"], ["PUT", "/listening", "false"]]) {
    await fetch(origin + path, { method, body }).catch(() => {});
  }
  const frame = Object.assign(document.createElement("iframe"), { src: origin + "/" });
  const framed = loads(frame).then(() => {
    // A page that may not be framed is replaced by the browser's own about the error, which nobody may look into.
    if (frame.contentWindow.length === 0 && frame.contentDocument === null) throw new Error("refused");
  });
  return {
    read: await attempt(fetch(origin + "/ledger").then((response) => response.text())),
    events: await attempt(new Promise((resolve, reject) => {
      const source = new EventSource(origin + "/events");
      source.addEventListener("hello", resolve);
      source.onerror = reject;
    })),
    script: await attempt(loads(Object.assign(document.createElement("script"), { src: origin + "/ui/app.js" }))),
    image: await attempt(loads(Object.assign(document.createElement("img"), { src: origin + "/ui/icon.svg" }))),
    frame: await attempt(framed),
  };
}`;

describe.skipIf(!hasChromium)("the page, whatever happens around it,", () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open({ ledger: { capacity: CAPACITY } });
  });

  afterAll(() => stage[Symbol.asyncDispose]());
  beforeEach(() => stage.reset());
  afterEach(() => expect(stage.complaints).toEqual([]));

  test("goes on after a lost connection without a gap", async () => {
    const { page, server } = stage;
    await using detour = await Detour.open(stage.control.port);
    await page.goto(`${detour.origin}/`);
    await stage.send("alert");
    await stage.row("Your order").waitFor();
    const waiting = openEntry(server.ledger);
    await stage.row("Waiting").waitFor();
    detour.cut();
    await page.getByText("Server unreachable").waitFor();
    server.ledger.settle(waiting, 503, "Shutdown");
    await stage.send("badge");
    detour.mend();
    await stage.row("Badge 7").waitFor();
    expect(await page.locator(".row .chip").allTextContents()).toEqual(["200", "503 Shutdown", "200"]);
    // Chromium says on the console that the connection was lost.
    stage.complaints.length = 0;
    await page.goto("about:blank");
  });

  test("begins anew with another server at the same place", async () => {
    const { page } = stage;
    await stage.send("alert");
    await stage.row("Your order").waitFor();
    await stage.control.close();
    await page.getByText("Server unreachable").waitFor();
    await stage.send("voip");
    await stage.reopenControl();
    // Another endpoint is another run: everything is told anew, and nothing is there twice.
    await stage.row("Call from Ada").waitFor();
    await expect.poll(() => page.locator(".row").count(), SOON).toBe(2);
    stage.complaints.length = 0;
  });

  test("shows a request that the ledger has forgotten as far as it knows it", async () => {
    const { page, server } = stage;
    await stage.send("alert");
    await stage.row("Your order").waitFor();
    const seen = page.waitForEvent("console", (message) => message.text().includes("404"));
    const forget = async (route: Route) => {
      fillLedger(server.ledger, CAPACITY);
      await route.continue();
    };
    await page.route("**/ledger/*", forget, { times: 1 });
    const detail = await stage.select("Your order");
    await seen;
    await detail.getByText("The ledger has dropped this request").waitFor();
    await detail.getByText("Acted on: APNs would have sent the notification").waitFor();
    await detail.locator(".preview").getByText("It arrives between").waitFor();
    // Once is enough.
    expect(stage.complaints.splice(0)).toHaveLength(1);
  });

  test("keeps its server from what another page in the same browser tries", async () => {
    const { server, control } = stage;
    await stage.send("alert");
    const evil = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<title>Evil</title>");
    });
    await new Promise<void>((resolve) => evil.listen(0, "127.0.0.1", resolve));
    const page = await stage.newPage();
    try {
      await page.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/`);
      const told = await page.evaluate(`(${ATTACK})("${control.origin}")`);
      expect(told).toEqual({
        read: "refused",
        events: "refused",
        script: "refused",
        image: "refused",
        frame: "refused",
      });
      expect(server.ledger.entries()).toHaveLength(1);
      expect(server.faults).toEqual([]);
      expect(server.isListening).toBe(true);
    } finally {
      await page.close();
      evil.close();
    }
  });

  test("has no serious finding of axe, in any part, light and dark, wide and narrow", async () => {
    const { page, server } = stage;
    for (const name of ["alert", "localised", "misspelt", "background", "voip", "activityUpdate"] as const) {
      await stage.send(name);
    }
    await stage.push({ "apns-priority": "7" });
    server.inject({ kind: "answer", reason: "InternalServerError", times: 1 });
    await stage.send("critical");
    server.inject({ kind: "answer", reason: "TooManyRequests", share: 0.1, topic: "none" });
    server.devices.unregister(SECOND_DEVICE);
    await stage.row("Smoke").waitFor();
    await page.evaluate(await readFile(AXE, "utf8"));
    for (const [scheme, width, parts, tabs] of [
      ["light", 1200, ["Your order", "Election", "Smoke"], ["Faults", "Connections", "Devices"]],
      ["dark", 1200, ["Election", "Live Activity"], ["Faults", "Connections", "Devices"]],
      ["light", 360, ["BadPriority"], ["Requests", "Faults", "Connections", "Devices"]],
    ] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 800 });
      for (const part of parts) {
        await stage.show("Requests");
        if (width < 800) await page.keyboard.press("Escape");
        await stage.row(part).click();
        await page.locator(".detail h2").waitFor();
        await findNothing(`${part}, ${scheme}, ${width}`);
      }
      await page.keyboard.press("Escape");
      for (const tab of tabs) {
        await stage.show(tab);
        await findNothing(`${tab}, ${scheme}, ${width}`);
      }
    }
    await page.setViewportSize({ width: 1200, height: 800 });
    await page.emulateMedia({ colorScheme: null });
  }, 120_000);

  async function findNothing(where: string): Promise<void> {
    const overflow = await stage.page.evaluate("document.documentElement.scrollWidth - innerWidth");
    expect(overflow, where).toBeLessThanOrEqual(0);
    // What axe would tell besides findings takes half of its time.
    const found = (await stage.page.evaluate('axe.run({ resultTypes: ["violations"] })')) as {
      violations: Finding[];
    };
    const lines = found.violations.map(
      ({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ html }) => html).join(" ")}`,
    );
    expect(
      lines.filter((line) => /^(serious|critical)/.test(line)),
      where,
    ).toEqual([]);
  }

  interface Finding {
    id: string;
    impact: string;
    nodes: { html: string }[];
  }

  test(`scrolls and searches through ${LONG} requests, with as few rows as can be seen`, async () => {
    const { page, server } = stage;
    fillLedger(server.ledger, LONG);
    const loading = performance.now();
    await page.goto(`${stage.control.origin}/`);
    await stage.row(`Number ${LONG}`).waitFor({ timeout: 60_000 });
    const loaded = performance.now() - loading;
    const { frames, longest } = (await page.evaluate(SCROLL)) as { frames: number; longest: number };
    // Rows are what makes it fast. How fast it is says something on a quiet machine only.
    expect(await page.locator(".row").count()).toBeLessThan(40);
    const searched = (await page.evaluate(SEARCH)) as number;
    await expect
      .poll(() => page.locator(".count").textContent(), SOON)
      .toContain(`1 of ${LONG.toLocaleString("en")}`);
    if (process.env.APNSKIT_PAGE_FIGURES) {
      const scrolling = `${frames.toFixed(0)} frames a second, longest task ${longest} ms`;
      console.log(`${scrolling}; longest task of a search ${searched} ms; told in ${loaded.toFixed(0)} ms`);
      expect(frames > 30 || longest < 100, scrolling).toBe(true);
    }
    await page.getByRole("searchbox").fill("");
    await page.locator(".list").evaluate((list) => {
      list.scrollTop = list.scrollHeight;
    });
    await stage.row("Number 1").waitFor();
    await page.locator(".row").last().click();
    await page.locator(".detail h2", { hasText: "Number 1" }).waitFor();
  }, 120_000);
});
