import { basename } from "node:path";
import { type CampaignContent, Campaigns, CampaignWorker, RedisStore } from "@apnskit/bullmq";
import type { ApnsClient, Notification } from "apnskit";
import type { RedisTarget } from "./messages.ts";

/** Jobs at a time: with one connection, two write less often than the default. */
const CONCURRENCY = 2;
/** Recipients of a job: the default. */
const RANGE_SIZE = 5_000;

interface Sending {
  readonly client: ApnsClient;
  readonly notification: Notification;
  /** Path whose last part names the campaign. */
  readonly path: string;
  readonly count: number;
  readonly recipients: (from: number, to: number) => Iterable<string>;
  readonly redis: RedisTarget;
}

/** Sends a campaign by one worker in this process. @returns how many were accepted */
export async function sendOnBullMq(sending: Sending): Promise<number> {
  const { client, notification, path, count, recipients, redis } = sending;
  const { host, port, prefix } = redis;
  const name = basename(path);
  await using store = new RedisStore({ connection: { host, port }, prefix });
  await using campaigns = new Campaigns({ store });
  const content = (): CampaignContent<string> => ({ recipients, notification });
  await using worker = new CampaignWorker({ store, client, content, concurrency: CONCURRENCY });
  const reported = new Promise<number>((resolve, reject) => {
    worker.bullmq.on("completed", (job, result) => {
      if (job.id === `${name}/report`) resolve((result as { accepted: number }).accepted);
    });
    worker.bullmq.on("failed", (_job, error) => reject(error));
  });
  await campaigns.start({ name, count, rangeSize: RANGE_SIZE });
  return await reported;
}
