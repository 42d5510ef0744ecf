/** The process that sends one campaign in one of the compared ways. */
import { generateKeyPairSync } from "node:crypto";
import { apnsIdFor, Campaign, campaignCollapseId } from "@apnskit/campaign";
import { ApnsClient, alert, type Pair, providerToken } from "apnskit";
import type { Errand, Mark, Sent } from "./messages.ts";
import { sendOnBullMq } from "./on-bullmq.ts";

const hello = alert({ title: "Spring sale", body: "Everything at half price until Sunday" });
const NAME = "bench";
/** Pushes before the clock starts, so that each way is compiled. */
const WARM_UP = 20_000;

/** Device tokens, each in one piece, as if they were read from a file. `padStart` would leave a text of pieces. */
function* tokens(to: number, from = 0): Generator<string> {
  const text = Buffer.alloc(64, "0");
  for (let index = from; index < to; index++) {
    const digits = index.toString(16);
    text.write(digits, text.length - digits.length, "latin1");
    yield text.toString("latin1");
  }
}

function* pairs(count: number): Generator<Pair> {
  let index = 0;
  for (const token of tokens(count)) {
    const id = apnsIdFor(NAME, index);
    yield [token, hello.with({ id, collapseId: campaignCollapseId(NAME, index) })];
    index++;
  }
}

process.once("message", async (errand: Errand) => {
  const { origin, ca, count, connections, journal, markEvery } = errand;
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
  await send(client, { ...errand, count: WARM_UP, journal: `${journal}.warm-up` }, () => {});
  const started = performance.now();
  const cpu = process.cpuUsage();
  let progress = (): number => 0;
  let [early, peak, next] = [0, 0, markEvery];
  const sampler = setInterval(() => {
    const memory = process.memoryUsage.rss() / 1e6;
    const accepted = progress();
    if (early === 0 || accepted < count / 10) early = memory;
    peak = Math.max(peak, memory);
    if (accepted < next) return;
    next = accepted - (accepted % markEvery) + markEvery;
    const mark: Mark = { type: "mark", accepted, seconds: (performance.now() - started) / 1000, memory };
    process.send?.(mark);
  }, 250);
  const accepted = await send(client, errand, (report) => {
    progress = report;
  });
  clearInterval(sampler);
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - started) / 1000;
  const message: Sent = { type: "sent", accepted, seconds, cpuSeconds: (user + system) / 1e6, early, peak };
  process.send?.(message);
});
process.once("disconnect", () => process.exit());

/**
 * Sends in one of the ways.
 *
 * @param onStart gets a function that tells how many are accepted by now
 * @returns how many were accepted
 */
async function send(
  client: ApnsClient,
  { way, count, journal, redis }: Errand,
  onStart: (accepted: () => number) => void,
): Promise<number> {
  if (way === "bullmq") {
    const recipients = (from: number, to: number): Generator<string> => tokens(to, from);
    return sendOnBullMq({ client, notification: hello, path: journal, count, recipients, redis: redis! });
  }
  if (way === "campaign") {
    const recipients = (): Generator<string> => tokens(count);
    await using campaign = await Campaign.open({
      client,
      name: NAME,
      recipients,
      notification: hello,
      journal,
    });
    onStart(() => campaign.counts().accepted);
    return (await campaign.run()).accepted;
  }
  let accepted = 0;
  onStart(() => accepted);
  const outcomes = way === "one" ? client.sendMany(tokens(count), hello) : client.sendMany(pairs(count));
  for await (const { result } of outcomes) if (result === "accepted") accepted++;
  return accepted;
}
