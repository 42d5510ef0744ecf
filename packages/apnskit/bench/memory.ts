/**
 * How much memory `sendMany` takes for a stream of pairs without end, against nginx:
 *
 *     npx tsx --conditions=@apnskit/source packages/apnskit/bench/memory.ts [pairs]
 *
 * Each pair is made when it is pulled, every tenth with a notification of its own. Fails when more than 150 MB were
 * taken beyond the start, or an outcome is missing.
 */
import { generateKeyPairSync } from "node:crypto";
import { Nginx } from "@apnskit/testkit/peers";
import { ApnsClient, alert, OutcomeSummary, type Pair, providerToken } from "apnskit";

const [pairs = 1_000_000] = process.argv.slice(2).map(Number);
const ALLOWED = 150;
const key = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
const auth = providerToken({ key, keyId: "ABC123DEFG", teamId: "DEF123GHIJ" });
const sale = alert({ title: "Summer sale", body: "x".repeat(120) });

function* source(): Generator<Pair> {
  for (let i = 0; i < pairs; i++) {
    const token = i.toString(16).padStart(64, "a");
    yield [token, i % 10 === 0 ? alert({ title: `Hello, number ${i}` }) : sale];
  }
}

const megabytes = () => {
  const { rss, heapUsed } = process.memoryUsage();
  return { rss: Math.round(rss / 2 ** 20), heapUsed: Math.round(heapUsed / 2 ** 20) };
};

await using peer = await Nginx.start();
await using apns = await ApnsClient.open({
  origin: peer.origin,
  tls: { ca: peer.ca },
  auth,
  topic: "com.example.app",
});
const start = megabytes();
const summary = new OutcomeSummary();
let count = 0;
let most = 0;
const began = performance.now();
console.log("outcomes  rss  heap (MB)");
console.log(0, start.rss, start.heapUsed);
for await (const outcome of apns.sendMany(source())) {
  summary.add(outcome);
  if (++count % Math.ceil(pairs / 100) > 0) continue;
  const now = megabytes();
  most = Math.max(most, now.rss - start.rss);
  if (count % Math.ceil(pairs / 10) === 0) console.log(count, now.rss, now.heapUsed);
}
const seconds = (performance.now() - began) / 1_000;
const { accepted, total } = summary.counts();
console.log(
  `${total} outcomes, ${accepted} accepted, in ${seconds.toFixed(1)} s; at most ${most} MB beyond the start`,
);
if (total !== pairs || most > ALLOWED) process.exitCode = 1;
