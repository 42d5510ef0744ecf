import type { FlowJob } from "bullmq";
import { isOutage } from "../store/outage.ts";
import type { CampaignPlan } from "./campaign-plan.ts";

/** The default queue of campaigns. */
export const DEFAULT_QUEUE = "campaigns";

/** The data of a job that sends one range. */
export interface RangeJobData {
  readonly campaign: string;
  readonly range: number;
}

/** The data of the job that ends with the report. */
export interface ReportJobData {
  readonly campaign: string;
}

export const RANGE = "range";
export const REPORT = "report";

/**
 * BullMQ retries a failed job for about a day, because the usual cause is temporary, such as an unreachable
 * database of the application.
 */
const AGAIN = { attempts: 300, backoff: { type: "custom" } } as const;
/** Milliseconds until a job is tried again that failed because the store could not be reached. */
const AFTER_OUTAGE = 1_000;
/** The same after any other failure. */
const AFTER_TROUBLE = 300_000;

/**
 * Milliseconds until a job is tried again. BullMQ on PostgreSQL fails a job when the connection is lost as it ends the
 * job.
 */
export function delayAfter(error: unknown): number {
  return isOutage(error) ? AFTER_OUTAGE : AFTER_TROUBLE;
}

export function reportJobId(campaign: string): string {
  return `${campaign}/${REPORT}`;
}

export function rangeJobId(campaign: string, range: number): string {
  return `${campaign}/${range}`;
}

/**
 * A parent job with one child for each range. It runs when all ranges have ended, also by failure, and
 * returns the report.
 */
export function flowOf(
  { name }: CampaignPlan,
  ranges: readonly number[],
  queueName: string,
  prefix: string | undefined,
): FlowJob {
  const where = { queueName, ...(prefix !== undefined && { prefix }) };
  return {
    ...where,
    name: REPORT,
    data: { campaign: name } satisfies ReportJobData,
    opts: { jobId: reportJobId(name), ...AGAIN },
    children: ranges.map((range) => ({
      ...where,
      name: RANGE,
      data: { campaign: name, range } satisfies RangeJobData,
      opts: { jobId: rangeJobId(name, range), ...AGAIN, ignoreDependencyOnFailure: true },
    })),
  };
}
