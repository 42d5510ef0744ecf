/**
 * What it costs the mock server that a page is open.
 *
 *     npx tsx --conditions=@apnskit/source packages/mock-server/bench/watched.ts [notifications] [rounds]
 *
 * Rounds without and with a page take turns. The page is in a headless Chromium where there is one, else a program that
 * reads the same events. Rates are per second of the server's CPU time, since the page's own work is not the server's.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { freshPage, hasChromium, launch } from "../test/support/browser.ts";
import { LoadClient } from "./load-client.ts";
import type { ServerHello, ServerReport } from "./server-process.ts";

const [count = 100_000, rounds = 3] = process.argv.slice(2).map(Number);

await using page = await freshPage();
const child = fork(
  fileURLToPath(new URL("./server-process.ts", import.meta.url)),
  [`--ui=${page.directory}`],
  {
    execArgv: ["--import", "tsx", "--conditions=@apnskit/source", "--expose-gc"],
  },
);
const [hello] = (await once(child, "message")) as [ServerHello];

async function ask(): Promise<ServerReport> {
  child.send("report");
  const [report] = (await once(child, "message")) as [ServerReport];
  return report;
}

const client = await LoadClient.open({
  port: hello.port,
  ca: hello.ca,
  streams: 1000,
  path: (n) => `/3/device/${n.toString(16).padStart(64, "0")}`,
  headers: {
    authorization: `bearer ${hello.token}`,
    "apns-topic": "com.example.app",
    "apns-push-type": "alert",
  },
  body: JSON.stringify({ aps: { alert: { title: "Throughput", body: "x".repeat(130) } } }),
});
await client.send(20_000); // warm-up

/** Pushes per second of CPU time, and per second. */
async function round(): Promise<[perCpu: number, perSecond: number]> {
  const before = await ask();
  const started = performance.now();
  await client.send(count);
  const seconds = (performance.now() - started) / 1000;
  const after = await ask();
  return [count / (after.cpu - before.cpu), count / seconds];
}

/** Opens a page. @returns how to close it */
async function watch(): Promise<() => Promise<void>> {
  if (hasChromium) {
    const browser = await launch();
    const tab = await browser.newPage();
    await tab.goto(`${hello.controlOrigin}/`);
    await tab.locator(".row").first().waitFor();
    return () => browser.close();
  }
  const stop = new AbortController();
  const response = await fetch(`${hello.controlOrigin}/events`, { signal: stop.signal });
  void response.body!.pipeTo(new WritableStream()).catch(() => {});
  return async () => stop.abort();
}

const without: number[] = [];
const watched: number[] = [];
console.log("                per CPU-s     per s");
for (let at = 0; at < rounds; at++) {
  const [alone, aloneWall] = await round();
  without.push(alone);
  const close = await watch();
  const [seen, seenWall] = await round();
  watched.push(seen);
  await close();
  for (const [name, cpu, wall] of [
    ["without a page", alone, aloneWall],
    ["with a page", seen, seenWall],
  ] as const) {
    console.log(name.padEnd(16), String(Math.round(cpu)).padStart(8), String(Math.round(wall)).padStart(9));
  }
}
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
console.log(`share of the throughput with a page: ${(median(watched) / median(without)).toFixed(3)}`);
await client.close();
child.disconnect();
