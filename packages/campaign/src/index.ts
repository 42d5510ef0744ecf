export { Campaign, type CampaignEvents } from "./campaign.ts";
export type { CampaignClient, CampaignOptions, CampaignOutcome } from "./campaign-options.ts";
export {
  CampaignDiffers,
  CampaignMissing,
  CampaignStarted,
  CampaignUnfinished,
  ClaimLost,
  JournalDamaged,
  JournalFailed,
  JournalInUse,
  RecipientsChanged,
} from "./errors.ts";
export { apnsIdFor, campaignCollapseId } from "./identity.ts";
export { FileJournal } from "./journal/file-journal.ts";
export type { OpenFile } from "./journal/machine.ts";
export type { Recipient, RecipientSource } from "./recipient.ts";
export type { CampaignCounts, CampaignReport, DeadRecipient, IndexRange } from "./report.ts";
export type { StopReason } from "./run/stop-rule.ts";
export {
  type CampaignIdentity,
  type CheckpointRecord,
  type End,
  type InDoubtPolicy,
  type Runs,
  readRecord,
  writeRecord,
} from "./store/checkpoint-record.ts";
export type { Checkpoint, CheckpointStore } from "./store/checkpoint-store.ts";
export {
  cancelCampaign,
  type RemoveOptions,
  readCampaign,
  removeCampaign,
  type StoredCampaign,
} from "./stored-campaign.ts";
