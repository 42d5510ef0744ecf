import {
  type CampaignCounts,
  CampaignDiffers,
  type CampaignIdentity,
  type CheckpointRecord,
  ClaimLost,
  type Recipient,
  RecipientsChanged,
} from "@apnskit/campaign";
import { CampaignRun, CampaignState, newIdentity } from "@apnskit/campaign/internal";
import { received } from "@apnskit/connection/internal";
import { type ApnsClient, type Clock, InvalidOption } from "apnskit";
import type { FencedLogs } from "../log/fenced-log.ts";
import { LogCheckpoint } from "../log/log-checkpoint.ts";
import type { SharedRateLimit } from "../rate/shared-rate-limit.ts";
import { type CampaignContent, type CampaignPlan, rangeOf } from "./campaign-plan.ts";
import { compacted } from "./compact-records.ts";
import { logNameOf, recipientsLogOf } from "./log-names.ts";
import { readStoredRecipients } from "./stored-recipients.ts";

/** Everything the work on a range needs. */
export interface RangeSetup {
  readonly plan: CampaignPlan;
  readonly range: number;
  readonly content: CampaignContent;
  readonly client: ApnsClient;
  readonly logs: FencedLogs;
  readonly limit: SharedRateLimit | undefined;
  /** Pushes under way at once. */
  readonly underWay: number;
  readonly clock: Clock;
  /** Aborted when this worker's lock on the job is or may be lost. */
  readonly lost: AbortSignal;
  /** The run calls this after groups of outcomes. */
  onProgress(counts: CampaignCounts): void;
}

/** How the work on a range ended. */
export type RangeEnd =
  /** Each recipient has an end. */
  | "finished"
  /** This worker stops. Another worker takes the rest. */
  | "stopped"
  /** APNs refuses the credentials or is unreachable. The rest waits. */
  | "hindered"
  /** Another worker has the range, or will get it. */
  | "lost";

/** Recipients that share a fingerprint. */
const BLOCK = 1_000;

/** Works on one range of a campaign: it runs the campaign's engine on the range's log. */
export class RangeRun {
  readonly #setup: RangeSetup;
  /** Ends the wait for the rate. */
  readonly #halt = new AbortController();
  #run: CampaignRun<Recipient> | undefined;

  constructor(setup: RangeSetup) {
    this.#setup = setup;
  }

  /** Stops handing out recipients, and waits for the pushes under way. */
  stop(): void {
    this.#halt.abort();
    this.#run?.stop("stop");
  }

  /** Stops, and aborts the pushes under way. */
  abort(): void {
    this.#halt.abort();
    this.#run?.abort("stop");
  }

