import { barChart } from "./chart/bars.ts";
import { lineChart } from "./chart/lines.ts";
import type { LatencyReport } from "./latency.ts";
import { describeMachine, type Machine } from "./machine.ts";
import type { Publication } from "./publish.ts";
import { markdownTable, number, type Row } from "./table.ts";

export interface Table {
  title: string;
  header: Row;
  rows: Row[];
}

export function latencyTables({ roundTrips, openLoops, ceilings, server, options }: LatencyReport): Table[] {
  const reference = roundTrips.find(({ name }) => name === "node-http2");
  return [
    {
      title: `Round trip, one notification at a time, ${server.name}`,
      header: ["client", "p50", "min – max", "p99", "× node:http2 (p50)"],
      rows: roundTrips.map(({ label, p50, p99 }) => [
        label,
        milliseconds(p50.median),
        `${number(p50.min)} – ${number(p50.max)}`,
        milliseconds(p99.median),
        reference === undefined ? "–" : number(p50.median / reference.p50.median, 2),
      ]),
    },
    {
      title: `Latency at ${number(options.rate)} notifications/s, one connection`,
      header: ["client", "server delay", "p50", "p90", "p99", "p99.9", "max", "not accepted"],
      rows: openLoops.map(({ label, delay, latency, failed }) => [
        label,
        milliseconds(delay),
        ...[latency.p50, latency.p90, latency.p99, latency.p999, latency.max].map(milliseconds),
        number(failed),
      ]),
    },
    {
      title: `Share of the ceiling, ${number(options.streams)} streams per connection`,
      header: [
        "client",
        "server delay",
        "connections",
        "notifications/s",
        "ceiling",
        "share",
        "min – max",
        "not accepted",
      ],
      rows: ceilings.map(({ label, delay, connections, perSecond, ceiling, share, failed }) => [
        label,
        milliseconds(delay),
        String(connections),
        number(perSecond.median),
        number(ceiling),
        percent(share.median),
        `${percent(share.min)} – ${percent(share.max)}`,
        number(failed),
      ]),
    },
  ];
}

export function latencyPublication(report: LatencyReport, machine: Machine): Publication {
  const { roundTrips, openLoops, options, server } = report;
  const labels = [...new Set(openLoops.map(({ label }) => label))];
  const charts = {
    "latency-round-trip.svg": barChart(
      `Round trip of a single notification, median, ms (${server.name})`,
      roundTrips.map(({ label, p50, ours }) => ({ label, value: p50, ours })),
    ),
    "latency-open-loop.svg": lineChart(
      `99th percentile at ${number(options.rate)} notifications/s`,
      { label: "server delay, ms" },
      { label: "ms", logarithmic: true },
      labels.map((label) => ({
        label,
        points: openLoops
          .filter((entry) => entry.label === label)
          .map(({ delay, latency }) => [delay, latency.p99] as const),
      })),
    ),
  };
  const text = [
    ...latencyTables(report)
      .filter(({ rows }) => rows.length > 0)
      .map(({ title, header, rows }) => `**${title}**\n\n${markdownTable(header, rows)}`),
    "![Round trip of a single notification](benchmarks/latency-round-trip.svg)",
    "![99th percentile by server delay](benchmarks/latency-open-loop.svg)",
    `${server.name} ${server.version} for the round trips, the bench's sink for all runs with a delay; ${options.rounds} rounds. ${describeMachine(machine)}. [All numbers](benchmarks/latency.json).`,
  ].join("\n\n");
  return { name: "latency", report, machine, text, charts };
}

function milliseconds(value: number): string {
  return `${number(value)} ms`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
