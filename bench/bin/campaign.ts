import { Command, Option } from "commander";
import { type CampaignRow, measureCampaign, overhead } from "../src/campaign.ts";
import { describeMachine, thisMachine } from "../src/machine.ts";
import { positiveInteger } from "../src/options.ts";
import type { ServerName } from "../src/server.ts";

interface Options {
  count: number;
  rounds: number;
  connections: number;
  server: ServerName;
  folder?: string;
}

const options = new Command("bench:campaign")
  .description("Cost of the journal: campaigns and bare sendMany calls of the same pushes take turns.")
  .option("--count <n>", "recipients", positiveInteger, 1_000_000)
  .option("--rounds <n>", "rounds; each measures both", positiveInteger, 5)
  .option("--connections <n>", "connections of the client", positiveInteger, 1)
  .addOption(new Option("--server <name>", "server that answers").choices(["sink", "nginx"]).default("sink"))
  .option("--folder <path>", "folder of the journal (default: the folder for temporary files)")
  .parse()
  .opts<Options>();

console.log(describeMachine(thisMachine()));
const rows = await measureCampaign(options, (row) => console.log(line(row)));
for (const field of ["seconds", "cpuSeconds"] as const) {
  const name = field === "seconds" ? "time" : "processor time";
  console.log(`overhead of the journal, ${name}: ${(overhead(rows, field) * 100).toFixed(1)} %`);
}

function line({ way, round, accepted, seconds, cpuSeconds, early, peak, journal }: CampaignRow): string {
  const rate = Math.round(accepted / seconds).toLocaleString("en-US");
  const perCpu = Math.round(accepted / cpuSeconds).toLocaleString("en-US");
  const memory = `${early.toFixed(0)} MB early, ${peak.toFixed(0)} MB at most`;
  const size = journal === 0 ? "" : `, journal ${journal.toFixed(1)} MB`;
  return `${round}  ${way.padEnd(9)} ${rate}/s, ${perCpu} per CPU-second, ${memory}${size}`;
}
