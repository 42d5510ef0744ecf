import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { buildPage } from "../../ui/build.ts";

/** Debian's, or the one that the environment names. */
const PROGRAMS = [
  process.env.APNSKIT_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];
const CHROMIUM = PROGRAMS.find((path) => path !== undefined && path !== "" && existsSync(path));

/** Without a Chromium the tests of the page are skipped by name. */
export const hasChromium = CHROMIUM !== undefined;

/** Chromium then sends requests to the page's own server only. */
const ARGS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync"],
];

/** A headless Chromium for tests. */
export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM!, args: ARGS });
}

/**
 * A headless Chromium that shows one page, without a debugger. With a debugger Chromium would send it each event of the
 * page a second time.
 *
 * @returns a function that ends it
 */
export async function openAlone(url: string): Promise<() => Promise<void>> {
  const profile = await mkdtemp(join(tmpdir(), "apnskit-chromium-"));
  const args = [...ARGS, "--headless", "--remote-debugging-port=0", `--user-data-dir=${profile}`, url];
  const child = spawn(CHROMIUM!, args, { stdio: "ignore" });
  const ended = once(child, "exit");
  return async () => {
    child.kill();
    await ended;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
}

/** A fresh build of the page, in a folder that goes away with `Symbol.asyncDispose`. */
export async function freshPage(): Promise<AsyncDisposable & { readonly directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), "apnskit-page-"));
  await buildPage(directory);
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) };
}

/** What a page says on its console, and errors that nothing caught. Chromium's own lines about refused requests count. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  return complaints;
}
