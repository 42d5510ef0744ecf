import { systemClock } from "apnskit";
import { CampaignMissing } from "./errors.ts";
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
