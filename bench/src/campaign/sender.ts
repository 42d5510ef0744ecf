/** The process that sends one campaign in one of the compared ways. */
import { generateKeyPairSync } from "node:crypto";
import { apnsIdFor, Campaign, campaignCollapseId } from "@apnskit/campaign";
import { ApnsClient, alert, type Pair, providerToken } from "apnskit";
import type { Errand, Sent } from "./messages.ts";

const hello = alert({ title: "Spring sale", body: "Everything at half price until Sunday" });
const NAME = "bench";

function* tokens(count: number): Generator<string> {
  for (let index = 0; index < count; index++) yield index.toString(16).padStart(64, "0");
}

function* pairs(count: number): Generator<Pair> {
  let index = 0;
  for (const token of tokens(count)) {
    const id = apnsIdFor(NAME, index);
    yield [token, hello.with({ id, collapseId: campaignCollapseId(NAME, index) })];
    index++;
  }
}

process.once("message", async ({ origin, ca, way, count, connections, journal }: Errand) => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  await using client = await ApnsClient.open({
    environment: "sandbox",
    origin,
    tls: { ca },
    topic: "com.example.app",
    size: connections,
    auth: providerToken({ key, keyId: "ABC123DEFG", teamId: "DEF123GHIJ" }),
  });
  const started = performance.now();
  const cpu = process.cpuUsage();
  let sent = 0;
  let report = (): number => sent;
  let early = 0;
  let peak = 0;
  const sampler = setInterval(() => {
    const megabytes = process.memoryUsage.rss() / 1e6;
    if (early === 0 || report() < count / 10) early = megabytes;
    peak = Math.max(peak, megabytes);
  }, 250);
  if (way === "sendMany") {
    for await (const { result } of client.sendMany(pairs(count))) if (result === "accepted") sent++;
  } else {
    const recipients = (): Generator<string> => tokens(count);
    await using campaign = await Campaign.open({
      client,
      name: NAME,
      recipients,
      notification: hello,
      journal,
    });
    report = () => campaign.counts().accepted;
    sent = (await campaign.run()).accepted;
  }
  clearInterval(sampler);
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - started) / 1000;
  const message: Sent = {
    type: "sent",
    accepted: sent,
    seconds,
    cpuSeconds: (user + system) / 1e6,
    early,
    peak,
  };
  process.send?.(message);
});
process.once("disconnect", () => process.exit());
