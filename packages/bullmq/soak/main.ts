import { parseArgs } from "node:util";
import type { InDoubtPolicy } from "@apnskit/campaign";
import { PostgresServer, RedisServer } from "@apnskit/testkit/stores";
import { soak } from "./soak.ts";

const help = `Sends a campaign by several worker processes on BullMQ. At random moments, one of them is killed (SIGKILL),
suspended for longer than its locks last (SIGSTOP), or cut off from the store. At the end, the command compares the
report with the mock server's ledger.

  --count N         recipients, default 100000
  --kills N         harms during the campaign, default 20
  --seed N          repeats the same harms, default: a random seed
  --workers N       default 3
  --redis [URL]     the store; without URL, a Redis is started
  --postgres [URL]  or PostgreSQL
  --in-doubt P      resend, report or skip; default: resend for even seeds, report for odd ones
  --lock MS         milliseconds of a lock, default 1500
  --range N         recipients of one job, default 5000`;

// pnpm passes its "--" on to this command. The URL is optional, which parseArgs does not support.
const args = process.argv.slice(2).filter((argument) => argument !== "--");
const url = { redis: urlAfter("--redis"), postgres: urlAfter("--postgres") };

const { values } = parseArgs({
  args,
  options: {
    count: { type: "string", default: "100000" },
    kills: { type: "string", default: "20" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1e6)) },
    workers: { type: "string", default: "3" },
    redis: { type: "boolean", default: false },
    postgres: { type: "boolean", default: false },
    "in-doubt": { type: "string" },
    lock: { type: "string", default: "1500" },
    range: { type: "string", default: "5000" },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) console.log(help);
else if (!values.redis && !values.postgres) fail("--redis or --postgres is missing");
else await run();

async function run(): Promise<void> {
  if (url.redis) process.env.REDIS_URL = url.redis;
  if (url.postgres) process.env.POSTGRES_URL = url.postgres;
  const kind = values.postgres ? "postgres" : "redis";
  const available = (kind === "redis" ? RedisServer : PostgresServer).available();
  if (!available.installed) {
    console.error(`soak: ${available.reason}`);
    process.exit(77);
  }
  const count = whole("count", values.count);
  const seed = whole("seed", values.seed);
  const policy = policyOf(values["in-doubt"] ?? (seed % 2 === 0 ? "resend" : "report"));
  console.log(`soak: ${count} recipients on ${kind}, seed ${seed}, in doubt: ${policy}`);
  let next = performance.now() + 5_000;
  const result = await soak({
    kind,
    count,
    seed,
    policy,
    kills: whole("kills", values.kills),
    workers: whole("workers", values.workers),
    lockDuration: whole("lock", values.lock),
    rangeSize: whole("range", values.range),
    onProgress(acted, harms) {
      if (performance.now() < next) return;
      next = performance.now() + 5_000;
      console.log(`  ${acted} acted on, ${harms} harms`);
    },
  });
  const { report, harms, differences } = result;
  const {
    deadTokens,
    inDoubtRecipients,
    resentRecipients,
    unknownRecipients: _,
    unsentRecipients: __,
    ...figures
  } = report;
  console.log("the report", figures);
  console.log(
    `in doubt and left: ${sum(inDoubtRecipients)}, in doubt and sent again: ${sum(resentRecipients)}`,
  );
  console.log(`dead tokens: ${deadTokens.length}`);
  console.log("harms", harms);
  console.log(
    `${result.seconds.toFixed(1)} s; lost: ${result.lost}; acted on more than once: ${result.doubled}`,
  );
  for (const difference of differences) console.log(`  ${difference}`);
  console.log(result.differenceCount === 0 ? "no difference" : `${result.differenceCount} differences`);
  process.exitCode = result.differenceCount === 0 ? 0 : 1;
}

function urlAfter(flag: string): string | undefined {
  const at = args.indexOf(flag);
  const value = args[at + 1];
  if (at === -1 || value === undefined || value.startsWith("--")) return undefined;
  args.splice(at + 1, 1);
  return value;
}

function sum(ranges: readonly { from: number; to: number }[]): number {
  return ranges.reduce((total, { from, to }) => total + to - from, 0);
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  return fail(`--${name} must be a whole number; received ${JSON.stringify(text)}`);
}

function policyOf(text: string): InDoubtPolicy {
  if (text === "resend" || text === "report" || text === "skip") return text;
  return fail(`--in-doubt must be resend, report or skip; received ${JSON.stringify(text)}`);
}

function fail(reason: string): never {
  console.error(`soak:campaign: ${reason}`);
  process.exit(2);
}
