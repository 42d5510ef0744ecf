import type { Way } from "./campaign/messages.ts";
import type { CampaignReport, CampaignRun } from "./campaign.ts";
import { lineChart } from "./chart/lines.ts";
import { describeMachine, type Machine } from "./machine.ts";
import type { Publication } from "./publish.ts";
import { spread } from "./statistics.ts";
import { markdownTable, number, type Row } from "./table.ts";

const TITLES: Record<Way, string> = {
  one: "sendMany, one notification",
  sendMany: "sendMany, ids of the campaign",
  campaign: "campaign with the file journal",
  bullmq: "campaign on BullMQ and Redis",
};

export const CAMPAIGN_HEADER: Row = ["way", "per CPU-second", "min – max", "per second", "peak memory"];
export const OVERHEAD_HEADER: Row = ["costs", "over", "processor time", "min – max", "time"];

export function campaignRows({ options, rounds }: CampaignReport): Row[] {
  return options.ways.toReversed().map((way) => {
    const runs = rounds.map((row) => row.find((run) => run.way === way)!);
    const perCpu = spread(runs.map(({ accepted, cpuSeconds }) => accepted / cpuSeconds));
    return [
      TITLES[way],
      number(perCpu.median),
      `${number(perCpu.min)} – ${number(perCpu.max)}`,
      number(spread(runs.map(({ accepted, seconds }) => accepted / seconds)).median),
      `${number(Math.max(...runs.map(({ peak }) => peak)))} MB`,
    ];
  });
}

export function overheadRows({ overheads }: CampaignReport): Row[] {
  return overheads.map(({ way, over, cpu, time }) => [
    TITLES[way],
    TITLES[over],
    percent(cpu.median),
    `${percent(cpu.min)} – ${percent(cpu.max)}`,
    percent(time.median),
  ]);
}

/** What a long campaign took. */
export function longLine(run: CampaignRun): string {
  const { accepted, seconds, cpuSeconds, early, peak, journal } = run;
  const rates = [seconds, cpuSeconds].map((time) => number(accepted / time));
  return `A campaign of ${number(accepted)} recipients with the journal: ${rates[0]} per second, ${rates[1]} per CPU-second; resident set ${number(early)} MB in the first tenth, ${number(peak)} MB at most; the journal takes ${number(journal)} MB.`;
}

export function campaignPublication(report: CampaignReport, machine: Machine): Publication {
  const { long, options } = report;
  const charts: Record<string, string> =
    long === undefined
      ? {}
      : {
          "campaign-memory.svg": lineChart(
            `Memory during a campaign of ${number(long.accepted)} recipients`,
            { label: "million accepted" },
            { label: "MB" },
            [
              {
                label: "resident set",
                points: long.marks.map(({ accepted, memory }) => [accepted / 1e6, memory] as const),
              },
            ],
          ),
        };
  const text = [
    markdownTable(CAMPAIGN_HEADER, campaignRows(report)),
    ...(report.overheads.length > 0 ? [markdownTable(OVERHEAD_HEADER, overheadRows(report))] : []),
    ...(long === undefined
      ? []
      : [longLine(long), "![Memory during a long campaign](benchmarks/campaign-memory.svg)"]),
    `${number(options.count)} recipients, ${number(options.rounds)} rounds, ${number(options.connections)} connection; the server and Redis share the machine's cores with the sender. ${describeMachine(machine)}. [All numbers](benchmarks/campaign.json).`,
  ].join("\n\n");
  return { name: "campaign", report, machine, text, charts };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
