import { Command, Option } from "commander";
import type { Mark, Way } from "../src/campaign/messages.ts";
import { type CampaignRow, measureCampaign, overhead, WAYS } from "../src/campaign.ts";
import { describeMachine, thisMachine } from "../src/machine.ts";
import { positiveInteger } from "../src/options.ts";
import type { ServerName } from "../src/server.ts";

interface Options {
  count: number;
  rounds: number;
  connections: number;
  server: ServerName;
  ways: Way[];
  folder?: string;
}

const TITLES: Record<Way, string> = {
  one: "sendMany of one notification, without ids",
  sendMany: "sendMany with the same ids",
  campaign: "the journal",
  bullmq: "BullMQ on Redis",
};

const options = new Command("bench:campaign")
  .description(
    "Cost of the journal and of BullMQ: campaigns and bare sendMany calls of the same pushes take turns. " +
      "For 10,000,000 recipients: --count 10000000 --rounds 1 --ways campaign",
  )
  .option("--count <n>", "recipients", positiveInteger, 1_000_000)
  .option("--rounds <n>", "rounds; each measures all ways", positiveInteger, 5)
  .option("--connections <n>", "connections of the client", positiveInteger, 1)
  .addOption(new Option("--server <name>", "server that answers").choices(["sink", "nginx"]).default("sink"))
  .addOption(
    new Option("--ways <name...>", "ways that are measured").choices([...WAYS]).default([...WAYS], "all"),
  )
  .option("--folder <path>", "folder of the journal (default: the folder for temporary files)")
  .parse()
  .opts<Options>();

console.log(describeMachine(thisMachine()));
const rows = await measureCampaign(
  options,
  (row) => console.log(line(row)),
  (mark) => console.log(markLine(mark)),
);
for (const way of ["campaign", "bullmq"] as const) {
  for (const baseline of ["sendMany", "one"] as const) {
    if (!options.ways.includes(way) || !options.ways.includes(baseline)) continue;
    const [time, cpu] = (["seconds", "cpuSeconds"] as const).map((field) =>
      (overhead(rows, baseline, way, field) * 100).toFixed(1),
    );
    console.log(`${TITLES[way]} over ${TITLES[baseline]}: ${cpu} % of processor time, ${time} % of time`);
  }
}

function markLine({ accepted, seconds, memory }: Mark): string {
  return `   ${accepted.toLocaleString("en-US")} accepted after ${seconds.toFixed(0)} s, ${memory.toFixed(0)} MB`;
}

function line({ way, round, accepted, seconds, cpuSeconds, early, peak, journal }: CampaignRow): string {
  const rate = Math.round(accepted / seconds).toLocaleString("en-US");
  const perCpu = Math.round(accepted / cpuSeconds).toLocaleString("en-US");
  const memory = `${early.toFixed(0)} MB early, ${peak.toFixed(0)} MB at most`;
  const size = journal === 0 ? "" : `, journal ${journal.toFixed(1)} MB`;
  return `${round}  ${way.padEnd(9)} ${rate}/s, ${perCpu} per CPU-second, ${memory}${size}`;
}
