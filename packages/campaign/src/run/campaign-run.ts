import type { Clock, Notification, Outcome } from "apnskit";
import { ApnskitError } from "apnskit";
import type { CampaignClient, CampaignOutcome } from "../campaign-options.ts";
import { ClaimLost } from "../errors.ts";
import { apnsIdFor, campaignCollapseId } from "../identity.ts";
import type { Recipient, RecipientSource } from "../recipient.ts";
import type { CampaignState } from "../state/campaign-state.ts";
import type { CheckpointRecord } from "../store/checkpoint-record.ts";
import type { Checkpoint } from "../store/checkpoint-store.ts";
import { BlockReader } from "./block-reader.ts";
import { endOf, isGivenUp, refusal } from "./end-of-outcome.ts";
import { HandOut } from "./hand-out.ts";
import { OutcomeGroup } from "./outcome-group.ts";
import { Pacer } from "./pacer.ts";
import { type Batch, RecordWriter } from "./record-writer.ts";
import { type StopReason, StopRule } from "./stop-rule.ts";
import { type Entry, UnderWay } from "./under-way.ts";

/** Everything a run needs: among others, the campaign's state and the claim on its store. */
export interface RunSetup<One extends Recipient> {
  readonly client: CampaignClient;
  readonly checkpoint: Checkpoint;
  /** After all records of the checkpoint. It has an identity. */
  readonly state: CampaignState;
  readonly recipients: RecipientSource<One>;
  readonly notification: Notification | ((recipient: One, index: number) => Notification);
  readonly clock: Clock;
  readonly rate: number | undefined;
  readonly concurrency: number | undefined;
  readonly timeout: number | undefined;
  readonly retryUnsent: boolean;
  /** Place of the first recipient that the source yields. It is not 0 for a later range of a campaign. */
  readonly first: number;
  /** Records that the state has and the store does not: the first append begins with them. Default: none. */
  readonly unwritten?: readonly CheckpointRecord[];
  /** The run calls this after groups of outcomes. */
  onProgress(): void;
}

/**
 * One run over a campaign, or over one range of a campaign. It lasts from a claim to the campaign's end, or
 * to a stop. A killed run leaves nothing behind except the checkpoint's records.
 */
