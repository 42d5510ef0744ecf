import { rejectUnknown, requireObject, requireType } from "@apnskit/connection/internal";
import { systemClock } from "apnskit";
import { CampaignMissing, CampaignUnfinished } from "./errors.ts";
import { FileJournal } from "./journal/file-journal.ts";
import type { CampaignReport } from "./report.ts";
import { CampaignState } from "./state/campaign-state.ts";
import type { CheckpointStore } from "./store/checkpoint-store.ts";

/** A campaign as its journal tells it. */
export interface StoredCampaign {
  readonly report: CampaignReport;
  /** What `Campaign.open` was given as `data`. */
  readonly data: unknown;
}

/**
 * Reads what became of a campaign, without taking it over: another process may be working on it.
 *
 * @param journal path of a journal file, or another store
 * @throws JournalFailed, JournalDamaged, CampaignMissing
 */
export async function readCampaign(journal: string | CheckpointStore): Promise<StoredCampaign> {
  const store = typeof journal === "string" ? new FileJournal(journal) : journal;
  const isRunning = store instanceof FileJournal && (await store.isClaimed());
  const state = new CampaignState();
  for await (const record of store.read()) state.apply(record);
  if (state.identity === undefined) throw new CampaignMissing();
  return { report: state.report(isRunning), data: state.data };
}

/**
 * Cancels a campaign for good that no process works on. Recipients who are in doubt stay so, and are in the report.
 *
 * @throws JournalInUse while a process works on it: have that process call `cancel`, or stop it
 * @throws JournalFailed, JournalDamaged, CampaignMissing
 */
export async function cancelCampaign(journal: string | CheckpointStore): Promise<CampaignReport> {
  const store = typeof journal === "string" ? new FileJournal(journal) : journal;
  // A claim would make a journal that is not there.
  await readCampaign(store);
  const checkpoint = await store.claim();
  try {
    const state = new CampaignState();
    for await (const record of checkpoint.records()) state.apply(record);
    if (state.end === undefined) {
      const record = { kind: "cancelled", at: systemClock.epoch() } as const;
      await checkpoint.append([record]);
      state.apply(record);
    }
    return state.report();
  } finally {
    await checkpoint.close();
  }
}

/** How {@link removeCampaign} treats a campaign. */
export interface RemoveOptions {
  /** Whether a campaign is removed that is neither finished nor cancelled. Default: false. */
  readonly unfinished?: boolean | undefined;
}

/**
 * Deletes the journal of a campaign that no process works on. Its outcomes are forgotten: if it is started again, all of
 * its recipients get their push once more.
 *
 * @param journal path of the journal file
 * @returns the report of the campaign
 * @throws CampaignUnfinished unless it is finished or cancelled, or `unfinished` is true
 * @throws JournalInUse while a process works on it
 * @throws JournalFailed, JournalDamaged, CampaignMissing, InvalidOption
 */
export async function removeCampaign(journal: string, options: RemoveOptions = {}): Promise<CampaignReport> {
  requireObject("options", options);
  rejectUnknown(options, ["unfinished"]);
  requireType("unfinished", options.unfinished, "boolean");
  const store = new FileJournal(journal);
  // A claim would make a journal that is not there.
  await readCampaign(store);
  const checkpoint = await store.claim();
  try {
    const state = new CampaignState();
    for await (const record of checkpoint.records()) state.apply(record);
    const report = state.report();
    if (state.end === undefined && options.unfinished !== true) throw new CampaignUnfinished(report.name);
    await store.remove();
    return report;
  } finally {
    await checkpoint.close();
  }
}
