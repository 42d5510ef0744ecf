import type { OutcomeTally } from "../outcome-tally.ts";

/** The progress of a run. */
export interface Standing {
  readonly tally: OutcomeTally;
  /** Bytes of the file that were handed out, and the total if known. */
  readonly bytes: number;
  readonly size: number | undefined;
  /** Milliseconds since the first notification was sent. */
  readonly elapsed: number;
}

/** The progress of a run on one line. */
export function standingLine({ tally, bytes, size, elapsed }: Standing): string {
  const rate = elapsed > 0 ? (tally.total / elapsed) * 1000 : 0;
  const share = size === undefined || size === 0 ? undefined : Math.min(1, bytes / size);
  const parts = [count(tally.total)];
  if (share !== undefined) parts.push(`${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`);
  parts.push(`${count(Math.round(rate))}/s`);
  if (share !== undefined && share > 0 && share < 1 && elapsed > 1000) {
    parts.push(`${duration((elapsed / share) * (1 - share))} left`);
  }
  parts.push(`accepted ${count(tally.accepted)}`);
  for (const result of ["rejected", "unsent", "unknown"] as const) {
    if (tally[result] > 0) parts.push(`${result} ${count(tally[result])}`);
  }
  return parts.join("  ");
}

/** The final figures, for people. */
export function summaryText({ tally, elapsed }: Standing): string {
  const lines = (["accepted", "rejected", "unsent", "unknown"] as const).map(
    (result) => `${result.padEnd(10)}${count(tally[result]).padStart(12)}`,
  );
  const reasons = [...tally.reasons].sort(([, a], [, b]) => b - a);
  for (const [reason, times] of reasons) lines.push(`  ${reason}  ${count(times)}`);
  const rate = elapsed > 0 ? Math.round((tally.total / elapsed) * 1000) : 0;
  lines.push(`${count(tally.total)} in ${duration(elapsed)}, ${count(rate)}/s`);
  return lines.join("\n");
}

/** The same for programs. */
export function summaryRecord({ tally, elapsed }: Standing): object {
  const { total, accepted, rejected, unsent, unknown } = tally;
  const reasons = Object.fromEntries([...tally.reasons].sort(([, a], [, b]) => b - a));
  return { summary: { total, accepted, rejected, unsent, unknown, reasons, duration: Math.round(elapsed) } };
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** Milliseconds in words. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 10) return `${(milliseconds / 1000).toFixed(1)} s`;
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
