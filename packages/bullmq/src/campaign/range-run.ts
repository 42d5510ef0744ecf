import {
  type CampaignCounts,
  CampaignDiffers,
  type CampaignIdentity,
  type Checkpoint,
  type CheckpointRecord,
  ClaimLost,
  type Recipient,
  RecipientsChanged,
} from "@apnskit/campaign";
import { CampaignRun, CampaignState, newIdentity } from "@apnskit/campaign/internal";
import type { ApnsClient, Clock } from "apnskit";
import type { FencedLogs } from "../log/fenced-log.ts";
import { LogCheckpointStore } from "../log/log-checkpoint-store.ts";
import type { SharedRateLimit } from "../rate/shared-rate-limit.ts";
import { type CampaignContent, type CampaignPlan, rangeOf } from "./campaign-plan.ts";
import { compacted } from "./compact-records.ts";
import { logNameOf, recipientsLogOf } from "./log-names.ts";
import { readStoredRecipients } from "./stored-recipients.ts";

/** What a range is worked with. */
export interface RangeSetup {
  readonly plan: CampaignPlan;
  readonly range: number;
  readonly content: CampaignContent;
  readonly client: ApnsClient;
  readonly logs: FencedLogs;
  readonly limit: SharedRateLimit | undefined;
  /** Pushes that are under way at a time. */
  readonly underWay: number;
  readonly clock: Clock;
  /** Aborted when this worker's lock on the job is lost, or may be. */
  readonly lost: AbortSignal;
  /** Called after groups of outcomes. */
  onProgress(counts: CampaignCounts): void;
}

/** How the work on a range ended. */
export type RangeEnd =
  /** Everybody has an end. */
  | "finished"
  /** This worker stops: the rest is for another one. */
  | "stopped"
  /** APNs refuses the credentials, or cannot be reached: the rest is for later. */
  | "hindered"
  /** Another worker has the range, or will have it. */
  | "lost";

/** Recipients that are fingerprinted together. */
const BLOCK = 1_000;

/** Works on one range of a campaign: the campaign's engine on a log of its own. */
export class RangeRun {
  readonly #setup: RangeSetup;
  /** Ends the wait for the rate. */
  readonly #halt = new AbortController();
  #run: CampaignRun<Recipient> | undefined;

  constructor(setup: RangeSetup) {
    this.#setup = setup;
  }

  /** Hands out no more recipients; those under way are waited for. */
  stop(): void {
    this.#halt.abort();
    this.#run?.stop("stop");
  }

  /** Gives up those under way as well. */
  abort(): void {
    this.#halt.abort();
    this.#run?.abort("stop");
  }

  /** @throws RecipientsChanged, CampaignDiffers; what `recipients`, `notification` and the store throw */
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
      // A store that cannot be reached would be waited for; by then the lock is lost.
      return await Promise.race([end, loss]);
    } finally {
      lost.removeEventListener("abort", onLost!);
      end.catch(() => {});
    }
  }

  async #work(): Promise<RangeEnd> {
    const { plan, range, logs, content, client, underWay, clock, lost, onProgress } = this.#setup;
    const { from } = rangeOf(plan, range);
    const store = new LogCheckpointStore(logs, logNameOf(plan.name, range), lost);
    const checkpoint = await store.claim();
    const state = new CampaignState(from);
    for await (const record of checkpoint.records()) state.apply(record);
    if (isFinished(state)) {
      // The worker that finished it may have died before it came to this.
      await this.#forgetRecipients(state);
      return "finished";
    }
    const recipients = await this.#recipients();
    await this.#begin(checkpoint, state);
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
      onProgress: () => onProgress(state.counts()),
    });
    this.#run = run;
    await run.work();
    if (isFinished(state)) {
      const records: CheckpointRecord[] = [];
      for await (const record of store.read()) records.push(record);
      await checkpoint.rewrite(compacted(records, state));
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
    const recipients: Recipient[] = [];
    for await (const recipient of await content.recipients(from, from + size)) {
      if (recipients.push(recipient) > size) break;
    }
    if (recipients.length === size) return recipients;
    const found = recipients.length > size ? "more" : String(recipients.length);
    const rule = `recipients(${from}, ${from + size}) must give ${size} recipients; received ${found}`;
    throw new RecipientsChanged(from, rule);
  }

  /** Stored recipients are needed no longer, unless somebody is to be named. */
  async #forgetRecipients(state: CampaignState): Promise<void> {
    const { plan, range, logs } = this.#setup;
    const { inDoubt, unknown, unsent } = state.counts();
    if (plan.recipients === undefined || inDoubt + unknown + unsent > 0) return;
    await logs.remove([recipientsLogOf(plan.name, range)]);
  }

  /** The first worker notes what the range is part of, and those after it compare. */
  async #begin(checkpoint: Checkpoint, state: CampaignState): Promise<void> {
    const { clock } = this.#setup;
    const identity = this.#identity();
    const known = state.identity;
    if (known === undefined) {
      const record = { kind: "begun", at: clock.epoch(), identity } as const;
      await checkpoint.append([record]);
      state.apply(record);
    } else if (known.notification !== identity.notification) {
      const message = `the campaign ${identity.name} began with another notification; give a new campaign another name`;
      throw new CampaignDiffers("notification", message);
    }
  }

  #identity(): CampaignIdentity {
    const { plan, range, content, client, limit } = this.#setup;
    const { name, inDoubt, collapse } = plan;
    // With a rate, a block is handed out as soon as it has its turn.
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

function isFinished({ end }: CampaignState): boolean {
  return end === "finished";
}

/** Gives recipients as their turn comes; gives no more when the signal is aborted. */
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
