import { generateKeyPairSync } from "node:crypto";
import { parseArgs } from "node:util";
import { apnsIdFor, campaignCollapseId } from "@apnskit/campaign";
import { Nginx } from "@apnskit/testkit/peers";
import { RedisServer } from "@apnskit/testkit/stores";
import { ApnsClient, alert, providerToken } from "apnskit";
import { Campaigns, CampaignWorker, RedisStore } from "../src/index.ts";

const help = `Processor time of a campaign on BullMQ and Redis, over that of sendMany with the same pushes, in turns in one process. Each
round begins with the other way. nginx answers; Redis and nginx are processes of their own.

  --count N   recipients of each run, default 200000
  --rounds N  of both, default 6, after one that warms up; the median counts
  --range N   recipients of one job, default 5000
  --ranges N  jobs at a time, default 4`;

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    count: { type: "string", default: "200000" },
    rounds: { type: "string", default: "6" },
    range: { type: "string", default: "5000" },
    ranges: { type: "string", default: "4" },
    help: { type: "boolean", short: "h", default: false },
  },
});

const missing = [Nginx, RedisServer].map((one) => one.available()).find((one) => !one.installed);
if (values.help) console.log(help);
else if (missing !== undefined && !missing.installed) {
  console.error(`bench: ${missing.reason}`);
  process.exitCode = 77;
} else await bench(...[values.count, values.rounds, values.range, values.ranges].map(Number));

async function bench(count = 0, rounds = 0, rangeSize = 0, concurrency = 0): Promise<void> {
  await using redis = await RedisServer.start();
  await using sink = await Nginx.start({ readBodies: true });
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await using apns = await ApnsClient.open({
    origin: sink.origin,
    tls: { ca: sink.ca },
    auth: providerToken({ key: privateKey, keyId: "ABC123DEFG", teamId: "DEF123GHIJ" }),
    topic: "com.example.app",
    // On a busy machine, too, each push has its answer.
    timeout: 120_000,
  });
  const connection = { host: redis.target.host, port: redis.target.port };
  await using store = new RedisStore({ connection, prefix: redis.namespace });
  await using campaigns = new Campaigns({ store });
  const notification = alert({ title: "Summer sale", body: "20 % off" });
  const devices = Array.from({ length: count }, (_, index) => index.toString(16).padStart(64, "0"));
  await using worker = new CampaignWorker({
    store,
    client: apns,
    concurrency,
    content: () => ({ recipients: (from: number, to: number) => devices.slice(from, to), notification }),
  });

  async function bare(round: number): Promise<void> {
    const name = `bare-${round}`;
    function* pairs() {
      for (const [index, device] of devices.entries()) {
        const ids = { id: apnsIdFor(name, index), collapseId: campaignCollapseId(name, index) };
        yield [device, notification.with(ids)] as const;
      }
    }
    for await (const outcome of apns.sendMany(pairs())) if (outcome.result !== "accepted") throw outcome;
  }

  async function onBullMq(round: number): Promise<void> {
    const name = `campaign-${round}`;
    const reported = new Promise<{ accepted: number }>((resolve) => {
      worker.bullmq.on("completed", (job, result) => {
        if (job.id === `${name}/report`) resolve(result);
      });
    });
    await campaigns.start({ name, count, rangeSize });
    const { accepted } = await reported;
    if (accepted !== count) throw new Error(`${accepted} of ${count} were accepted`);
  }

  const times: Record<"bare" | "BullMQ", { cpu: number; wall: number }[]> = { bare: [], BullMQ: [] };
  for (let round = 0; round <= rounds; round++) {
    const ways = [["bare", bare] as const, ["BullMQ", onBullMq] as const];
    for (const [name, run] of round % 2 === 0 ? ways : ways.toReversed()) {
      const [cpu, wall] = [process.cpuUsage(), performance.now()];
      await run(round);
      const { user, system } = process.cpuUsage(cpu);
      // The first round warms up.
      if (round > 0) times[name].push({ cpu: (user + system) / 1e6, wall: (performance.now() - wall) / 1e3 });
    }
  }
  const rows = Object.entries(times).map(([name, all]) => {
    const [cpu, wall] = [median(all.map((one) => one.cpu)), median(all.map((one) => one.wall))];
    return { name, cpu, wall };
  });
  for (const { name, cpu, wall } of rows) {
    const each = ((cpu / count) * 1e6).toFixed(2);
    console.log(
      `${name.padEnd(8)}${each} µs of processor time each, ${Math.round(count / cpu)}/CPU-s, ${Math.round(count / wall)}/s`,
    );
  }
  const ratios = times.bare.map(({ cpu }, at) => times.BullMQ[at]!.cpu / cpu);
  const percent = (ratio: number): string => ((ratio - 1) * 100).toFixed(1);
  const spread = `${percent(Math.min(...ratios))} … ${percent(Math.max(...ratios))}`;
  console.log(
    `overhead of processor time: ${percent(median(ratios))} % (median of ${rounds} pairs, ${spread})`,
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
