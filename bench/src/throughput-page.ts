import { barChart } from "./chart/bars.ts";
import { describeMachine, type Machine } from "./machine.ts";
import type { Publication } from "./publish.ts";
import { markdownTable } from "./table.ts";
import type { ThroughputReport } from "./throughput.ts";
import { THROUGHPUT_HEADER, throughputRemarks, throughputRows } from "./throughput-table.ts";
import type { WorkloadName } from "./workload.ts";

const TITLES: Record<WorkloadName, string> = {
  one: "one notification to many devices",
  each: "a payload and headers for each device",
};

export function throughputPublication(report: ThroughputReport, machine: Machine): Publication {
  const { server, options, rows } = report;
  const name = `throughput-${server.name}-${options.payloadBytes}`;
  const setting = `${options.connections} × ${options.streams} in flight, ${options.payloadBytes} B payloads, ${server.name}`;
  const charts: Record<string, string> = {};
  for (const workload of options.workloads) {
    const shown = rows.filter((row) => row.workload === workload);
    const bars = (value: "perSecond" | "perCpuSecond") =>
      shown.map((row) => ({ label: row.label, value: row[value], ours: row.ours }));
    const suffix = workload === "one" ? "" : `-${workload}`;
    const what = `${TITLES[workload]}; ${setting}`;
    charts[`${name}${suffix}.svg`] = barChart(`Notifications per second (${what})`, bars("perSecond"));
    charts[`${name}${suffix}-cpu.svg`] = barChart(
      `Notifications per CPU-second (${what})`,
      bars("perCpuSecond"),
    );
  }
  const remarks = throughputRemarks(report).map((remark) => `- ${remark}`);
  const text = [
    ...Object.keys(charts).map(
      (file) => `![${charts[file]!.match(/aria-label="([^"]*)"/)?.[1] ?? file}](benchmarks/${file})`,
    ),
    markdownTable(THROUGHPUT_HEADER, throughputRows(report)),
    ...(remarks.length > 0 ? [remarks.join("\n")] : []),
    `${server.name} ${server.version}; ${options.rounds} rounds of ${options.count.toLocaleString("en-GB")} notifications. ${describeMachine(machine)}. [All numbers](benchmarks/${name}.json).`,
  ].join("\n\n");
  return { name, report, machine, text, charts };
}
