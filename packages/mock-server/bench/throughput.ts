/**
 * How fast the mock server answers with validation on, and whether its memory grows.
 *
 *     npx tsx --conditions=@apnskit/source packages/mock-server/bench/throughput.ts [notifications] [--tally] [--latency=<ms>]
 *
 * The load comes from this process, the server has one of its own; both need a core.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { LoadClient } from "./load-client.ts";
import type { ServerHello, ServerReport } from "./server-process.ts";

const count = Number(process.argv.slice(2).find((arg) => !arg.startsWith("--")) ?? 1_000_000);
const BATCHES = 10;

const child = fork(fileURLToPath(new URL("./server-process.ts", import.meta.url)), process.argv.slice(2), {
  execArgv: ["--import", "tsx", "--conditions=@apnskit/source", "--expose-gc"],
});
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
    "apns-priority": "10",
  },
  body: JSON.stringify({ aps: { alert: { title: "Throughput", body: "x".repeat(130) } } }),
});
await client.send(20_000); // warm-up
const start = await ask();
let before = start;
console.log("      sent   wall/s    per CPU-s     rss MB    heap MB");
for (let batch = 0; batch < BATCHES; batch++) {
  const started = performance.now();
  await client.send(count / BATCHES);
  const seconds = (performance.now() - started) / 1000;
  const now = await ask();
  const sent = now.arrived - before.arrived;
  const columns = [
    now.arrived - start.arrived,
    Math.round(sent / seconds),
    Math.round(sent / (now.cpu - before.cpu)),
    (now.rss / 1e6).toFixed(1),
    (now.heap / 1e6).toFixed(1),
  ];
  console.log(columns.map((column) => String(column).padStart(10)).join(" "));
  before = now;
}
if (before.acted !== before.arrived)
  throw new Error(`Only ${before.acted} of ${before.arrived} were accepted`);
await client.close();
child.disconnect();
