/**
 * How fast `sendMany` and `send` are beside the pool alone, with the same requests, against nginx on one connection:
 *
 *     npx tsx --conditions=@apnskit/source packages/apnskit/bench/throughput.ts [requests] [rounds]
 */
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { Pool, Request, RequestHeaders } from "@apnskit/pool";
import { Nginx } from "@apnskit/testkit/peers";
import { ApnsClient, alert, providerToken } from "apnskit";

const [requests = 200_000, rounds = 5] = process.argv.slice(2).map(Number);
const key = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
const auth = providerToken({ key, keyId: "ABC123DEFG", teamId: "DEF123GHIJ" });
const notification = alert({ title: "Hello", body: "World".repeat(25) });
const tokens = Array.from({ length: 1_000 }, (_, i) => i.toString(16).padStart(64, "a"));

function* manyTokens() {
  for (let i = 0; i < requests; i++) yield tokens[i % tokens.length]!;
}

await using peer = await Nginx.start();
const tls = { ca: peer.ca };
await using pool = await Pool.open(peer.origin, { tls });
await using apns = await ApnsClient.open({ origin: peer.origin, tls, auth, topic: "com.example.app" });

const headers = {
  ...notification.headersFor("com.example.app"),
  authorization: auth.current().authorization,
};
const template = Request.of("/3/device/aa", RequestHeaders.from(headers), notification.body);
const requestTo = (token: string) => template.to(`/3/device/${token}`, { "apns-id": randomUUID() });

/** So many at once, each followed by another. */
function inFlight(start: (token: string) => Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const source = manyTokens();
    let open = 0;
    const next = (): void => {
      const { done, value } = source.next();
      if (done) {
        if (open === 0) resolve();
        return;
      }
      open++;
      start(value).then(() => {
        open--;
        next();
      }, reject);
    };
    for (let i = 0; i < 2_000; i++) next();
  });
}

const contenders: Record<string, () => Promise<void>> = {
  "Pool.post": () => inFlight((token) => pool.post(requestTo(token))),
  "Pool.postAll": async () => {
    const all = (function* () {
      for (const token of manyTokens()) yield requestTo(token);
    })();
    for await (const { error } of pool.postAll(all)) if (error) throw error;
  },
  send: () => inFlight((token) => apns.send(token, notification)),
  sendMany: async () => {
    for await (const { result } of apns.sendMany(manyTokens(), notification)) {
      if (result !== "accepted") throw new Error(result);
    }
  },
};

const figures = new Map<string, number[][]>(Object.keys(contenders).map((name) => [name, []]));
for (let round = 0; round <= rounds; round++) {
  for (const [name, run] of Object.entries(contenders)) {
    const cpu = process.cpuUsage();
    const start = performance.now();
    await run();
    const wall = (performance.now() - start) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    // The first round warms up.
    if (round > 0) figures.get(name)!.push([requests / wall, requests / ((user + system) / 1e6)]);
  }
}
const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
for (const [name, measured] of figures) {
  const [wall, cpu] = [0, 1].map((at) => Math.round(median(measured.map((one) => one[at]!))));
  console.log(`${name.padEnd(14)} ${wall}/s   ${cpu} per CPU-second`);
}
