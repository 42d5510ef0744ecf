export type { CampaignContent, CampaignOptions, CampaignPlan } from "./campaign/campaign-plan.ts";
export type { CampaignReport } from "./campaign/campaign-report.ts";
export { CampaignWorker, type CampaignWorkerOptions, type RangeResult } from "./campaign/campaign-worker.ts";
export { Campaigns, type CampaignsOptions } from "./campaign/campaigns.ts";
export { UnknownCampaign } from "./campaign/errors.ts";
export type { StoredRecipients } from "./campaign/stored-recipients.ts";
export {
  SharedProviderToken,
  type SharedProviderTokenOptions,
} from "./provider-token/shared-provider-token.ts";
export type { ProviderTokenStore, StoredProviderToken } from "./provider-token/token-store.ts";
export { InvalidPushJob, LockLost, PushFailed, PushNotAccepted } from "./push/push-errors.ts";
export { type Push, type PushJobData, pushJob } from "./push/push-job.ts";
export { createPushProcessor, type PushProcessor, type PushProcessorOptions } from "./push/push-processor.ts";
export type { RateStore } from "./rate/rate-store.ts";
export { SharedRateLimit, type SharedRateLimitOptions } from "./rate/shared-rate-limit.ts";
export { LogCorrupt, StoreNotPrepared } from "./store/errors.ts";
export { PostgresStore, type PostgresStoreOptions } from "./store/postgres/postgres-store.ts";
export { RedisStore, type RedisStoreOptions } from "./store/redis/redis-store.ts";
export type { SharedStore } from "./store/shared-store.ts";
export { LockWatch, type WatchedWorker } from "./worker/lock-watch.ts";
export { type StopOptions, type StoppableWorker, stopWorker } from "./worker/stop-worker.ts";
