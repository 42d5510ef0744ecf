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

/** Events of a campaign. */
export interface CampaignEvents {
  /** Figures while it is worked on, at most four times a second, and at the end. */
  progress: [counts: CampaignCounts];
}

const PROGRESS_INTERVAL = 250;

/**
 * Sends pushes to any number of recipients, and goes on exactly where it was after a crash.
 *
 * Before a recipient reaches the client, the journal says so on disk; outcomes follow. So after a crash the journal tells
 * who got an outcome, who was not handed out, and who is in doubt: handed out, without an outcome.
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
   * Opens a campaign: a new one, or one that its journal knows, which then goes on. Nothing is sent before
   * {@link Campaign.run}.
   *
   * @throws InvalidOption, InvalidNotification
   * @throws CampaignDiffers when the journal is of another campaign; CampaignMissing without one and `create: false`
   * @throws JournalInUse, JournalFailed, JournalDamaged, and what another store throws
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

  /** Names the campaign for good. */
  get name(): string {
    return this.#options.name;
  }

  /** Why the run stopped before its end: `undefined` if it did not. */
  get stopReason(): StopReason | undefined {
    return this.#run.stopReason;
  }

  counts(): CampaignCounts {
    return this.#state.counts();
  }

  /** Over all runs so far. */
  report(): CampaignReport {
    return this.#state.report(this.#phase === "running");
  }

  /**
   * Works to the end of the campaign, or to a stop. Further calls have the same result.
   *
   * @returns what became of the campaign; `state` is `stopped` when it can be resumed
   * @throws RecipientsChanged, ClaimLost, JournalFailed; what `recipients` and the function `notification` throw. The
   *   campaign has stopped then, and can be resumed
   */
  run(): Promise<CampaignReport> {
    this.#running ??= this.#work();
    return this.#running;
  }

  /**
   * The same, one outcome at a time. Leaving the loop gives up what is under way.
   *
   * @throws CampaignStarted, and what {@link Campaign.run} throws
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<CampaignOutcome<One>> {
    const leave = this.#enter();
    try {
      if (this.#state.end !== "cancelled") yield* this.#run.outcomes();
    } finally {
      await leave();
    }
  }

  /** Hands out no more until {@link Campaign.resume}; what is under way goes on. */
  pause(): void {
    this.#run.pause();
  }

  resume(): void {
    this.#run.resume();
  }

  /** Ends the run as soon as those under way have their outcomes. The campaign can be resumed, by another `open`. */
  stop(): void {
    this.#run.stop("stop");
  }

  /** As {@link Campaign.stop}, but for good: the campaign cannot be resumed. */
  cancel(): void {
    this.#run.stop("cancel");
  }

  /** Stops the run, waits for its end, and lets go of the journal. */
  async close(): Promise<void> {
    this.stop();
    if (this.#phase === "open") {
      this.#phase = "closed";
      this.#ended = this.#checkpoint.close();
    }
    await this.#ended;
  }

  /** As {@link Campaign.close}: for `await using`. */
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

  /** @returns what ends the run @throws CampaignStarted */
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
