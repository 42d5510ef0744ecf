import { createHash } from "node:crypto";
import {
  apnsIdFor,
  CampaignDiffers,
  type CampaignIdentity,
  type CheckpointRecord,
  ClaimLost,
  campaignCollapseId,
  type End,
  type Recipient,
  RecipientsChanged,
} from "@apnskit/campaign";
import type { ApnsClient, Clock, Notification, Outcome, Timer } from "apnskit";
import type { FencedLogs } from "../log/fenced-log.ts";
import { LogWriter } from "../log/log-writer.ts";
import type { SharedRateLimit } from "../rate/shared-rate-limit.ts";
import { type CampaignContent, type CampaignPlan, rangeOf } from "./campaign-plan.ts";
import { logNameOf } from "./log-names.ts";
import { type RangeCounts, RangeState, textsOf } from "./range-state.ts";
import { runsOf } from "./runs.ts";

/** What a range is worked with. */
export interface RangeSetup {
  readonly plan: CampaignPlan;
  readonly range: number;
  readonly content: CampaignContent;
  readonly client: ApnsClient;
  readonly logs: FencedLogs;
  readonly limit: SharedRateLimit | undefined;
  readonly clock: Clock;
  /** Whether this worker's lock on the job is held, as far as it knows. Asked for each recipient. */
  holds(): boolean;
  /** Aborted when the lock is lost. */
  readonly signal: AbortSignal;
  /** Told after each group of records. */
  onProgress(counts: RangeCounts): void;
}

/** How the work on a range ended. */
export type RangeEnd =
  /** Everybody has an end. */
  | "finished"
  /** This worker stops: the rest is for another one. */
  | "stopped"
  /** Another worker has the range, or will have it. */
  | "lost";

/** Recipients that are handed out by one record: as many as leave in so many milliseconds. */
const CHUNK_TIME = 25;
const FEWEST_AT_ONCE = 50;
const MOST_AT_ONCE = 1_000;
/** Outcomes are written when there are so many, or when the first one is so many milliseconds old. */
const GROUP = 500;
const GROUP_DELAY = 50;

/** Ends of a client or call that is being stopped: they say nothing about the push. */
const STOPPED = new Set(["ERR_APNS_CLOSED", "ERR_APNS_ABORTED"]);

/**
 * Sends one range of a campaign. A record that recipients are handed out is in the store before the client gets them;
 * outcomes follow in groups. The store refuses records of a worker that has lost the range.
 */
export class RangeRun {
  readonly #setup: RangeSetup;
  /** No more recipients are handed out. */
  readonly #halt = new AbortController();
  /** Those under way are given up. */
  readonly #abort = new AbortController();
  /** Places within the campaign, in the order in which the client gets them. */
  #order: readonly number[] = [];
  /** How many of the order are handed out. */
  #handedOut = 0;
  /** How many of the order have an outcome: all that the client got. */
  #outcomes = 0;
  #state!: RangeState;
  #writer!: LogWriter;
  #accepted: number[] = [];
  #ends: End[] = [];
  #returned: number[] = [];
  #timer: Timer | undefined;

  constructor(setup: RangeSetup) {
    this.#setup = setup;
  }

  /** Hands out no more recipients; those under way are waited for. */
  stop(): void {
    this.#halt.abort();
  }

  /** Gives up those under way as well. */
  abort(): void {
    this.#halt.abort();
    this.#abort.abort();
  }

