import { type IndexRange, type Recipient, type RecipientSource, RecipientsChanged } from "@apnskit/campaign";
import { received, rejectUnknown, requireObject, requireType } from "@apnskit/connection/internal";
import { InvalidOption } from "apnskit";
import { type AnyQueue, bullMqOf } from "../store/bullmq-classes.ts";
import { PostgresStore } from "../store/postgres/postgres-store.ts";
import { RedisStore } from "../store/redis/redis-store.ts";
import { DEFAULT_QUEUE, flowOf, rangeJobId, reportJobId } from "./campaign-jobs.ts";
import {
  type CampaignOptions,
  type CampaignPlan,
  rangeCount,
  rangeOf,
  readPlan,
  requireName,
  withRecipients,
} from "./campaign-plan.ts";
import { type CampaignReport, ReportBuilder } from "./campaign-report.ts";
import { isFinished } from "./compact-records.ts";
import { logNameOf, planLogOf, recipientsLogOf } from "./log-names.ts";
import { findPlan, markPlan, requirePlan, storePlan } from "./plan-log.ts";
import { countRecipients, readStoredRecipients, storeRecipients } from "./stored-recipients.ts";

/** Options of {@link Campaigns}. */
export interface CampaignsOptions {
  readonly store: RedisStore | PostgresStore;
  /** Name of the queue, as in the workers. Default `campaigns`. */
  readonly queue?: string | undefined;
}

/** Logs that one call to the store reads. */
const AT_A_TIME = 200;

/** Queues campaigns, and reports on them. */
export class Campaigns implements AsyncDisposable {
  readonly #store: RedisStore | PostgresStore;
  readonly #queueName: string;
  readonly #queue: AnyQueue;

  /** @throws InvalidOption */
  constructor(options: CampaignsOptions) {
    requireObject("options", options);
    rejectUnknown(options, ["store", "queue"]);
    this.#store = requireStore(options.store);
    this.#queueName = queueName(options.queue);
    this.#queue = bullMqOf(this.#store).queue(this.#queueName);
    // The store logs connection problems. Without a listener, BullMQ would print them.
    this.#queue.on("error", () => {});
  }

