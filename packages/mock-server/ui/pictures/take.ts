/**
 * Takes the pictures of the guide from the real page.
 *
 *     npx tsx --conditions=@apnskit/source packages/mock-server/ui/pictures/take.ts
 *
 * Needs Chromium. APNSKIT_CHROMIUM names its path if it is not in its usual place.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { Control, MockApns } from "../../src/index.ts";
import { freshPage, launch } from "../../test/support/browser.ts";
import { bearer, Client } from "../../test/support/client.ts";
import { type ExampleName, SECOND_DEVICE, sendExample } from "../../test/support/example-requests.ts";

const FOLDER = fileURLToPath(new URL("../../../../docs/guides/pictures/", import.meta.url));
const SENT: readonly ExampleName[] = [
  ...(["badge", "background", "localised", "activityStart", "activityUpdate", "wallet", "misspelt"] as const),
  ...(["critical", "voip", "alert"] as const),
];

interface Picture {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly scheme: "light" | "dark";
  readonly show: (page: Page) => Promise<unknown>;
}

const choose = (text: string) => (page: Page) => page.locator(".row", { hasText: text }).first().click();

const PICTURES: readonly Picture[] = [
  { name: "inspector", width: 1240, height: 800, scheme: "light", show: choose("Your order") },
  { name: "inspector-warnings", width: 1240, height: 800, scheme: "dark", show: choose("Election") },
  {
    name: "inspector-faults",
    width: 1080,
    height: 760,
    scheme: "light",
    show: (page) => page.keyboard.press("2"),
  },
  {
    name: "inspector-narrow",
    width: 360,
    height: 720,
    scheme: "light",
    show: choose("Live Activity update"),
  },
];

await mkdir(FOLDER, { recursive: true });
await using files = await freshPage();
await using server = await MockApns.start({ latency: { min: 4, max: 60 } });
const control = await Control.listen(server, 0, { ui: files.directory });
await fill(server);
const browser = await launch();
for (const picture of PICTURES) await take(browser, picture);
await browser.close();
await control.close();

async function fill(into: MockApns): Promise<void> {
  await using client = await Client.open(into);
  const authorization = bearer(into);
  for (const name of SENT) await sendExample(client, name, { authorization });
  into.devices.unregister(SECOND_DEVICE);
  await sendExample(client, "alert", { authorization }, SECOND_DEVICE);
  await client.push({ authorization, "apns-priority": "7" });
  into.inject({ kind: "answer", reason: "TooManyRequests", share: 0.1 });
  into.inject({ kind: "latency", latency: { median: 40, p99: 250 } });
}

async function take(from: Browser, { name, width, height, scheme, show }: Picture): Promise<void> {
  const context = await from.newContext({ viewport: { width, height }, colorScheme: scheme });
  const page = await context.newPage();
  await page.goto(`${control.origin}/`);
  await page.locator(".row").nth(3).waitFor();
  await show(page);
  // The details arrive shortly after the selection.
  await page.waitForTimeout(400);
  await page.screenshot({ path: join(FOLDER, `${name}.png`) });
  await context.close();
}