  /** @throws RecipientsChanged, CampaignDiffers, and errors of `recipients`, `notification` and the store */
  async run(): Promise<RangeEnd> {
    const { lost } = this.#setup;
    if (lost.aborted) return "lost";
    const end = this.#work().catch((error: unknown) => {
      if (error instanceof ClaimLost) return "lost" as const;
      throw error;
    });
    let onLost: (() => void) | undefined;
    const loss = new Promise<"lost">((resolve) => {
      onLost = () => {
        this.#halt.abort();
        resolve("lost");
      };
    });
    lost.addEventListener("abort", onLost!, { once: true });
    try {
      // The engine would wait for an unreachable store. But the lock is already lost then.
      return await Promise.race([end, loss]);
    } finally {
      lost.removeEventListener("abort", onLost!);
      end.catch(() => {});
    }
  }

  async #work(): Promise<RangeEnd> {
    const { plan, range, logs, content, client, underWay, clock, lost, onProgress } = this.#setup;
    const { from } = rangeOf(plan, range);
    const checkpoint = await LogCheckpoint.claim(logs, logNameOf(plan.name, range), lost);
    const state = new CampaignState(from);
    for (const record of checkpoint.known) state.apply(record);
    if (isFinished(state)) {
      // The worker that finished the range may have died before it removed the recipients.
      await this.#forgetRecipients(state);
      return "finished";
    }
    const recipients = await this.#recipients();
    const unwritten = this.#begin(state);
    if (this.#halt.signal.aborted) return "stopped";
    const run = new CampaignRun<Recipient>({
      client,
      checkpoint,
      state,
      recipients: this.#paced(recipients),
      notification: content.notification,
      clock,
      rate: undefined,
      concurrency: underWay,
      timeout: undefined,
      retryUnsent: true,
      first: from,
      unwritten,
      onProgress: () => onProgress(state.counts()),
    });
    this.#run = run;
    await run.work();
    if (isFinished(state)) {
      await checkpoint.rewrite(compacted(checkpoint.known, state));
      await this.#forgetRecipients(state);
      return "finished";
    }
    return run.stopReason === "credentials" || run.stopReason === "unreachable" ? "hindered" : "stopped";
  }

  async #recipients(): Promise<readonly Recipient[]> {
    const { plan, range, content, logs } = this.#setup;
    const { from, size } = rangeOf(plan, range);
    if (content.recipients === undefined) {
      return readStoredRecipients(logs, plan.name, plan.recipients!, range, from);
    }
    const recipients = await firstOf(await content.recipients(from, from + size), size + 1);
    if (recipients.length === size) return recipients;
    const found = recipients.length > size ? "more" : String(recipients.length);
    const rule = `recipients(${from}, ${from + size}) must give ${size} recipients; received ${found}`;
    throw new RecipientsChanged(from, rule);
  }

  /** Removes the stored recipients, unless a recipient is in doubt and must be named. */
  async #forgetRecipients(state: CampaignState): Promise<void> {
    const { plan, range, logs } = this.#setup;
    const { inDoubt, unknown, unsent } = state.counts();
    if (plan.recipients === undefined || inDoubt + unknown + unsent > 0) return;
    await logs.remove([recipientsLogOf(plan.name, range)]);
  }

  /**
   * The first worker records the identity. Later workers compare it.
   *
   * @returns what the store does not have yet
   * @throws CampaignDiffers
   */
  #begin(state: CampaignState): CheckpointRecord[] {
    const { clock } = this.#setup;
    const identity = this.#identity();
    const known = state.identity;
    if (known === undefined) {
      const record = { kind: "begun", at: clock.epoch(), identity } as const;
      state.apply(record);
      return [record];
    }
    if (known.notification !== identity.notification) {
      const message = `the campaign ${identity.name} began with another notification; give a new campaign another name`;
      throw new CampaignDiffers("notification", message);
    }
    return [];
  }

  #identity(): CampaignIdentity {
    const { plan, range, content, client, limit } = this.#setup;
    const { name, inDoubt, collapse } = plan;
    // With a rate, a block is handed out as soon as its turn comes.
    const blockSize = Math.min(BLOCK, limit?.batch ?? BLOCK);
    const { notification } = content;
    const options = {
      client,
      name,
      recipients: [],
      notification,
      journal: "-",
      inDoubt,
      collapse,
      blockSize,
    };
    return { ...newIdentity(options), count: rangeOf(plan, range).size };
  }

  #paced(recipients: readonly Recipient[]): Iterable<Recipient> | AsyncIterable<Recipient> {
    const { limit } = this.#setup;
    return limit === undefined ? recipients : turns(recipients, limit, this.#halt.signal);
  }
}

/** @throws InvalidOption for a value that is no iterable, and what the source throws */
async function firstOf(
  source: Iterable<Recipient> | AsyncIterable<Recipient>,
  most: number,
): Promise<Recipient[]> {
  const methods = source as Partial<Iterable<Recipient> & AsyncIterable<Recipient>> | null | undefined;
  const items: Recipient[] = [];
  if (typeof methods?.[Symbol.asyncIterator] === "function") {
    for await (const item of source) if (items.push(item) === most) break;
  } else if (typeof methods?.[Symbol.iterator] === "function") {
    // `for await` would wait for each recipient.
    for (const item of source as Iterable<Recipient>) if (items.push(item) === most) break;
  } else {
    throw new InvalidOption(
      "content",
      `content().recipients() must return an iterable of recipients${received(source)}`,
    );
  }
  return items;
}

function isFinished({ end }: CampaignState): boolean {
  return end === "finished";
}

/** Yields recipients as their turn comes, until the signal is aborted. */
async function* turns(
  recipients: readonly Recipient[],
  limit: SharedRateLimit,
  halt: AbortSignal,
): AsyncGenerator<Recipient> {
  for (let from = 0; from < recipients.length; from += limit.batch) {
    const batch = recipients.slice(from, from + limit.batch);
    try {
      await limit.take(batch.length, halt);
    } catch (error) {
      // The run has ended, and waits for its source.
      if (halt.aborted) return;
      throw error;
    }
    yield* batch;
  }
}
