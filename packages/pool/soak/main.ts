import { parseArgs } from "node:util";
import { type SoakReport, soak } from "./soak.ts";

const help = `Sends requests through a pool to a mock server that drops sockets, says GOAWAY, refuses streams, moves stream limits,
stalls and answers errors, all at random, and compares what the callers were told with the server's ledger.

  --count N         requests, default 1000000
  --seed N          repeats the same chaos, default: a random one
  --connections N   default 4`;

const { values } = parseArgs({
  // pnpm hands a "--" on.
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    count: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1e6)) },
    connections: { type: "string", default: "4" },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) {
  console.log(help);
} else {
  const count = positive("count", values.count);
  const seed = positive("seed", values.seed);
  console.log(`soak: ${count} requests, seed ${seed}`);
  let next = performance.now() + 5_000;
  const report = await soak({
    count,
    seed,
    connections: positive("connections", values.connections),
    onProgress(settled) {
      if (performance.now() < next) return;
      next = performance.now() + 5_000;
      console.log(`  ${settled} settled`);
    },
  });
  print(report);
  process.exitCode = report.differenceCount === 0 ? 0 : 1;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    console.error(`--${name} must be a whole number from 1, got ${JSON.stringify(text)}`);
    process.exit(2);
  }
  return value;
}

function print(report: SoakReport): void {
  const row = (name: string, value: unknown): void => console.log(`  ${name.padEnd(22)}${String(value)}`);
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  console.log("what the callers were told");
  for (const [name, value] of Object.entries(report.outcomes)) row(name, value);
  console.log("what the server saw (warm-up included)");
  for (const [name, value] of Object.entries(report.ledger)) row(name, value);
  console.log("the run");
  row("seconds", report.seconds.toFixed(1));
  row("retries", report.retries);
  row("connections opened", report.connections);
  row("heap before, after", `${megabytes(report.heapBefore)}, ${megabytes(report.heapAfter)}`);
  for (const difference of report.differences) console.log(`DIFFERENCE ${difference}`);
  const verdict = report.differenceCount === 0 ? "PASSED" : `FAILED: ${report.differenceCount} differences`;
  console.log(`soak ${verdict} (seed ${report.seed})`);
}
