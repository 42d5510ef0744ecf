/**
 * Sends the given number of different notifications with `sendMany`, for comparison with `send-file`; prints
 * the rate.
 */
import { readFileSync } from "node:fs";
import { ApnsClient, type Notification, providerToken, raw, summarise } from "apnskit";

const [origin, caFile, keyFile, count] = process.argv.slice(2) as [string, string, string, string];

function* pairs(): Generator<readonly [string, Notification]> {
  for (let number = 1; number <= Number(count); number++) {
    const payload = { aps: { alert: { title: "Order", body: `Number ${number}` }, badge: number % 10 } };
    yield [number.toString(16).padStart(64, "0"), raw({ payload, pushType: "alert" })];
  }
}

const client = await ApnsClient.open({
  origin,
  auth: providerToken({ key: { file: keyFile }, keyId: "ABC123DEFG", teamId: "DEF123GHIJ" }),
  topic: "com.example.app",
  tls: { ca: readFileSync(caFile) },
});
const started = performance.now();
const { accepted } = await summarise(client.sendMany(pairs()));
const elapsed = performance.now() - started;
await client.close();
console.log(JSON.stringify({ accepted, rate: (accepted / elapsed) * 1000, cpu: process.cpuUsage() }));
