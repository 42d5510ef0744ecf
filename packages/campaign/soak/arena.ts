import type { ChildProcess } from "node:child_process";
import type { CampaignReport, InDoubtPolicy, IndexRange } from "../src/index.ts";

/** What a worker process sends, and where to. Plain JSON. */
export interface Errand {
  readonly name: string;
  readonly count: number;
  readonly inDoubt: InDoubtPolicy;
  readonly origin: string;
  /** PEM. */
  readonly ca: string;
}

/** Where a campaign is kept: the file journal of one machine, or a store that many workers share. */
export interface Arena extends AsyncDisposable {
  /** Workers that run at once. */
  readonly workers: number;
  /** Starts a worker, which ends with code 0 when the campaign is finished. It prints a line when it begins to send. */
  startWorker(errand: Errand): ChildProcess;
  /** What the store says of the campaign; `undefined` before it has begun. */
  report(errand: Errand): Promise<CampaignReport | undefined>;
  /** Runs of recipients that were in doubt and were handed out again: one for each time. */
  resent(errand: Errand): Promise<readonly IndexRange[]>;
}
