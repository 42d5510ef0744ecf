import { resolve } from "node:path";
import { Command, Option } from "commander";
import { describeMachine, thisMachine } from "../src/machine.ts";
import { type Cores, coresOption, names, positiveInteger } from "../src/options.ts";
import { terminalProgress } from "../src/progress.ts";
import { deliver } from "../src/publish.ts";
import { ROSTER } from "../src/roster.ts";
import {
  installedServers,
  missingServer,
  preferredServer,
  SERVER_NAMES,
  type ServerName,
} from "../src/server.ts";
import { textTable } from "../src/table.ts";
import { measureThroughput } from "../src/throughput.ts";
import { throughputPublication } from "../src/throughput-page.ts";
import { THROUGHPUT_HEADER, throughputRemarks, throughputRows } from "../src/throughput-table.ts";
import { WORKLOADS, type WorkloadName } from "../src/workload.ts";

interface Options {
  count: number;
  payload: string;
  connections: number;
  streams: number;
  rounds: number;
  cores: Cores | undefined;
  server?: ServerName | "all";
  only?: string[];
  tokens: number;
  workload: WorkloadName | "both";
  json?: string;
  profile?: string;
  publish?: true;
  quick?: true;
}

const QUICK = { count: 5_000, rounds: 1 };

const options = new Command("bench:throughput")
  .description("Notifications per second and per CPU-second. All clients send to one server, in turn.")
  .option(
    "--count <n>",
    "notifications per run of a fast client; slow clients send a part of them",
    positiveInteger,
    200_000,
  )
  .addOption(
    new Option("--payload <bytes>", "bytes of each payload").choices(["200", "1024", "4096"]).default("200"),
  )
  .option("--connections <n>", "connections of each client", positiveInteger, 1)
  .option("--streams <n>", "notifications in flight on each connection", positiveInteger, 1_000)
  .option("--rounds <n>", "rounds; results are medians over them", positiveInteger, 5)
  .addOption(coresOption())
  .addOption(
    new Option("--server <name>", "default: nginx if installed; nghttpd for payloads over 200 bytes").choices(
      [...SERVER_NAMES, "all"],
    ),
  )
  .option("--only <names>", `clients to measure: ${ROSTER.map(({ name }) => name).join(",")}`, names)
  .addOption(
    new Option(
      "--workload <name>",
      "one notification to many devices, or a separate payload and header object for each device",
    )
      .choices([...WORKLOADS, "both"])
      .default("both"),
  )
  .option("--tokens <n>", "distinct device tokens", positiveInteger, 10_000)
  .option("--json <file>", "file that receives the numbers too")
  .option("--profile <dir>", "take a V8 processor profile of every client (slower)")
  .option("--publish", "update docs/benchmarks.md and its charts")
  .option("--quick", `${QUICK.count} notifications and ${QUICK.rounds} round, to check that the bench runs`)
  .parse()
  .opts<Options>();

const wanted =
  options.server === "all"
    ? installedServers()
    : [options.server ?? preferredServer(Number(options.payload))];
const machine = thisMachine();
console.log(describeMachine(machine));
for (const server of wanted) {
  const missing = missingServer(server);
  if (missing !== undefined) {
    console.error(`--server ${server}: ${missing}`);
    process.exitCode = 1;
    continue;
  }
  const report = await measureThroughput(
    {
      count: options.quick ? QUICK.count : options.count,
      rounds: options.quick ? QUICK.rounds : options.rounds,
      payloadBytes: Number(options.payload),
      connections: options.connections,
      streams: options.streams,
      cores: options.cores,
      workloads: options.workload === "both" ? ["each", "one"] : [options.workload],
      server,
      only: options.only,
      tokens: options.tokens,
      profile: options.profile === undefined ? undefined : resolve(options.profile),
    },
    terminalProgress(),
  );
  console.log(`\n${textTable(THROUGHPUT_HEADER, throughputRows(report))}\n`);
  for (const remark of throughputRemarks(report)) console.log(remark);
  await deliver(throughputPublication(report, machine), options);
  if (report.rows.some(({ failures }) => Object.keys(failures).length > 0)) process.exitCode = 1;
}