export class CampaignRun<One extends Recipient> {
  readonly #setup: RunSetup<One>;
  readonly #handOut: HandOut<One>;
  readonly #writer: RecordWriter;
  readonly #reader: BlockReader<One>;
  readonly #underWay = new UnderWay<One>();
  readonly #group = new OutcomeGroup();
  readonly #rule: StopRule;
  readonly #giveUp = new AbortController();
  /** Outcomes of recipients whose notification could not be made. */
  #refused: CampaignOutcome<One>[] = [];
  /** Without a reader, outcomes of refused recipients would pile up. */
  #yieldsOutcomes = false;
  /** Records that stand before those of the hand-out and of the outcomes in the next append, and after them. */
  #opening: CheckpointRecord[];
  #closing: CheckpointRecord[] = [];
  #stopReason: StopReason | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(setup: RunSetup<One>) {
    const { checkpoint, state, recipients, clock, rate, concurrency, first } = setup;
    this.#setup = setup;
    this.#opening = [...(setup.unwritten ?? [])];
    this.#rule = new StopRule(concurrency);
    this.#reader = new BlockReader(recipients, state, state.identity!.blockSize, first);
    this.#writer = new RecordWriter(
      checkpoint,
      clock,
      () => this.#gather(),
      (error) => this.#onWriteFailed(error),
    );
    this.#handOut = new HandOut({
      reader: this.#reader,
      state,
      clock,
      perSecond: rate,
      concurrency,
      pacer: rate === undefined ? undefined : new Pacer(rate),
      wake: (when) => this.#writer.wake(when),
      notificationFor: (entry) => this.#notificationFor(entry),
      onGiven: (entry) => this.#underWay.add(entry),
    });
  }

  /** Why the run stopped early. */
  get stopReason(): StopReason | undefined {
    return this.#stopReason;
  }

  pause(): void {
    this.#handOut.pause();
  }

  resume(): void {
    this.#handOut.resume();
  }

  /** Stops handing out recipients, and waits for the pushes under way. */
  stop(reason: StopReason): void {
    this.#stopReason ??= reason;
    this.#handOut.halt();
  }

  /** Stops, and aborts the pushes under way. They are in doubt, unless they certainly did not reach APNs. */
  abort(reason: StopReason): void {
    this.stop(reason);
    this.#giveUp.abort();
  }

  /**
   * Works to the end.
   *
   * @throws errors of the source, of the notification function and of the checkpoint
   */
  async work(): Promise<void> {
    const outcomes = this.#begin();
    try {
      for await (const outcome of outcomes) this.#settle(outcome);
    } catch (error) {
      this.#fail(error);
    }
    await this.#finish();
  }

  /** Works to the end, and yields each outcome. Leaving the loop aborts the pushes under way. */
  async *outcomes(): AsyncGenerator<CampaignOutcome<One>> {
    this.#yieldsOutcomes = true;
    const outcomes = this.#begin();
    let isLeft = true;
    try {
      for await (const outcome of outcomes) {
        const { index, recipient } = this.#settle(outcome);
        while (this.#refused.length > 0) yield this.#refused.shift()!;
        yield { index, recipient, outcome };
      }
      while (this.#refused.length > 0) yield this.#refused.shift()!;
      isLeft = false;
    } catch (error) {
      isLeft = false;
      this.#fail(error);
    } finally {
      if (isLeft) this.abort("stop");
      await this.#finish();
    }
  }

  /** The first append, before the client gets a recipient, says that the run has begun. */
  #begin(): AsyncIterableIterator<Outcome> {
    const { client, checkpoint, state, clock, concurrency, timeout, retryUnsent } = this.#setup;
    this.#note(this.#opening, { kind: "working", at: clock.epoch() });
    const inDoubt = state.underWay();
    if (inDoubt.length > 0) {
      this.#note(this.#opening, { kind: "in-doubt", runs: inDoubt, action: state.identity!.inDoubt });
    }
    const retryable = retryUnsent ? state.retryable() : [];
    if (retryable.length > 0) this.#note(this.#opening, { kind: "returned", runs: retryable });
    if (checkpoint.lost?.aborted) this.#onLost();
    else checkpoint.lost?.addEventListener("abort", this.#onLost, { once: true });
    return client.sendMany(this.#handOut, {
      signal: this.#giveUp.signal,
      ...(concurrency !== undefined && { concurrency }),
      ...(timeout !== undefined && { timeout }),
    });
  }

  readonly #onLost = (): void => this.abort("stop");

  #settle(outcome: Outcome): Entry<One> {
    const entry = this.#underWay.take(outcome.index!);
    const { index } = entry;
    if (outcome.result === "accepted") {
      this.#setup.state.accept(index);
      this.#group.accept(index);
    } else {
      this.#settleOther(index, outcome);
    }
    this.#writer.wake("soon");
    const reason = this.#rule.judge(outcome);
    if (reason !== undefined) this.stop(reason);
    return entry;
  }

  #settleOther(index: number, outcome: Exclude<Outcome, { readonly result: "accepted" }>): void {
    if (!isGivenUp(outcome)) {
      const end = endOf(index, outcome);
      this.#setup.state.endOtherwise(end);
      this.#group.end(end);
      return;
    }
    // The client was closed or aborted. Pushes that may have left get no outcome: they are in doubt.
    this.stop("client-closed");
    if (outcome.result === "unsent") this.#giveBack(index);
  }

  #giveBack(index: number): void {
    this.#setup.state.apply({ kind: "returned", runs: [index, index + 1] });
    this.#group.giveBack(index);
  }

  /**
   * @returns `undefined` if this recipient can have no notification. The recipient has then ended as unsent
   */
  #notificationFor(entry: Entry<One>): Notification | undefined {
    const { index, recipient } = entry;
    const { name, collapse } = this.#setup.state.identity!;
    const given = this.#setup.notification;
    try {
      const notification = typeof given === "function" ? given(recipient, index) : given;
      const id = apnsIdFor(name, index);
      const own = !collapse || notification.collapseId !== undefined;
      return notification.with(own ? { id } : { id, collapseId: campaignCollapseId(name, index) });
    } catch (error) {
      if (!(error instanceof ApnskitError)) throw error;
      const outcome = refusal(recipient, error);
      this.#settleOther(index, outcome);
      if (this.#yieldsOutcomes) this.#refused.push({ index, recipient, outcome });
      return undefined;
    }
  }

  async #finish(): Promise<void> {
    const { checkpoint, state, clock } = this.#setup;
    checkpoint.lost?.removeEventListener("abort", this.#onLost);
    const isExhausted = this.#handOut.isExhausted;
    this.#handOut.halt();
    await this.#reader.close().catch((error: unknown) => this.#fail(error));
    try {
      // The client got all that was handed out, so one append is enough.
      if (!isExhausted) await this.#writer.settle();
      const left = this.#handOut.left();
      if (left.length > 0) this.#note(this.#closing, { kind: "returned", runs: left });
      const at = clock.epoch();
      if (this.#stopReason === "cancel") this.#note(this.#closing, { kind: "cancelled", at });
      else this.#note(this.#closing, { kind: isExhausted && state.isComplete ? "finished" : "stopped", at });
      await this.#writer.settle();
    } catch (error) {
      this.#fail(error);
    }
    this.#setup.onProgress();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #gather(): Batch {
    const { state, clock } = this.#setup;
    const handOut = this.#handOut.gather();
    const records = [...this.#opening, ...handOut.records, ...this.#group.take(), ...this.#closing];
    this.#opening = [];
    this.#closing = [];
    if (records.length > 0) state.touch(clock.epoch());
    return {
      records,
      release: () => {
        handOut.release();
        this.#setup.onProgress();
      },
    };
  }

  #note(where: CheckpointRecord[], record: CheckpointRecord): void {
    this.#setup.state.apply(record);
    where.push(record);
  }

  #onWriteFailed(error: unknown): void {
    this.#fail(error);
    // The new owner of the claim finds these recipients in doubt. This run must not send to them later.
    if (error instanceof ClaimLost) this.#giveUp.abort();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#handOut.halt();
  }
}
