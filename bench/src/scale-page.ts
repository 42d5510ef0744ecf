import { lineChart } from "./chart/lines.ts";
import { describeMachine, type Machine } from "./machine.ts";
import type { Publication } from "./publish.ts";
import type { ScaleName, ScaleReport, ScaleSeries } from "./scale.ts";
import { markdownTable, number, type Row } from "./table.ts";

export const SCALE_HEADER: Row = ["what grows", "size", "µs per notification", "min – max", "× the smallest"];

const LABELS: Record<ScaleName, string> = {
  notifications: "notifications",
  apps: "apps in one process, a key each",
  connections: "connections",
  payload: "bytes of a payload",
  processes: "processes with one key",
};

const MEMORY_HEADER: Row = [
  "apps",
  "KB of the resident set per idle app, connected",
  "KB of the heap per app, connection closed",
];

export function scaleRows({ series }: ScaleReport): Row[] {
  return series.flatMap(({ name, points }) =>
    points.map(({ size, cost, rounds }) => [
      LABELS[name],
      number(size),
      number(cost),
      `${number(Math.min(...rounds))} – ${number(Math.max(...rounds))}`,
      number(cost / points[0]!.cost),
    ]),
  );
}

export function appMemoryRows({ memory }: ScaleReport): Row[] {
  return memory.map(({ apps, open, closed }) => [number(apps), number(open / 1e3), number(closed / 1e3)]);
}

export function scaleMemoryTable(report: ScaleReport): readonly [Row, Row[]] {
  return [MEMORY_HEADER, appMemoryRows(report)];
}

export function scalePublication(report: ScaleReport, machine: Machine): Publication {
  const charted = report.series.filter(({ points }) => points.length > 1);
  const charts = Object.fromEntries(charted.map((series) => [fileOf(series), chartOf(series)]));
  const images = charted.map(
    (series) => `![Processor time per notification, by ${LABELS[series.name]}](benchmarks/${fileOf(series)})`,
  );
  const { rounds, streams } = report.options;
  const text = [
    markdownTable(SCALE_HEADER, scaleRows(report)),
    markdownTable(...scaleMemoryTable(report)),
    ...images,
    `\`Pool.post\` with a payload and headers for each notification, ${number(streams)} in flight on each connection; medians of ${rounds} rounds. ${describeMachine(machine)}. [All numbers](benchmarks/scale.json).`,
  ].join("\n\n");
  return { name: "scale", report, machine, text, charts };
}

function fileOf({ name }: ScaleSeries): string {
  return `scale-${name}.svg`;
}

function chartOf({ name, points }: ScaleSeries): string {
  // A logarithmic axis covers whole powers of ten, which is too wide for one and two processes.
  const logarithmic = points.at(-1)!.size / points[0]!.size > 10;
  return lineChart(
    `Processor time per notification, by ${LABELS[name]}`,
    { label: LABELS[name], logarithmic },
    { label: "µs" },
    [{ label: "µs per notification", points: points.map(({ size, cost }) => [size, cost] as const) }],
  );
}
