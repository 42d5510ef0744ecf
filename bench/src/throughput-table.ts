import { megabytes, number, type Row } from "./table.ts";
import type { ThroughputReport, ThroughputRow } from "./throughput.ts";

export const THROUGHPUT_HEADER: Row = [
  "client",
  "workload",
  "notifications/s",
  "min – max",
  "per CPU-second",
  "min – max",
  "× h2load",
  "× node:http2",
  "peak memory",
  "loop delay p99",
];

/** Ratios compare notifications per CPU-second: medians, within this report. */
export function throughputRows({ rows }: ThroughputReport): Row[] {
  return rows.map((row) => [
    row.label,
    row.workload,
    number(row.perSecond.median),
    `${number(row.perSecond.min)} – ${number(row.perSecond.max)}`,
    number(row.perCpuSecond.median),
    `${number(row.perCpuSecond.min)} – ${number(row.perCpuSecond.max)}`,
    ratio(row, rows, "h2load"),
    ratio(row, rows, "node-http2"),
    megabytes(row.peakMemory),
    row.eventLoopDelay === null ? "–" : `${number(row.eventLoopDelay, 2)} ms`,
  ]);
}

function ratio(row: ThroughputRow, rows: readonly ThroughputRow[], against: string): string {
  const others = rows.filter(({ name }) => name === against);
  // h2load sends one payload only, so it is the reference for both workloads.
  const other = others.find(({ workload }) => workload === row.workload) ?? others[0];
  return other === undefined ? "–" : number(row.perCpuSecond.median / other.perCpuSecond.median, 2);
}

/** Lines below the table: contenders that were left out, and notifications that were not accepted. */
export function throughputRemarks({ rows, skipped }: ThroughputReport): string[] {
  const lost = rows.flatMap(({ label, workload, failures }) =>
    Object.entries(failures).map(([kind, count]) => `${label}, ${workload}: ${count} not accepted (${kind})`),
  );
  return [...lost, ...Object.entries(skipped).map(([name, reason]) => `${name} left out: ${reason}`)];
}
