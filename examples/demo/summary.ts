import { formatCount, formatDuration, formatLatency, formatShare, perSecond } from "./figures.ts";
import type { Tally } from "./tally.ts";

export interface Run {
  readonly tally: Tally;
  /** The number of notifications to send. */
  readonly total: number;
  readonly retries: number;
  /** Milliseconds from the first post to the last answer. */
  readonly elapsed: number;
  readonly interrupted: boolean;
  /** Invalid lines of the file. */
  readonly skippedLines: number;
}

/** The results of a run as a text table that ends with a line feed. */
export function summary({ tally, total, retries, elapsed, interrupted, skippedLines }: Run): string {
  const rows: Row[] = [
    [
      interrupted ? "Interrupted" : "Sent",
      tally.posted,
      `of ${formatCount(total)} in ${formatDuration(elapsed)}`,
    ],
    ...(["accepted", "rejected", "unsent", "unknown"] as const).flatMap((kind): Row[] => [
      [`  ${kind}`, tally.counts[kind], formatShare(tally.counts[kind], tally.posted)],
      ...tally.reasons(kind).map(({ reason, count }): Row => [`    ${reason}`, count, ""]),
    ]),
    ["Retries", retries, ""],
    ...(skippedLines > 0 ? [["Lines skipped", skippedLines, "invalid, see above"] satisfies Row] : []),
    ["Per second", Math.round(perSecond(tally.settled, elapsed)), ""],
    ["Latency", "", "from post to answer, waits and retries included"],
    ...[50, 95, 99].map((percent): Row => {
      const latency = tally.latency(percent);
      return [`  p${percent}`, latency === undefined ? "–" : formatLatency(latency), ""];
    }),
  ];
  const missing = tally.posted - tally.settled;
  if (missing !== 0) rows.push(["NOT ACCOUNTED FOR", missing, "please report this as a bug"]);
  return table(rows);
}

type Row = readonly [label: string, value: number | string, note: string];

function table(rows: readonly Row[]): string {
  const cells = rows.map(([label, value, note]) => [
    label,
    typeof value === "number" ? formatCount(value) : value,
    note,
  ]);
  const width = (column: number) => Math.max(...cells.map((row) => row[column]!.length));
  const [labels, values] = [width(0), width(1)];
  return cells
    .map(([label, value, note]) => `${label!.padEnd(labels)}  ${value!.padStart(values)}  ${note}`.trimEnd())
    .map((line) => `${line}\n`)
    .join("");
}
