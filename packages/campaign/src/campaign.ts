import { EventEmitter } from "node:events";
import { type InspectOptions, inspect } from "node:util";
import { announce } from "@apnskit/connection/internal";
import type { Clock } from "apnskit";
import type { CampaignOptions, CampaignOutcome } from "./campaign-options.ts";
import { CampaignMissing, CampaignStarted } from "./errors.ts";
import { FileJournal } from "./journal/file-journal.ts";
import { checkOptions, newIdentity, requireSame } from "./options.ts";
import type { Recipient } from "./recipient.ts";
import type { CampaignCounts, CampaignReport } from "./report.ts";
import { CampaignRun } from "./run/campaign-run.ts";
import type { StopReason } from "./run/stop-rule.ts";
import { CampaignState } from "./state/campaign-state.ts";
import type { Checkpoint, CheckpointStore } from "./store/checkpoint-store.ts";

/** Events of a {@link Campaign}. */
export interface CampaignEvents {
  /** Figures during a run, at most four times a second, and at its end. */
  progress: [counts: CampaignCounts];
}

const PROGRESS_INTERVAL = 250;

/**
 * Sends pushes to any number of recipients. After a crash it continues exactly where it stopped.
 *
 * The journal records each recipient on disk before the client gets the recipient. Outcomes follow. So after
 * a crash, the journal shows which recipients have an outcome, and which were not handed out. It also shows
 * which are in doubt: handed out, without an outcome.
 */
export class Campaign<One extends Recipient = Recipient> extends EventEmitter<CampaignEvents> {
  readonly #options: CampaignOptions<One>;
  readonly #checkpoint: Checkpoint;
  readonly #state: CampaignState;
  readonly #clock: Clock;
  readonly #run: CampaignRun<One>;
  #phase: "open" | "running" | "closed" = "open";
  #running: Promise<CampaignReport> | undefined;
  #ended: Promise<void> | undefined;
  #progressAt = Number.NEGATIVE_INFINITY;

  private constructor(
    options: CampaignOptions<One>,
    checkpoint: Checkpoint,
    state: CampaignState,
    clock: Clock,
  ) {
    super();
    const { client, recipients, notification, rate, concurrency, timeout, retryUnsent = true } = options;
    this.#options = options;
    this.#checkpoint = checkpoint;
    this.#state = state;
    this.#clock = clock;
    this.#run = new CampaignRun({
      client,
      checkpoint,
      state,
      recipients,
      notification,
      clock,
      rate,
      concurrency,
      timeout,
      retryUnsent,
      first: 0,
      onProgress: () => this.#announceProgress(),
    });
  }

  /**
   * Opens a new campaign, or resumes the campaign in the journal. {@link Campaign.run} starts sending.
   *
   * @throws InvalidOption, InvalidNotification
   * @throws CampaignDiffers when the journal belongs to another campaign
   * @throws CampaignMissing when the journal holds no campaign and `create` is false
   * @throws JournalInUse, JournalFailed, JournalDamaged, and the errors of another store
   */
  static async open<One extends Recipient>(options: CampaignOptions<One>): Promise<Campaign<One>> {
    const { clock } = checkOptions(options);
    const checkpoint = await storeOf(options.journal).claim();
    try {
      const state = new CampaignState();
      for await (const record of checkpoint.records()) state.apply(record);
      if (state.identity !== undefined) {
        requireSame(state.identity, options);
      } else {
        if (options.create === false) throw new CampaignMissing();
        const { data } = options;
        const begun = { kind: "begun", at: clock.epoch(), identity: newIdentity(options) } as const;
        const record = data === undefined ? begun : { ...begun, data };
        await checkpoint.append([record]);
        state.apply(record);
      }
      return new Campaign(options, checkpoint, state, clock);
    } catch (error) {
      await checkpoint.close();
      throw error;
    }
  }

  /** Identifies the campaign permanently. */
  get name(): string {
    return this.#options.name;
  }

  /** Why the run stopped early; `undefined` if it did not. */
  get stopReason(): StopReason | undefined {
    return this.#run.stopReason;
  }

  counts(): CampaignCounts {
    return this.#state.counts();
  }

  /** Covers all runs so far. */
  report(): CampaignReport {
    return this.#state.report(this.#phase === "running");
  }

  /**
   * Works until the campaign ends or stops. Further calls return the same promise.
   *
   * @returns the report; its `state` is `stopped` if the campaign can be resumed
   * @throws RecipientsChanged, ClaimLost, JournalFailed, and errors of `recipients` and of the function
   *   `notification`. The campaign has then stopped, and can be resumed
   */
  run(): Promise<CampaignReport> {
    this.#running ??= this.#work();
    return this.#running;
  }

  /**
   * Works as {@link Campaign.run} does, and yields each outcome. Leaving the loop aborts the pushes under
   * way.
   *
   * @throws CampaignStarted, and the errors of {@link Campaign.run}
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<CampaignOutcome<One>> {
    const leave = this.#enter();
    try {
      if (this.#state.end !== "cancelled") yield* this.#run.outcomes();
    } finally {
      await leave();
    }
  }

  /** Stops handing out recipients until {@link Campaign.resume}. Pushes under way continue. */
  pause(): void {
    this.#run.pause();
  }

  resume(): void {
    this.#run.resume();
  }

  /** Ends the run as soon as all pushes under way have outcomes. Another `open` can resume the campaign. */
  stop(): void {
    this.#run.stop("stop");
  }

  /** Stops as {@link Campaign.stop} does, but permanently: the campaign cannot be resumed. */
  cancel(): void {
    this.#run.stop("cancel");
  }

  /** Stops the run, waits for its end, and releases the journal. */
  async close(): Promise<void> {
    this.stop();
    if (this.#phase === "open") {
      this.#phase = "closed";
      this.#ended = this.#checkpoint.close();
    }
    await this.#ended;
  }

  /** Same as {@link Campaign.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal One line. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { seen, accepted, underWay, inDoubt } = this.counts();
    const { state } = this.report();
    const shown = { name: this.name, state, seen, accepted, underWay, inDoubt };
    return `Campaign ${inspect(shown, { ...options, breakLength: Number.POSITIVE_INFINITY, compact: true })}`;
  }

  async #work(): Promise<CampaignReport> {
    const leave = this.#enter();
    try {
      if (this.#state.end !== "cancelled") await this.#run.work();
    } finally {
      await leave();
    }
    return this.report();
  }

  /**
   * @returns a function that ends the run
   * @throws CampaignStarted
   */
  #enter(): () => Promise<void> {
    if (this.#phase !== "open") throw new CampaignStarted();
    this.#phase = "running";
    const { signal } = this.#options;
    const onAbort = (): void => this.#run.abort("signal");
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
    let isEnded: () => void;
    this.#ended = new Promise((resolve) => {
      isEnded = resolve;
    });
    return async () => {
      signal?.removeEventListener("abort", onAbort);
      try {
        await this.#checkpoint.close();
      } finally {
        this.#phase = "closed";
        announce<CampaignEvents, "progress">(this, "progress", this.counts());
        isEnded();
      }
    };
  }

  #announceProgress(): void {
    const now = this.#clock.now();
    if (now - this.#progressAt < PROGRESS_INTERVAL) return;
    this.#progressAt = now;
    announce<CampaignEvents, "progress">(this, "progress", this.counts());
  }
}

function storeOf(journal: string | CheckpointStore): CheckpointStore {
  return typeof journal === "string" ? new FileJournal(journal) : journal;
}
