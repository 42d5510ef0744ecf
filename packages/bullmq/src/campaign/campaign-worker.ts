import type { CampaignCounts, Recipient } from "@apnskit/campaign";
import {
  duration,
  type GuardedLogger,
  guardClock,
  guardLogger,
  integer,
  received,
  rejectUnknown,
  requireObject,
  wordsOf,
} from "@apnskit/connection/internal";
import { type ApnsClient, ApnskitError, type Clock, InvalidOption, type Logger, PushError } from "apnskit";
import { DelayedError, type Job, UnrecoverableError } from "bullmq";
import { SharedRateLimit } from "../rate/shared-rate-limit.ts";
import { type AnyWorker, bullMqOf } from "../store/bullmq-classes.ts";
import type { PostgresStore } from "../store/postgres/postgres-store.ts";
import type { RedisStore } from "../store/redis/redis-store.ts";
import { LockWatch } from "../worker/lock-watch.ts";
import type { StopOptions } from "../worker/stop-worker.ts";
import { delayAfter, type RangeJobData, REPORT } from "./campaign-jobs.ts";
import { type CampaignContent, type CampaignPlan, rangeOf } from "./campaign-plan.ts";
import type { CampaignReport } from "./campaign-report.ts";
import { queueName, reportOf, requireStore } from "./campaigns.ts";
import { requirePlan } from "./plan-log.ts";
import { type RangeEnd, RangeRun } from "./range-run.ts";

/** Options of a {@link CampaignWorker}. */
export interface CampaignWorkerOptions<One extends Recipient = Recipient, Data = unknown> {
  readonly store: RedisStore | PostgresStore;
  /** An open client. Closing the worker does not close the client. */
  readonly client: ApnsClient;
  /** Returns recipients and notification of a campaign. Each process calls it once for each campaign. */
  readonly content: (plan: CampaignPlan<Data>) => CampaignContent<One> | Promise<CampaignContent<One>>;
  /** The queue's name. Default `campaigns`. */
  readonly queue?: string | undefined;
  /** Ranges that the worker sends at once. Default 4; 1 … 100. With one connection, 2 cost less. */
  readonly concurrency?: number | undefined;
  /**
   * Pushes under way over all ranges. If the worker's process dies, up to this many are in doubt. Default
   * 2,000; 1 … 1,000,000. A client with many connections, or far from APNs, is faster with more.
   */
  readonly maxUnderWay?: number | undefined;
  /** Milliseconds after which another worker may take a dead worker's range. Default 30,000; from 100. */
  readonly lockDuration?: number | undefined;
  /** Receives stops and problems. Default: no logging. */
  readonly logger?: Logger | undefined;
  /** For tests. Default: the system clocks. */
  readonly clock?: Clock | undefined;
}

/** The return value of a range's job. */
export interface RangeResult {
  readonly end: "finished" | "cancelled";
}

const KNOWN = [
  "store",
  "client",
  "content",
  "queue",
  "concurrency",
  "maxUnderWay",
  "lockDuration",
  "logger",
  "clock",
];
/**
 * A range that stalled more often than this may be the cause of its workers' deaths. The range then fails.
 */
const MOST_STALLS = 25;
/** Milliseconds until a range of a stopping worker can be taken again. */
const RETURN_DELAY = 100;
/** Milliseconds until a range can be taken again that APNs does not accept now. */
const HINDERED_DELAY = 30_000;
/** Milliseconds between two reports of progress for one job. */
const PROGRESS = 1_000;
/** Campaigns whose content the worker remembers. */
const MOST_CONTENTS = 100;

/** Takes ranges of campaigns from the queue, and sends them. */
export class CampaignWorker<One extends Recipient = Recipient, Data = unknown> implements AsyncDisposable {
  /** BullMQ's own worker. Its events report progress, ends and failures. */
  readonly bullmq: AnyWorker;
  readonly #store: RedisStore | PostgresStore;
  readonly #client: ApnsClient;
  readonly #content: CampaignWorkerOptions<One, Data>["content"];
  /** Pushes under way for each range. */
  readonly #underWay: number;
  readonly #clock: Clock;
  readonly #logger: GuardedLogger;
  readonly #watch: LockWatch;
  readonly #runs = new Set<RangeRun>();
  readonly #contents = new Map<string, Promise<CampaignContent>>();
  #closing: Promise<boolean> | undefined;

