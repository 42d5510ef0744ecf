import { lineChart } from "./chart/lines.ts";
import { describeMachine, type Machine } from "./machine.ts";
import type { MemoryReport } from "./memory.ts";
import type { Publication } from "./publish.ts";
import { markdownTable, megabytes, number, type Row } from "./table.ts";

export const MEMORY_HEADER: Row = ["measure", "value"];

export function memoryRows({ queued, streamed }: MemoryReport): Row[] {
  return [
    ["requests queued at once", number(queued.count)],
    ["bytes of a request, its path included", number(queued.requestBytes)],
    ["bytes of a queued request, in all", number(queued.queuedBytes)],
    ["resident set with all queued", megabytes(queued.resident)],
    ["promises settled by close", number(queued.settled)],
    ["requests streamed", number(streamed.count)],
    ["of these accepted", number(streamed.accepted)],
    ["per second", number(streamed.count / streamed.seconds)],
    ["growth of the resident set, first to last tenth", megabytes(streamed.growth)],
    ["peak of the resident set", megabytes(streamed.peak)],
  ];
}

export function memoryPublication(report: MemoryReport, machine: Machine): Publication {
  const { samples } = report.streamed;
  const series = (label: string, value: "resident" | "heap") => ({
    label,
    points: samples.map((sample) => [sample.done / 1e6, sample[value] / 1e6] as const),
  });
  const charts = {
    "memory-streaming.svg": lineChart(
      `Memory while ${number(report.streamed.count)} notifications stream through postAll`,
      { label: "million notifications answered" },
      { label: "MB" },
      [series("resident set", "resident"), series("JavaScript heap", "heap")],
    ),
  };
  const text = [
    markdownTable(MEMORY_HEADER, memoryRows(report)),
    "![Memory while notifications stream through postAll](benchmarks/memory-streaming.svg)",
    `${report.server.name} ${report.server.version} for the stream. ${describeMachine(machine)}. [All numbers](benchmarks/memory.json).`,
  ].join("\n\n");
  return { name: "memory", report, machine, text, charts };
}
