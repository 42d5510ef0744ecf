import { Command, Option } from "commander";
import { LATENCY_CONTENDERS, measureLatency } from "../src/latency.ts";
import { latencyPublication, latencyTables } from "../src/latency-page.ts";
import { describeMachine, thisMachine } from "../src/machine.ts";
import { type Cores, coresOption, integers, names, positiveInteger } from "../src/options.ts";
import { terminalProgress } from "../src/progress.ts";
import { deliver } from "../src/publish.ts";
import { preferredServer, SERVER_NAMES, type ServerName } from "../src/server.ts";
import { textTable } from "../src/table.ts";

interface Options {
  roundTrips: number;
  server?: ServerName;
  delays: number[];
  rate: number;
  seconds: number;
  connections: number[];
  streams: number;
  payload: string;
  rounds: number;
  cores: Cores | undefined;
  only?: string[];
  tokens: number;
  json?: string;
  publish?: true;
  quick?: true;
}

const options = new Command("bench:latency")
  .description("Round trip, percentiles at a fixed rate, and share of streams × connections ÷ delay.")
  .option("--round-trips <n>", "notifications sent one after the other", positiveInteger, 5_000)
  .addOption(
    new Option("--server <name>", "server for the round trips; default as for bench:throughput").choices([
      ...SERVER_NAMES,
    ]),
  )
  .option("--delays <ms,…>", "server delays, ms", integers, [0, 20, 50, 200])
  .option("--rate <n>", "notifications per second of the open loop", positiveInteger, 4_000)
  .option("--seconds <s>", "length of each run", positiveInteger, 3)
  .option("--connections <n,…>", "connections for the ceiling", integers, [1, 4])
  .option("--streams <n>", "streams per connection", positiveInteger, 1_000)
  .addOption(
    new Option("--payload <bytes>", "bytes of each payload").choices(["200", "1024", "4096"]).default("200"),
  )
  .option("--rounds <n>", "rounds; results are medians over them", positiveInteger, 3)
  .addOption(coresOption())
  .option("--only <names>", `clients, by default ${LATENCY_CONTENDERS.join(",")}`, names)
  .option("--tokens <n>", "distinct device tokens", positiveInteger, 10_000)
  .option("--json <file>", "file that receives the numbers too")
  .option("--publish", "update docs/benchmarks.md and its charts")
  .option("--quick", "one short round, to check that the bench runs")
  .parse()
  .opts<Options>();

const machine = thisMachine();
console.log(describeMachine(machine));
const quick = options.quick ? { roundTrips: 300, rate: 1_000, seconds: 0.5, rounds: 1, delays: [0, 20] } : {};
const report = await measureLatency(
  {
    roundTrips: options.roundTrips,
    server: options.server ?? preferredServer(Number(options.payload)),
    delays: options.delays,
    rate: options.rate,
    seconds: options.seconds,
    connections: options.connections,
    streams: options.streams,
    payloadBytes: Number(options.payload),
    rounds: options.rounds,
    cores: options.cores,
    only: options.only,
    tokens: options.tokens,
    ...quick,
  },
  terminalProgress(),
);
for (const { title, header, rows } of latencyTables(report)) {
  console.log(`\n${title}\n\n${textTable(header, rows)}`);
}
await deliver(latencyPublication(report, machine), options);
