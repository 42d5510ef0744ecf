// A million posts at once: do all settle, in how much memory, and how long is the event loop blocked meanwhile?
//
//   npx tsx --conditions=@apnskit/source packages/pool/bench/million.ts [--count 1000000] [--connections 1] [--gc]
//
// --gc adds what the garbage collector took: pauses of one kind each.
// Whatever else runs on the machine makes the event loop late without blocking it: what counts is how long one turn of it
// computed, which Linux tells; the time on the clock is printed beside it.
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import {
  constants,
  monitorEventLoopDelay,
  type PerformanceEntry,
  PerformanceObserver,
} from "node:perf_hooks";
import { parseArgs } from "node:util";
import { Pool, Request, type Response } from "@apnskit/pool";

const { values: options } = parseArgs({
  options: {
    count: { type: "string", default: "1000000" },
    connections: { type: "string", default: "1" },
    gc: { type: "boolean", default: false },
  },
});
const count = Number(options.count);
const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
const ms = (nanoseconds: number) => `${(nanoseconds / 1e6).toFixed(1)} ms`;

const sink = fork(new URL("./sink.ts", import.meta.url), { execArgv: process.execArgv });
const [{ port, ca }] = (await once(sink, "message")) as [{ port: number; ca: string }];
const pool = await Pool.open(`https://127.0.0.1:${port}`, { tls: { ca }, size: Number(options.connections) });

const pauses = new Map<string, number>();
if (options.gc) {
  const kinds = Object.entries(constants).filter(([name]) =>
    /^NODE_PERFORMANCE_GC_(MAJOR|MINOR|INCR|WEAKCB)/.test(name),
  );
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = (entry as PerformanceEntry & { detail: { kind: number } }).detail;
      const name = kinds.find(([, value]) => value === kind)?.[0] ?? "other";
      pauses.set(name, Math.max(pauses.get(name) ?? 0, entry.duration));
    }
  }).observe({ entryTypes: ["gc"] });
}

/** Milliseconds that the main thread has computed so far, and that it was ready to but had no core. */
function computed(): { running: number; waiting: number } {
  try {
    const [running, waiting] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, "latin1").split(" ");
    return { running: Number(running) / 1e6, waiting: Number(waiting) / 1e6 };
  } catch {
    return { running: performance.now(), waiting: 0 };
  }
}

const template = Request.json(
  "/3/device/0",
  { "apns-topic": "com.example.app", "apns-push-type": "alert", "apns-priority": "10" },
  { aps: { alert: { title: "Hello", body: "World" } } },
  { timeout: 600_000 },
);
const settled = { ok: 0, rejected: 0, failed: 0 };
let peak = 0;
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 50);

const begin = performance.now();
let left = count;
let allSettled = () => {};
const over = new Promise<void>((resolve) => {
  allSettled = resolve;
});
const enter = (kind: keyof typeof settled) => {
  settled[kind]++;
  if (--left === 0) allSettled();
};
const onAnswer = (response: Response) => enter(response.ok ? "ok" : "rejected");
const onFailure = () => enter("failed");
for (let i = 0; i < count; i++) {
  const path = `/3/device/${i.toString(16).padStart(64, "0")}`;
  pool.post(template.to(path)).then(onAnswer, onFailure);
}
const called = performance.now();
// From here on the event loop belongs to others as well.
await new Promise((resolve) => setImmediate(resolve));
const afterCalls = process.memoryUsage.rss();
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let longest = 0;
let turns = true;
let last = computed();
setImmediate(function turn() {
  const now = computed();
  longest = Math.max(longest, now.running - last.running);
  last = now;
  if (turns) setImmediate(turn);
});
await over;
turns = false;
delay.disable();
const end = performance.now();
clearInterval(watch);

console.log(`calls            ${count}, made in ${Math.round(called - begin)} ms`);
console.log(
  `settled          ${settled.ok} accepted, ${settled.rejected} rejected, ${settled.failed} failed`,
);
console.log(`rate             ${Math.round(count / ((end - called) / 1_000))} per second`);
console.log(`memory           ${mib(afterCalls)} after the calls, ${mib(peak)} at most`);
console.log(`longest turn     ${longest.toFixed(1)} ms computed`);
console.log(`longest delay    ${ms(delay.max)} on the clock (99.9 %: ${ms(delay.percentile(99.9))})`);
console.log(`without a core   ${Math.round(last.waiting)} ms in all`);
for (const [kind, pause] of pauses) console.log(`longest gc       ${kind}: ${pause.toFixed(1)} ms`);

await pool.close();
sink.disconnect();
const verdict = settled.ok === count && peak < 1.5 * 2 ** 30 && longest < 50;
console.log(verdict ? "all settled, under 1.5 GB, never blocked for 50 ms" : "NOT as it should be");
process.exitCode = verdict ? 0 : 1;