  /**
   * Queues a campaign: a job for each range, and a parent job for the report. A campaign that is already
   * queued stays as it is, so a call with an unknown result can be repeated.
   *
   * @throws InvalidOption
   * @throws CampaignDiffers when another plan has the same name
   * @throws errors of `recipients`
   */
  async start<Data>(options: CampaignOptions<Data>): Promise<CampaignPlan<Data>> {
    const wanted = await this.#withRecipients(readPlan(options), options.recipients);
    const { plan } = await storePlan(this.#store.logs, wanted);
    if ((await this.#queue.getJob(reportJobId(plan.name))) === undefined) {
      await this.#add(plan, [...Array(rangeCount(plan)).keys()]);
    }
    return plan as CampaignPlan<Data>;
  }

  /**
   * The report of a campaign so far. It names the recipients in doubt, unless `inDoubt` is `skip`.
   *
   * @throws UnknownCampaign
   */
  async report(name: string): Promise<CampaignReport> {
    requireName(name);
    return reportOf(this.#store, name);
  }

  /**
   * Reads recipients that the store keeps for a campaign, for example those in doubt.
   *
   * @param places ranges as in the report, in ascending order
   * @returns pairs of place and recipient; none for a range whose recipients were removed, and none without
   *   stored recipients
   * @throws UnknownCampaign
   */
  async *recipients(
    name: string,
    places: readonly IndexRange[],
  ): AsyncGenerator<readonly [index: number, recipient: Recipient]> {
    requireName(name);
    const { plan } = await requirePlan(this.#store.logs, name);
    if (plan.recipients === undefined) return;
    let known: { readonly range: number; readonly recipients: readonly Recipient[] } | undefined;
    for (const { from, to } of places) {
      for (let index = from; index < to; index++) {
        const range = Math.floor(index / plan.rangeSize);
        if (known?.range !== range) known = { range, recipients: await this.#kept(plan, range) };
        const recipient = known.recipients[index - range * plan.rangeSize];
        if (recipient !== undefined) yield [index, recipient];
      }
    }
  }

  /**
   * Stops handing out recipients. The store refuses the next record of each sending worker, which stops the
   * worker.
   *
   * @throws UnknownCampaign
   */
  async cancel(name: string): Promise<void> {
    requireName(name);
    const plan = await markPlan(this.#store.logs, name, true);
    for (const range of await this.#unfinished(plan)) await this.#store.logs.take(logNameOf(name, range));
  }

  /**
   * Queues the rest of a cancelled campaign, or its failed ranges.
   *
   * @throws UnknownCampaign
   */
  async resume(name: string): Promise<void> {
    requireName(name);
    const plan = await markPlan(this.#store.logs, name, false);
    const ranges = await this.#unfinished(plan);
    const ended: number[] = [];
    for (const range of ranges) if (await this.#removeEnded(rangeJobId(name, range))) ended.push(range);
    const isReported = await this.#removeEnded(reportJobId(name));
    if (ended.length > 0 || isReported) await this.#add(plan, ended);
  }

  /**
   * Removes jobs and logs of a campaign. Its outcomes are lost: if you start the campaign again, all its
   * recipients get their push again.
   *
   * @throws UnknownCampaign
   */
  async remove(name: string): Promise<void> {
    requireName(name);
    const { plan } = await requirePlan(this.#store.logs, name);
    await this.cancel(name);
    const ranges = [...Array(rangeCount(plan)).keys()];
    await this.#queue.remove(reportJobId(name), { removeChildren: true });
    for (const range of ranges) await this.#queue.remove(rangeJobId(name, range));
    const logs = ranges.flatMap((range) => [logNameOf(name, range), recipientsLogOf(name, range)]);
    await this.#store.logs.remove([planLogOf(name), ...logs]);
  }

  /** Closes the queue, but not the store. */
  close(): Promise<void> {
    return this.#queue.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #withRecipients<Data>(
    plan: CampaignPlan<Data>,
    source: RecipientSource<Recipient> | undefined,
  ): Promise<CampaignPlan<Data>> {
    if (source === undefined) return plan;
    const { name, rangeSize } = plan;
    if ((await findPlan(this.#store.logs, name)) !== undefined) {
      // The campaign is already queued, and workers may be reading its recipients. So nothing is written.
      const { count, fingerprint } = await countRecipients(source);
      return withRecipients(plan, count, { writer: "", fingerprint });
    }
    const { count, stored } = await storeRecipients(this.#store.logs, name, rangeSize, source);
    return withRecipients(plan, count, stored);
  }

  async #kept(plan: CampaignPlan, range: number): Promise<readonly Recipient[]> {
    try {
      const { from } = rangeOf(plan, range);
      return await readStoredRecipients(this.#store.logs, plan.name, plan.recipients!, range, from);
    } catch (error) {
      if (error instanceof RecipientsChanged) return [];
      throw error;
    }
  }

  async #add(plan: CampaignPlan, ranges: readonly number[]): Promise<void> {
    const classes = bullMqOf(this.#store);
    const producer = classes.flowProducer();
    producer.on("error", () => {});
    try {
      await producer.add(flowOf(plan, ranges, this.#queueName, classes.prefix));
    } finally {
      await producer.close();
    }
  }

  async #unfinished(plan: CampaignPlan): Promise<number[]> {
    const ranges: number[] = [];
    for await (const [range, records] of logsOf(this.#store, plan)) {
      if (!isFinished(records)) ranges.push(range);
    }
    return ranges;
  }

  /** @returns true if the job did not exist, or had ended and was removed */
  async #removeEnded(id: string): Promise<boolean> {
    const job = await this.#queue.getJob(id);
    if (job === undefined) return true;
    if (!(await job.isCompleted()) && !(await job.isFailed())) return false;
    await job.remove();
    return true;
  }
}

/** @internal Reads the logs of all ranges. @throws UnknownCampaign */
export async function reportOf(store: RedisStore | PostgresStore, name: string): Promise<CampaignReport> {
  const { plan, isCancelled } = await requirePlan(store.logs, name);
  const report = new ReportBuilder(plan);
  for await (const [range, records] of logsOf(store, plan)) report.add(range, records);
  return report.build(isCancelled);
}

async function* logsOf(
  store: RedisStore | PostgresStore,
  plan: CampaignPlan,
): AsyncGenerator<[range: number, records: readonly string[]]> {
  const count = rangeCount(plan);
  for (let from = 0; from < count; from += AT_A_TIME) {
    const ranges = Array.from({ length: Math.min(AT_A_TIME, count - from) }, (_, at) => from + at);
    const logs = await store.logs.read(ranges.map((range) => logNameOf(plan.name, range)));
    for (const [at, records] of logs.entries()) yield [ranges[at]!, records];
  }
}

/** @internal @throws InvalidOption */
export function requireStore(store: unknown): RedisStore | PostgresStore {
  if (store instanceof RedisStore || store instanceof PostgresStore) return store;
  throw new InvalidOption("store", `store must be a RedisStore or a PostgresStore${received(store)}`);
}

/** @internal @throws InvalidOption for a name that BullMQ does not accept */
export function queueName(name: unknown): string {
  requireType("queue", name, "string");
  const text = (name as string | undefined) ?? DEFAULT_QUEUE;
  if (text !== "" && !text.includes(":")) return text;
  throw new InvalidOption("queue", `queue must be a name without a colon${received(name)}`);
}
