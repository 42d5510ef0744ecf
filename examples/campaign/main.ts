import { parseArgs } from "node:util";

const help = `Sends a campaign to the mock server, kills a process in the middle, and compares with the server's ledger.

  --count N       recipients, default 200000
  --redis URL     two workers on BullMQ, one is killed; the store is Redis
  --postgres URL  the same on PostgreSQL`;

const { values } = parseArgs({
  // pnpm passes its "--" on to this command.
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    count: { type: "string", default: "200000" },
    redis: { type: "string" },
    postgres: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  },
});
const count = Number(values.count);
const { redis, postgres } = values;
const url = redis ?? postgres;
const print = (line: string): void => console.log(line);

if (values.help) {
  print(help);
} else if (!Number.isSafeInteger(count) || count < 100) {
  refuse(`--count must be a whole number from 100; received ${JSON.stringify(values.count)}`);
} else if (redis !== undefined && postgres !== undefined) {
  refuse("give --redis or --postgres, not both");
} else if (url !== undefined && !URL.canParse(url)) {
  refuse("the store must be a URL, such as redis://localhost:6379 or postgres://user@localhost/jobs");
} else {
  const { acted, wereInDoubt } = await run();
  process.exitCode = acted[0] === 0 && acted[2] === wereInDoubt ? 0 : 1;
}

async function run() {
  // Loads the BullMQ part only if it is used.
  if (url === undefined) return (await import("./demo.ts")).runDemo(count, print);
  const kind = redis === undefined ? "postgres" : "redis";
  return (await import("./shared-demo.ts")).runSharedDemo(count, { kind, url }, print);
}

function refuse(reason: string): void {
  console.error(`demo:campaign: ${reason}`);
  process.exitCode = 2;
}
