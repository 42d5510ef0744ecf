import type { CampaignCounts, CampaignReport } from "../report.ts";
import type { CampaignIdentity, CheckpointRecord, End, Runs } from "../store/checkpoint-record.ts";
import { Ends } from "./ends.ts";
import { RecipientStates, Stage } from "./recipient-states.ts";
import { eachRun, rangesOf } from "./runs.ts";
import { WorkTime } from "./work-time.ts";

/** A block of recipients, as it was first read. */
export interface KnownBlock {
  readonly size: number;
  readonly hash: string;
}

/** The state of a campaign. Only records change it, so the records describe it completely. */
export class CampaignState {
  readonly recipients: RecipientStates;
  readonly #ends = new Ends();
  readonly #time = new WorkTime();
  readonly #blocks: KnownBlock[] = [];
  readonly #resent: number[] = [];
  #identity: CampaignIdentity | undefined;
  #data: unknown;
  #seen = 0;
  #count: number | undefined;
  #end: "finished" | "cancelled" | undefined;

  /** @param first place of the first recipient; not 0 for a later range of a campaign */
  constructor(first = 0) {
    this.recipients = new RecipientStates(first);
  }

  /** `undefined` for an empty store. */
  get identity(): CampaignIdentity | undefined {
    return this.#identity;
  }

  /** The `data` of the campaign's first `open`, for tools. */
  get data(): unknown {
    return this.#data;
  }

  get end(): "finished" | "cancelled" | undefined {
    return this.#end;
  }

  /** Number of recipients; `undefined` while unknown. */
  get count(): number | undefined {
    return this.#count;
  }

  /** A block that was already read. */
  block(number: number): KnownBlock | undefined {
    return this.#blocks[number];
  }

  /** Recipients that were handed out and have no outcome. */
  underWay(): Runs {
    return this.recipients.runs(Stage.handedOut);
  }

  /**
   * Recipients that may be resent without harm: their pushes certainly did not reach APNs, or APNs did not
   * act on them.
   */
  retryable(): Runs {
    return this.#ends.retryable();
  }

  apply(record: CheckpointRecord): void {
    switch (record.kind) {
      case "begun":
        this.#identity = record.identity;
        this.#count = record.identity.count;
        this.#data = record.data;
        this.#time.apply(record);
        return;
      case "working":
        this.#end = undefined;
        this.#time.apply(record);
        return;
      case "stopped":
        this.#time.apply(record);
        return;
      case "finished":
      case "cancelled":
        this.#end = record.kind;
        this.#time.apply(record);
        return;
      case "block":
        this.#blocks[record.block] = { size: record.size, hash: record.hash };
        this.#seen += record.size;
        return;
      case "counted":
        this.#count = record.count;
        return;
      case "handed-out":
        this.#move(record.runs, Stage.handedOut);
        return;
      case "accepted":
        this.#move(record.runs, Stage.accepted);
        return;
      case "returned":
        this.#return(record.runs);
        return;
      case "ended":
        for (const end of record.ends) this.endOtherwise(end);
        return;
      case "in-doubt":
        this.#doubt(record.runs, record.action === "resend");
        return;
    }
  }

  accept(index: number): void {
    this.recipients.set(index, Stage.accepted);
  }

  /** Notes an end other than accepted. */
  endOtherwise(end: End): void {
    this.#ends.add(end);
    this.recipients.set(end.index, Stage.ended);
  }

  /** Notes that the current run is alive at this instant, in milliseconds since 1970-01-01 UTC. */
  touch(at: number): void {
    this.#time.touch(at);
  }

  counts(): CampaignCounts {
    const underWay = this.recipients.count(Stage.handedOut);
    const accepted = this.recipients.count(Stage.accepted);
    const left = this.#seen - underWay - accepted - this.recipients.count(Stage.ended);
    return {
      seen: this.#seen,
      count: this.#count,
      accepted,
      rejected: this.#ends.count("rejected"),
      unsent: this.#ends.count("unsent"),
      unknown: this.#ends.count("unknown"),
      underWay,
      inDoubt: this.#ends.count("in-doubt"),
      pending: left,
    };
  }

  /** Whether each recipient has an end. */
  get isComplete(): boolean {
    const { seen, pending, underWay } = this.counts();
    return this.#count === seen && pending === 0 && underWay === 0;
  }

  /** Requires an identity. */
  report(isRunning = false): CampaignReport {
    const { name, inDoubt } = this.#identity!;
    const counts = this.counts();
    const { accepted, rejected, unsent, unknown } = counts;
    const { startedAt, endedAt, duration } = this.#time;
    return {
      name,
      state: this.#end ?? (isRunning ? "running" : "stopped"),
      ...counts,
      inDoubtPolicy: inDoubt,
      reasons: this.#ends.reasons(),
      inDoubtRecipients: rangesOf([...this.#ends.runs("in-doubt"), ...(isRunning ? [] : this.underWay())]),
      unknownRecipients: rangesOf(this.#ends.runs("unknown")),
      unsentRecipients: rangesOf(this.#ends.runs("unsent")),
      resentRecipients: rangesOf(this.#resent),
      deadTokens: this.#ends.deadTokens(),
      startedAt,
      endedAt,
      duration,
      rate: duration > 0 ? ((accepted + rejected + unsent + unknown) / duration) * 1000 : 0,
    };
  }

  #move(runs: Runs, stage: Stage): void {
    eachRun(runs, (from, to) => this.recipients.setRun(from, to, stage));
  }

  #return(runs: Runs): void {
    eachRun(runs, (from, to) => {
      for (let index = from; index < to; index++) this.#ends.remove(index);
      this.recipients.setRun(from, to, Stage.pending);
    });
  }

  #doubt(runs: Runs, resend: boolean): void {
    if (resend) for (const place of runs) this.#resent.push(place);
    eachRun(runs, (from, to) => {
      if (!resend) for (let index = from; index < to; index++) this.#ends.addInDoubt(index);
      this.recipients.setRun(from, to, resend ? Stage.pending : Stage.ended);
    });
  }
}
