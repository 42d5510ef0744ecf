import { Command } from "commander";
import { describeMachine, thisMachine } from "../src/machine.ts";
import { type Cores, coresOption, integers, positiveInteger } from "../src/options.ts";
import { terminalProgress } from "../src/progress.ts";
import { deliver } from "../src/publish.ts";
import { measureScale } from "../src/scale.ts";
import { SCALE_HEADER, scaleMemoryTable, scalePublication, scaleRows } from "../src/scale-page.ts";
import { textTable } from "../src/table.ts";

interface Options {
  notifications: number[];
  apps: number[];
  connections: number[];
  payloads: number[];
  processes: number[];
  count: number;
  streams: number;
  rounds: number;
  cores: Cores | undefined;
  tokens: number;
  json?: string;
  publish?: true;
  quick?: true;
}

const options = new Command("bench:scale")
  .description(
    "Processor time of a notification as the work grows: notifications, apps, connections, payloads, processes.",
  )
  .option(
    "--notifications <list>",
    "notifications per run",
    integers,
    [10_000, 100_000, 1_000_000, 10_000_000],
  )
  .option("--apps <list>", "apps in one process, each with its key", integers, [1, 10, 100, 1_000])
  .option("--connections <list>", "connections of a pool", integers, [1, 4, 16, 64])
  .option("--payloads <list>", "bytes of each payload, from 100", integers, [100, 200, 1_024, 4_096])
  .option("--processes <list>", "client processes that send at the same time", integers, [1, 2])
  .option("--count <n>", "notifications per run where another size grows", positiveInteger, 200_000)
  .option("--streams <n>", "notifications in flight on each connection", positiveInteger, 250)
  .option("--rounds <n>", "rounds; results are medians over them", positiveInteger, 3)
  .addOption(coresOption())
  .option("--tokens <n>", "distinct device tokens", positiveInteger, 10_000)
  .option("--json <file>", "file that receives the numbers too")
  .option("--publish", "update docs/benchmarks.md and its charts")
  .option("--quick", "small sizes and 1 round, to check that the bench runs")
  .parse()
  .opts<Options>();

const machine = thisMachine();
console.log(describeMachine(machine));
const { json: _, publish: __, quick, ...asked } = options;
const small = { notifications: [1_000, 5_000], apps: [1, 5], connections: [1, 4], payloads: [100, 4_096] };
const report = await measureScale(
  quick ? { ...asked, ...small, count: 2_000, rounds: 1 } : asked,
  terminalProgress(),
);
console.log(`\n${textTable(SCALE_HEADER, scaleRows(report))}\n\n${textTable(...scaleMemoryTable(report))}`);
await deliver(scalePublication(report, machine), options);