  /** @throws InvalidOption */
  constructor(options: CampaignWorkerOptions<One, Data>) {
    requireObject("options", options);
    rejectUnknown(options, KNOWN);
    this.#store = requireStore(options.store);
    if (typeof options.client?.sendMany !== "function") {
      throw new InvalidOption("client", `client must be an ApnsClient${received(options.client)}`);
    }
    if (typeof options.content !== "function") {
      throw new InvalidOption(
        "content",
        `content must be a function of a campaign's plan${received(options.content)}`,
      );
    }
    this.#client = options.client;
    this.#content = options.content;
    this.#clock = guardClock(options.clock);
    this.#logger = guardLogger(options.logger);
    const concurrency = integer("concurrency", options.concurrency, 4, 1, 100);
    const maxUnderWay = integer("maxUnderWay", options.maxUnderWay, 2_000, 1, 1_000_000);
    this.#underWay = Math.max(1, Math.floor(maxUnderWay / concurrency));
    const lockDuration = duration("lockDuration", options.lockDuration, 30_000, 100, 3_600_000);
    this.bullmq = bullMqOf(this.#store).worker(
      queueName(options.queue),
      // BullMQ passes a signal only to processors with three parameters.
      (job, lock, signal) => this.#process(job, lock, signal!),
      {
        concurrency,
        lockDuration,
        stalledInterval: lockDuration / 2,
        maxStalledCount: MOST_STALLS,
        settings: { backoffStrategy: (_attempts, _type, error) => delayAfter(error) },
      },
    );
    this.#watch = LockWatch.of(this.bullmq);
    this.bullmq.on("error", (error) =>
      this.#logger.warn({ error: error.message }, "BullMQ reports an error"),
    );
  }

