import { Command, Option } from "commander";
import { describeMachine, thisMachine } from "../src/machine.ts";
import { measureMemory } from "../src/memory.ts";
import { MEMORY_HEADER, memoryPublication, memoryRows } from "../src/memory-page.ts";
import { type Cores, coresOption, positiveInteger } from "../src/options.ts";
import { terminalProgress } from "../src/progress.ts";
import { deliver } from "../src/publish.ts";
import { preferredServer, SERVER_NAMES, type ServerName } from "../src/server.ts";
import { textTable } from "../src/table.ts";

interface Options {
  queued: number;
  streamed: number;
  server?: ServerName;
  connections: number;
  streams: number;
  payload: string;
  cores: Cores | undefined;
  tokens: number;
  json?: string;
  publish?: true;
  quick?: true;
}

const options = new Command("bench:memory")
  .description("Bytes per queued request, and memory while millions of requests stream through the pool.")
  .option("--queued <n>", "requests queued at once", positiveInteger, 1_000_000)
  .option("--streamed <n>", "requests streamed", positiveInteger, 5_000_000)
  .addOption(
    new Option("--server <name>", "server for the stream; default as for bench:throughput").choices([
      ...SERVER_NAMES,
    ]),
  )
  .option("--connections <n>", "connections of the pool", positiveInteger, 1)
  .option("--streams <n>", "streams per connection", positiveInteger, 1_000)
  .addOption(
    new Option("--payload <bytes>", "bytes of each payload").choices(["200", "1024", "4096"]).default("200"),
  )
  .addOption(coresOption())
  .option("--tokens <n>", "distinct device tokens", positiveInteger, 10_000)
  .option("--json <file>", "file that receives the numbers too")
  .option("--publish", "update docs/benchmarks.md and its charts")
  .option("--quick", "few requests, to check that the bench runs")
  .parse()
  .opts<Options>();

const machine = thisMachine();
console.log(describeMachine(machine));
const report = await measureMemory(
  {
    queued: options.quick ? 20_000 : options.queued,
    streamed: options.quick ? 20_000 : options.streamed,
    server: options.server ?? preferredServer(Number(options.payload)),
    connections: options.connections,
    streams: options.streams,
    payloadBytes: Number(options.payload),
    cores: options.cores,
    tokens: options.tokens,
    sampleInterval: options.quick ? 10 : 250,
  },
  terminalProgress(),
);
console.log(`\n${textTable(MEMORY_HEADER, memoryRows(report))}`);
await deliver(memoryPublication(report, machine), options);
