import { Command, Option } from "commander";
import type { Way } from "../src/campaign/messages.ts";
import { measureCampaign, WAYS } from "../src/campaign.ts";
import {
  CAMPAIGN_HEADER,
  campaignPublication,
  campaignRows,
  longLine,
  OVERHEAD_HEADER,
  overheadRows,
} from "../src/campaign-page.ts";
import { describeMachine, thisMachine } from "../src/machine.ts";
import { positiveInteger, wholeNumber } from "../src/options.ts";
import { terminalProgress } from "../src/progress.ts";
import { deliver } from "../src/publish.ts";
import type { ServerName } from "../src/server.ts";
import { textTable } from "../src/table.ts";

interface Options {
  count: number;
  long: number;
  rounds: number;
  connections: number;
  server: ServerName;
  ways: Way[];
  folder?: string;
  json?: string;
  publish?: true;
  quick?: true;
}

const options = new Command("bench:campaign")
  .description(
    "Cost of the journal and of BullMQ: campaigns and bare sendMany calls of the same pushes take turns. " +
      "A long campaign at the end shows the memory.",
  )
  .option("--count <n>", "recipients of a run", positiveInteger, 400_000)
  .option("--long <n>", "recipients of the long campaign; 0 for none", wholeNumber, 10_000_000)
  .option(
    "--rounds <n>",
    "rounds; each measures all ways. A machine's speed drifts, so many short ones",
    positiveInteger,
    11,
  )
  .option("--connections <n>", "connections of the client", positiveInteger, 1)
  .addOption(new Option("--server <name>", "server that answers").choices(["sink", "nginx"]).default("sink"))
  .addOption(
    new Option("--ways <name...>", "ways that are measured").choices([...WAYS]).default([...WAYS], "all"),
  )
  .option("--folder <path>", "folder of the journal (default: the folder for temporary files)")
  .option("--json <file>", "file that receives the numbers too")
  .option("--publish", "update docs/benchmarks.md and its charts")
  .option("--quick", "small sizes and 1 round, to check that the bench runs")
  .parse()
  .opts<Options>();

const machine = thisMachine();
console.log(describeMachine(machine));
const { json: _, publish: __, quick, ...asked } = options;
const report = await measureCampaign(
  quick ? { ...asked, count: 5_000, long: 20_000, rounds: 1 } : asked,
  terminalProgress(),
);
console.log(`\n${textTable(CAMPAIGN_HEADER, campaignRows(report))}`);
if (report.overheads.length > 0) console.log(`\n${textTable(OVERHEAD_HEADER, overheadRows(report))}`);
if (report.long !== undefined) console.log(`\n${longLine(report.long)}`);
await deliver(campaignPublication(report, machine), options);