  /**
   * Stops within a bound. The worker hands out no more recipients, and pushes under way get `drain`. The rest
   * of each range goes back into the queue.
   *
   * @returns true if the store has recorded everything. False: the store did not answer within `limit`, and
   *   the pushes under way are in doubt
   * @throws InvalidOption
   */
  close(options: StopOptions = {}): Promise<boolean> {
    requireObject("options", options);
    rejectUnknown(options, ["drain", "limit"]);
    const drain = duration("drain", options.drain, 10_000);
    const limit = duration("limit", options.limit, Math.max(20_000, drain), drain);
    this.#closing ??= this.#close(drain, limit);
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(drain: number, limit: number): Promise<boolean> {
    for (const run of this.#runs) run.stop();
    const closed = this.bullmq.close().then(() => true);
    let tooLate: (() => void) | undefined;
    const bound = new Promise<boolean>((resolve) => {
      tooLate = () => resolve(false);
    });
    const timers = [
      this.#clock.setTimer(() => {
        for (const run of this.#runs) run.abort();
      }, drain),
      this.#clock.setTimer(() => tooLate?.(), limit),
    ];
    const clean = await Promise.race([closed, bound]);
    for (const timer of timers) timer.cancel();
    if (!clean) {
      closed.catch(() => {});
      void this.bullmq.disconnect().catch(() => {});
    }
    return clean;
  }

  #process(job: Job, lock: string | undefined, signal: AbortSignal): Promise<RangeResult | CampaignReport> {
    const { campaign } = job.data as RangeJobData;
    const work = job.name === REPORT ? reportOf(this.#store, campaign) : this.#range(job, lock, signal);
    return work.catch((error: unknown) => {
      const isBadInput = error instanceof ApnskitError && !(error instanceof PushError);
      throw isBadInput ? new UnrecoverableError(error.message) : error;
    });
  }

  async #range(job: Job, lock: string | undefined, signal: AbortSignal): Promise<RangeResult> {
    const { campaign, range } = job.data as RangeJobData;
    const { plan, isCancelled } = await requirePlan(this.#store.logs, campaign);
    if (isCancelled) return { end: "cancelled" };
    const content = await this.#contentOf(plan);
    const id = job.id!;
    const run = new RangeRun({
      plan,
      range,
      content,
      client: this.#client,
      logs: this.#store.logs,
      limit: this.#limitOf(plan),
      underWay: this.#underWay,
      clock: this.#clock,
      lost: signal,
      onProgress: this.#progressOf(job, plan),
    });
    this.#runs.add(run);
    if (this.#closing !== undefined) run.stop();
    try {
      const end = await run.run();
      if (end === "finished") return { end };
      const holdsLock = this.#watch.holds(id);
      // After `cancel`, the store also refuses a worker's records. The campaign may have been resumed since.
      // Then this worker still holds the job and must return it.
      if (end === "lost" && holdsLock) {
        if ((await requirePlan(this.#store.logs, campaign)).isCancelled) return { end: "cancelled" };
      }
      if (end === "lost" && !holdsLock)
        this.#logger.warn({ campaign, range }, "the lock on a range is lost; another worker has it");
      else await this.#giveBack(job, lock, this.#returnDelay(end, campaign));
      throw new DelayedError();
    } finally {
      this.#runs.delete(run);
    }
  }

  /** If the store cannot be reached, the lock runs out, and another worker takes the range. */
  async #giveBack(job: Job, lock: string | undefined, delay: number): Promise<void> {
    try {
      await job.moveToDelayed(Date.now() + delay, lock);
    } catch (error) {
      this.#logger.warn({ job: job.id, error: wordsOf(error, 200) }, "a range could not be given back");
    }
  }

  #returnDelay(end: RangeEnd, campaign: string): number {
    if (end !== "hindered") return RETURN_DELAY;
    this.#logger.error({ campaign }, "APNs refuses the credentials or cannot be reached: the rest waits");
    return HINDERED_DELAY;
  }

  #contentOf(plan: CampaignPlan): Promise<CampaignContent> {
    const known = this.#contents.get(plan.name);
    if (known !== undefined) return known;
    const content = (async () => checkContent(await this.#content(plan as CampaignPlan<Data>), plan))();
    if (this.#contents.size >= MOST_CONTENTS) this.#contents.delete(this.#contents.keys().next().value!);
    this.#contents.set(plan.name, content);
    content.catch(() => this.#contents.delete(plan.name));
    return content;
  }

  #limitOf({ name, perSecond }: CampaignPlan): SharedRateLimit | undefined {
    if (perSecond === undefined) return undefined;
    return new SharedRateLimit({
      store: this.#store.rates,
      name: `campaign:${name}`,
      perSecond,
      clock: this.#clock,
    });
  }

  #progressOf(job: Job, plan: CampaignPlan): (counts: CampaignCounts) => void {
    const { size } = rangeOf(plan, (job.data as RangeJobData).range);
    let last = this.#clock.now();
    return (counts) => {
      if (this.#clock.now() - last < PROGRESS) return;
      last = this.#clock.now();
      // A lost update is harmless, because the range's log has the figures.
      job.updateProgress({ size, ...counts }).catch(() => {});
    };
  }
}

/** @throws InvalidOption */
function checkContent<One extends Recipient>(
  content: CampaignContent<One>,
  { recipients }: CampaignPlan,
): CampaignContent {
  const isStored = content?.recipients === undefined && recipients !== undefined;
  if (!isStored && typeof content?.recipients !== "function") {
    throw new InvalidOption("content", "content() must return an object with a function `recipients`");
  }
  requireObject("content", content);
  if (typeof content.notification !== "function" && typeof content.notification?.with !== "function") {
    throw new InvalidOption(
      "content",
      "content() must return a `notification`, or a function that makes one",
    );
  }
  return content as unknown as CampaignContent;
}
