import { parseArgs } from "node:util";
import type { LayerName } from "./sender.ts";
import { type SoakReport, soak } from "./soak.ts";

const help = `Sends requests to a mock server that fails at random: it drops sockets, sends GOAWAY, refuses streams, changes
stream limits and windows, reads slowly, stalls, answers with errors and calls provider tokens expired. Meanwhile
this process is suspended now and then. At the end, the command compares the outcomes that the callers got with the
server's ledger.

  --count N         requests, default 1000000
  --seed N          repeats the same faults, default: a random seed
  --connections N   default 4
  --layer NAME      layer that sends: pool or client (default)
  --no-suspend      does not suspend this process`;

const { values } = parseArgs({
  // pnpm passes its "--" on to this command.
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    count: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1e6)) },
    connections: { type: "string", default: "4" },
    layer: { type: "string", default: "client" },
    "no-suspend": { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) {
  console.log(help);
} else {
  const count = positive("count", values.count);
  const seed = positive("seed", values.seed);
  const layer = layerName(values.layer);
  console.log(`soak: ${count} requests through the ${layer}, seed ${seed}`);
  let next = performance.now() + 5_000;
  const report = await soak({
    count,
    seed,
    connections: positive("connections", values.connections),
    layer,
    suspends: !values["no-suspend"],
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
    console.error(`--${name} must be a whole number from 1; received ${JSON.stringify(text)}`);
    process.exit(2);
  }
  return value;
}

function layerName(text: string): LayerName {
  if (text === "pool" || text === "client") return text;
  console.error(`--layer must be pool or client; received ${JSON.stringify(text)}`);
  process.exit(2);
}

function print(report: SoakReport): void {
  const row = (name: string, value: unknown): void => console.log(`  ${name.padEnd(22)}${String(value)}`);
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  console.log("outcomes that the callers got");
  console.log("                        requests   acted on never, once, more often");
  for (const [name, value] of Object.entries(report.outcomes)) {
    row(name, `${String(value).padStart(8)}   ${report.acted[name]!.join(", ")}`);
  }
  console.log("requests that the server saw (warm-up included)");
  for (const [name, value] of Object.entries(report.ledger)) row(name, value);
  console.log("the run");
  row("seconds", report.seconds.toFixed(1));
  row("retries", report.retries);
  row("tokens renewed", report.renewals);
  row("suspensions", report.suspensions);
  row("connections opened", report.connections);
  row("heap before, after", `${megabytes(report.heapBefore)}, ${megabytes(report.heapAfter)}`);
  for (const difference of report.differences) console.log(`DIFFERENCE ${difference}`);
  const verdict = report.differenceCount === 0 ? "PASSED" : `FAILED: ${report.differenceCount} differences`;
  console.log(`soak ${verdict} (seed ${report.seed})`);
}
