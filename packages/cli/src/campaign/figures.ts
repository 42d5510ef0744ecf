import type { CampaignCounts, CampaignReport, IndexRange } from "@apnskit/campaign";
import { type ExitCode, exitCodeOf } from "../exit-codes.ts";
import { duration } from "../send-file/standing.ts";

const number = (value: number): string => value.toLocaleString("en-US");

/** Recipients in these ranges. */
export function sizeOf(ranges: readonly IndexRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** The progress of a campaign, on one line. */
export function progressLine(counts: CampaignCounts, share: number | undefined): string {
  const { accepted, rejected, unsent, unknown, inDoubt } = counts;
  const parts = [number(accepted + rejected + unsent + unknown + inDoubt)];
  if (share !== undefined) parts.push(`${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`);
  parts.push(`accepted ${number(accepted)}`);
  for (const [name, value] of Object.entries({ rejected, unsent, unknown, "in doubt": inDoubt })) {
    if (value > 0) parts.push(`${name} ${number(value)}`);
  }
  return parts.join("  ");
}

/** What the reports of a journal and of a shared store have in common. */
export interface Figures
  extends Pick<
    CampaignReport,
    "name" | "state" | "accepted" | "rejected" | "unsent" | "unknown" | "pending"
  > {
  readonly inDoubt: number;
  readonly inDoubtRecipients: readonly IndexRange[];
  readonly resentRecipients: readonly IndexRange[];
  readonly reasons: Readonly<Record<string, number>>;
  readonly deadTokens: readonly unknown[];
  /** Of a shared store, who is under way counts as in doubt. */
  readonly underWay?: number;
  /** Milliseconds. */
  readonly duration?: number;
  readonly startedAt?: number;
  readonly endedAt?: number | undefined;
  readonly rate?: number;
}

/** Recipients in doubt; of some reports they are counted only. */
function doubted({ inDoubt, inDoubtRecipients }: Figures): number {
  return Math.max(inDoubt, sizeOf(inDoubtRecipients));
}

/** Milliseconds of work, as far as the report tells. */
function durationOf({ duration, startedAt, endedAt }: Figures): number | undefined {
  if (duration !== undefined) return duration;
  return startedAt !== undefined && endedAt !== undefined ? endedAt - startedAt : undefined;
}

/** The result of a campaign, for people. */
export function reportText(report: Figures): string {
  const { accepted, rejected, unsent, unknown, pending, underWay } = report;
  const rows: [string, number][] = [
    ["accepted", accepted],
    ["rejected", rejected],
    ["unsent", unsent],
    ["unknown", unknown],
    ["in doubt", doubted(report)],
  ];
  if (report.state === "running" && underWay !== undefined) rows.push(["under way", underWay]);
  if (report.state !== "finished") rows.push(["pending", pending]);
  const resent = sizeOf(report.resentRecipients);
  if (resent > 0) rows.push(["sent again", resent]);
  if (report.deadTokens.length > 0) rows.push(["dead tokens", report.deadTokens.length]);
  const lines = [`campaign ${report.name}: ${report.state}`];
  for (const [name, value] of rows) lines.push(`${name.padEnd(12)}${number(value).padStart(12)}`);
  for (const [reason, count] of Object.entries(report.reasons)) lines.push(`  ${reason}  ${number(count)}`);
  const time = durationOf(report);
  if (time !== undefined) lines.push(`${duration(time)} of work, ${number(Math.round(report.rate ?? 0))}/s`);
  return lines.join("\n");
}

/** The same exit codes as other sending commands. */
export function exitCodeOfReport(report: Figures): ExitCode {
  const { rejected, unsent, unknown, reasons } = report;
  const credentials = Object.keys(reasons).some((reason) => CREDENTIAL_REASONS.has(reason)) ? 1 : 0;
  return exitCodeOf({ rejected, unsent, credentials, unknown: unknown + doubted(report) });
}

/** Rejections with status 403 ("Handling notification responses from APNs"). */
const CREDENTIAL_REASONS: ReadonlySet<string> = new Set([
  "BadCertificate",
  "BadCertificateEnvironment",
  "ExpiredProviderToken",
  "InvalidProviderToken",
  "MissingProviderToken",
  "UnrelatedKeyIdInToken",
  "BadEnvironmentKeyIdInToken",
]);