  /** @throws RecipientsChanged, CampaignDiffers; what `recipients`, `notification` and the store throw */
  async run(): Promise<RangeEnd> {
    const { signal } = this.#setup;
    if (signal.aborted) return "lost";
    let lose: (() => void) | undefined;
    const lost = new Promise<"lost">((resolve) => {
      lose = () => {
        this.abort();
        resolve("lost");
      };
    });
    signal.addEventListener("abort", lose!, { once: true });
    const end = this.#run().catch((error: unknown) => {
      if (error instanceof ClaimLost) return "lost" as const;
      throw error;
    });
    try {
      // Without the store, the run may wait for ever; by then the lock is lost.
      return await Promise.race([end, lost]);
    } finally {
      signal.removeEventListener("abort", lose!);
      this.#timer?.cancel();
      end.catch(() => {});
    }
  }

  async #run(): Promise<RangeEnd> {
    const { plan, range, logs } = this.#setup;
    const name = logNameOf(plan.name, range);
    const taken = await logs.take(name);
    const { from, size } = rangeOf(plan, range);
    this.#state = new RangeState(from, size, taken.records);
    if (this.#state.finishedAt !== undefined) return "finished";
    const recipients = await this.#recipients();
    this.#writer = new LogWriter(logs, name, taken);
    this.#begin(recipients);
    this.#judgeDoubt();
    await this.#writer.flush();
    this.#order = this.#state.pending();
    if (this.#order.length > 0) await this.#send(recipients);
    await this.#flushOutcomes();
    if (!this.#state.isComplete) return this.#setup.holds() ? "stopped" : "lost";
    this.#note({ kind: "finished", at: this.#setup.clock.epoch() });
    await this.#writer.rewrite(textsOf(this.#state.compact()));
    return "finished";
  }

  async #recipients(): Promise<Recipient[]> {
    const { content } = this.#setup;
    const { from, size } = this.#state;
    const recipients: Recipient[] = [];
    for await (const recipient of await content.recipients(from, from + size)) {
      if (recipients.push(recipient) > size) break;
    }
    if (recipients.length === size) return recipients;
    const found = recipients.length > size ? "more" : String(recipients.length);
    const rule = `recipients(${from}, ${from + size}) must give ${size} recipients; received ${found}`;
    throw new RecipientsChanged(from, rule);
  }

  /** The same recipients and notification as at first: outcomes are noted by places. */
  #begin(recipients: readonly Recipient[]): void {
    const { plan, content, clock } = this.#setup;
    const { from, size, begun } = this.#state;
    const hash = hashOf(recipients.map((recipient) => JSON.stringify(recipient)).join("\n"));
    const { notification: given } = content;
    const notification = typeof given === "function" ? "" : hashOf(JSON.stringify(given));
    if (begun === undefined) {
      const { name, inDoubt, collapse, rangeSize, count } = plan;
      const identity: CampaignIdentity = {
        name,
        notification,
        inDoubt,
        collapse,
        blockSize: rangeSize,
        count,
      };
      this.#note({ kind: "begun", at: clock.epoch(), identity });
      this.#note({ kind: "block", block: 0, size, hash });
      return;
    }
    const where = `recipients ${from} … ${from + size - 1} of the campaign ${plan.name}`;
    if (begun.identity.notification !== notification) {
      const message = `${where} began with another notification; give a new campaign another name`;
      throw new CampaignDiffers("notification", message);
    }
    if (this.#state.hash === hash) return;
    throw new RecipientsChanged(from, `${where} are other ones, or in another order, than when it began`);
  }

  /** What was handed out by a worker before, and has no outcome. */
  #judgeDoubt(): void {
    const inDoubt = this.#state.underWay();
    if (inDoubt.length === 0) return;
    this.#note({ kind: "in-doubt", runs: runsOf(inDoubt), action: this.#setup.plan.inDoubt });
  }

  async #send(recipients: readonly Recipient[]): Promise<void> {
    const outcomes = this.#setup.client.sendMany(this.#pairs(recipients), { signal: this.#abort.signal });
    for await (const outcome of outcomes) {
      this.#outcomes++;
      this.#take(this.#order[outcome.index!]!, outcome);
    }
    // The client has an outcome for each one that it got: these it did not get.
    this.#returned = [...this.#returned, ...this.#order.slice(this.#outcomes, this.#handedOut)];
  }

  async *#pairs(recipients: readonly Recipient[]): AsyncGenerator<[string, Notification]> {
    const { limit, clock } = this.#setup;
    const most = Math.min(MOST_AT_ONCE, limit?.batch ?? MOST_AT_ONCE);
    let size = Math.min(FEWEST_AT_ONCE, most);
    for (let at = 0; at < this.#order.length; ) {
      const end = Math.min(Math.max(this.#handedOut, at + size), this.#order.length);
      if (limit !== undefined && !(await this.#turn(limit, end - at))) return;
      if (!(await this.#handOut(end))) return;
      // Without a rate, the next chunk is written while this one is sent.
      if (limit === undefined) void this.#handOut(Math.min(end + size, this.#order.length)).catch(() => {});
      const began = clock.now();
      const count = end - at;
      for (; at < end; at++) {
        if (this.#mustEnd()) return;
        const place = this.#order[at]!;
        yield this.#pairOf(recipients[place - this.#state.from]!, place);
      }
      size = chunkSize(count, clock.now() - began, most);
    }
  }

  /** Waits for the turn of so many. @returns false when the run ends meanwhile */
  async #turn(limit: SharedRateLimit, count: number): Promise<boolean> {
    try {
      await limit.take(count, this.#halt.signal);
      return true;
    } catch (error) {
      if (this.#halt.signal.aborted) return false;
      throw error;
    }
  }

  #mustEnd(): boolean {
    if (!this.#setup.holds()) this.abort();
    return this.#halt.signal.aborted || this.#writer.hasFailed;
  }

  /**
   * Has it in the store that so many of the order are handed out.
   *
   * @returns false when the run is ending
   */
  async #handOut(end: number): Promise<boolean> {
    if (this.#mustEnd()) return false;
    if (end > this.#handedOut) {
      this.#note({ kind: "handed-out", runs: runsOf(this.#order.slice(this.#handedOut, end)) });
      this.#handedOut = end;
    }
    await this.#writer.flush();
    return true;
  }

  #pairOf(recipient: Recipient, place: number): [string, Notification] {
    const { plan, content } = this.#setup;
    const { notification: given } = content;
    const notification = typeof given === "function" ? given(recipient, place) : given;
    const token = typeof recipient === "string" ? recipient : recipient.token;
    const id = apnsIdFor(plan.name, place);
    const hasOwn = !plan.collapse || notification.collapseId !== undefined;
    return [
      token,
      notification.with(hasOwn ? { id } : { id, collapseId: campaignCollapseId(plan.name, place) }),
    ];
  }

  #take(place: number, outcome: Outcome): void {
    if (outcome.result === "accepted") this.#accepted.push(place);
    else if (outcome.result === "rejected" || !STOPPED.has(outcome.error.code)) {
      this.#ends.push(endOf(place, outcome));
    } else if (outcome.result === "unsent") this.#returned.push(place);
    // Stopped, and perhaps delivered: it stays without an outcome.
    else return;
    const waiting = this.#accepted.length + this.#ends.length + this.#returned.length;
    if (waiting >= GROUP) this.#flushSoon();
    else this.#timer ??= this.#setup.clock.setTimer(() => this.#flushSoon(), GROUP_DELAY);
  }

  #flushSoon(): void {
    // The error is thrown again by the flush at the end.
    void this.#flushOutcomes().catch(() => this.abort());
  }

  async #flushOutcomes(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    const [accepted, ends, returned] = [this.#accepted, this.#ends, this.#returned];
    [this.#accepted, this.#ends, this.#returned] = [[], [], []];
    if (accepted.length > 0) this.#note({ kind: "accepted", runs: runsOf(accepted) });
    if (ends.length > 0) this.#note({ kind: "ended", ends });
    if (returned.length > 0) this.#note({ kind: "returned", runs: runsOf(returned) });
    await this.#writer.flush();
    this.#setup.onProgress(this.#state.counts);
  }

  #note(record: CheckpointRecord): void {
    this.#state.apply(record);
    this.#writer.add(...textsOf([record]));
  }
}

/** What is handed out and has not left is in doubt after a crash: a slow client gets smaller chunks. */
function chunkSize(count: number, elapsed: number, most: number): number {
  const wanted = (count * CHUNK_TIME) / Math.max(1, elapsed);
  return Math.round(Math.min(most, Math.max(Math.min(FEWEST_AT_ONCE, most), wanted)));
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/** What is kept of an outcome that is not accepted. */
function endOf(index: number, outcome: Exclude<Outcome, { readonly result: "accepted" }>): End {
  const reason = outcome.result === "rejected" ? outcome.reason : outcome.error.code;
  const timestamp = outcome.result === "rejected" ? outcome.timestamp : undefined;
  return {
    index,
    result: outcome.result,
    reason,
    ...(outcome.tokenIsDead && outcome.token !== undefined && { deadToken: outcome.token }),
    ...(timestamp !== undefined && { timestamp }),
    ...(outcome.result === "unsent" && outcome.retryable && { retryable: true as const }),
  };
}
