import { rejectUnknown, requireObject, requireType } from "@apnskit/connection/internal";
import { systemClock } from "apnskit";
import { CampaignMissing, CampaignUnfinished } from "./errors.ts";
import { FileJournal } from "./journal/file-journal.ts";
import type { CampaignReport } from "./report.ts";
import { CampaignState } from "./state/campaign-state.ts";
import type { CheckpointStore } from "./store/checkpoint-store.ts";

/** A campaign, as its journal describes it. */
export interface StoredCampaign {
  readonly report: CampaignReport;
  /** The `data` of the campaign's first `Campaign.open`. */
  readonly data: unknown;
}

/**
 * Reads the state of a campaign without taking it over. Another process may be working on the campaign.
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
 * Permanently cancels a campaign that no process works on. Recipients in doubt stay in doubt, and the report
 * contains them.
 *
 * @param journal path of a journal file, or another store
 * @throws JournalInUse while a process works on the campaign. Call `cancel` in that process, or stop the
 *   process
 * @throws JournalFailed, JournalDamaged, CampaignMissing
 */
export async function cancelCampaign(journal: string | CheckpointStore): Promise<CampaignReport> {
  const store = typeof journal === "string" ? new FileJournal(journal) : journal;
  // A claim would create a missing journal.
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

/** Options of {@link removeCampaign}. */
export interface RemoveOptions {
  /** Whether to remove a campaign that is neither finished nor cancelled. Default false. */
  readonly unfinished?: boolean | undefined;
}

/**
 * Deletes the journal of a campaign that no process works on. Its outcomes are lost: if you start the
 * campaign again, all its recipients get their push again.
 *
 * @param journal path of the journal file
 * @returns the report of the campaign
 * @throws CampaignUnfinished unless the campaign is finished or cancelled, or `unfinished` is true
 * @throws JournalInUse while a process works on the campaign
 * @throws JournalFailed, JournalDamaged, CampaignMissing, InvalidOption
 */
export async function removeCampaign(journal: string, options: RemoveOptions = {}): Promise<CampaignReport> {
  requireObject("options", options);
  rejectUnknown(options, ["unfinished"]);
  requireType("unfinished", options.unfinished, "boolean");
  const store = new FileJournal(journal);
  // A claim would create a missing journal.
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
