import type { CampaignReport, CheckpointRecord } from "@apnskit/campaign";
import type { Attempt, Ledger } from "../apns/ledger.ts";
import type { CampaignPlan } from "../callers/campaign-plan.ts";
import type { SimulatedProcess } from "../host/simulated-process.ts";
import type { World } from "../world/world.ts";
import { describeStanding, JournalReplay, type Standing } from "./journal-replay.ts";
import { recipientIds } from "./recipient-ids.ts";

/** Connections that may be lost under one push of one process. */
const MAX_LOSSES = 2;

/** An audit's view of a campaign. */
export interface CampaignView {
  readonly plan: CampaignPlan;
  readonly name: string;
  /** Token of a recipient. */
  tokenOf(index: number): string;
  /** The process that has a socket. */
  processOf(socket: number): SimulatedProcess | undefined;
  /** Whether a process may still believe that the campaign is its own, but another one has taken it. */
  isStale(process: SimulatedProcess): boolean;
}

/** Milliseconds without a durable record after which a campaign has come to a standstill. */
const STANDSTILL = 15_000;

/**
 * Compares a campaign's durable records with the ledger of APNs: at each push that is written, at the end of
 * each run, and at the end of all.
 */
export class CampaignAudit {
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #view: CampaignView;
  readonly #replay: JournalReplay;
  readonly #places = new Map<string, number>();
  readonly #collapseIds: readonly string[];
  /** Processes that know of the loss of their claim. */
  readonly #dismissed = new Set<SimulatedProcess>();

  /** When a record became durable last. */
  #recordedAt = Number.NEGATIVE_INFINITY;

  constructor(world: World, ledger: Ledger, view: CampaignView) {
    this.#world = world;
    this.#ledger = ledger;
    this.#view = view;
    this.#replay = new JournalReplay((text) => this.#find(text));
    const ids = recipientIds(view.name, view.plan.count);
    this.#collapseIds = ids.collapse;
    for (let index = 0; index < view.plan.count; index++) this.#places.set(ids.apns[index]!, index);
  }

  /** Whether a push is one of this campaign. */
  owns(key: string): boolean {
    return this.#places.has(key);
  }

  get isFinished(): boolean {
    return this.#replay.isFinished;
  }

  /** Recipients who are handed out. */
  get live(): number {
    return this.#replay.count("handed out");
  }

  /** Recipients whose push certainly never left, and may be sent by another run. */
  get hasRetryable(): boolean {
    return this.#retryable > 0;
  }

  get #retryable(): number {
    let count = 0;
    for (const index of this.#places.values()) {
      const standing = this.#replay.of(index);
      if (standing.kind === "ended" && standing.end.retryable) count++;
    }
    return count;
  }

  /** A record has become durable. */
  recorded(record: CheckpointRecord): void {
    this.#replay.apply(record);
    this.#recordedAt = this.#world.now;
  }

  /** A process has learnt that its claim is lost: it sends nothing more. */
  dismissed(process: SimulatedProcess): void {
    this.#dismissed.add(process);
  }

  /** The first octets of a push are handed to a socket. */
  written(attempt: Attempt, earlier: readonly Attempt[], fields: ReadonlyMap<string, string>): void {
    const index = this.#places.get(attempt.key)!;
    const { plan } = this.#view;
    const process = this.#view.processOf(attempt.socket);
    if (process === undefined) throw new Error(`socket ${attempt.socket} is of no process`);
    if (!fields.get(":path")?.endsWith(`/${this.#view.tokenOf(index)}`))
      this.#find(`recipient ${index} gets the push of another device`);
    const collapseId = plan.collapse ? this.#collapseIds[index] : undefined;
    if (fields.get("apns-collapse-id") !== collapseId)
      this.#find(`the push of recipient ${index} has the collapse id ${fields.get("apns-collapse-id")}`);
    if (this.#dismissed.has(process))
      this.#find(`${process.name} sends to recipient ${index} after it has learnt that its claim is lost`);
    if (!this.#view.isStale(process)) {
      const standing = this.#replay.of(index);
      if (standing.kind !== "handed out")
        this.#find(`recipient ${index} is sent to, and is ${describeStanding(standing)} in durable records`);
    }
    this.#checkRisk(index, process, earlier);
  }

  /** APNs acts on a push. */
  acted({ key }: Attempt): void {
    const index = this.#places.get(key)!;
    const attempts = this.#ledger.attempts(key).filter(({ acted }) => acted);
    const senders = new Set(attempts.map(({ socket }) => this.#view.processOf(socket)));
    if (senders.size > 1 && !this.#mayResend(index))
      this.#find(`recipient ${index} is acted on for ${senders.size} processes`);
    if (attempts.length > senders.size && !this.#view.plan.collapse)
      this.#find(`recipient ${index} is acted on ${attempts.length} times`);
  }

  /** A run has ended, and its process knows how. */
  reported(report: CampaignReport, process: SimulatedProcess): void {
    if (this.#view.isStale(process)) return;
    const replay = this.#replay;
    const expected = {
      accepted: replay.count("accepted"),
      rejected: replay.count("ended", "rejected"),
      unsent: replay.count("ended", "unsent"),
      unknown: replay.count("ended", "unknown"),
      inDoubt: replay.count("in doubt"),
      underWay: replay.count("handed out"),
      deadTokens: replay.deadTokens.size,
    };
    const told = { ...report, deadTokens: report.deadTokens.length };
    for (const [figure, count] of Object.entries(expected)) {
      const found = told[figure as keyof typeof expected];
      if (found !== count)
        this.#find(`${process.name} reports ${figure} = ${found}, and its durable records have ${count}`);
    }
    const tokens = new Set(report.deadTokens.map(({ token }) => token));
    if (tokens.size !== report.deadTokens.length) this.#find("a dead token is reported twice");
    for (const index of this.#places.values()) {
      const isNamed = report.inDoubtRecipients.some(({ from, to }) => index >= from && index < to);
      const { kind } = replay.of(index);
      if (isNamed !== (kind === "in doubt" || kind === "handed out"))
        this.#find(`recipient ${index} is ${isNamed ? "" : "not "}named as in doubt, and is ${kind}`);
      const isResent = report.resentRecipients.some(({ from, to }) => index >= from && index < to);
      if (isResent !== replay.resent.has(index))
        this.#find(`recipient ${index} is ${isResent ? "" : "not "}named as sent again`);
    }
    if (report.state === "finished" && report.pending > 0) this.#find("is finished with recipients left");
  }

  /**
   * All is over.
   *
   * @param clearAt when the weather cleared: unless its credentials are refused, it has come to its end or is on its way
   */
  close(clearAt: number): void {
    for (const [key, index] of this.#places) this.#checkTruth(key, index, this.#replay.of(index));
    // A slow server may need longer than a run lasts.
    const isOnItsWay = this.#world.now - this.#recordedAt < STANDSTILL;
    if (!this.#replay.isFinished && !isOnItsWay && !this.#isRefusedSince(clearAt))
      this.#find("is not finished in clear weather");
    if (!this.#replay.isFinished) return;
    const { count } = this.#view.plan;
    const ended =
      this.#replay.count("accepted") + this.#replay.count("ended") + this.#replay.count("in doubt");
    if (ended !== count) this.#find(`is finished with ${ended} ends for ${count} recipients`);
  }

  /** A wrong wall clock, which no weather sets right, makes provider tokens invalid. */
  #isRefusedSince(time: number): boolean {
    return [...this.#places.keys()].some((key) =>
      this.#ledger.attempts(key).some(({ status, writtenAt }) => status === 403 && writtenAt > time),
    );
  }

  #checkTruth(key: string, index: number, standing: Standing): void {
    const acted = this.#ledger.acted(key);
    const isNamed = this.#mayResend(index);
    const what = `recipient ${index} is ${describeStanding(standing)}`;
    if (standing.kind === "accepted" && acted === 0) this.#find(`${what}, but APNs did not act on it`);
    if (standing.kind === "pending" && acted > 0 && !isNamed) this.#find(`${what}, but APNs acted on it`);
    if (standing.kind !== "ended" || acted === 0 || isNamed) return;
    if (standing.end.result === "unsent") this.#find(`${what}, but APNs acted on it`);
    // A push with a collapse id may be rejected at its second attempt, and accepted at its first.
    if (standing.end.result === "rejected" && !this.#view.plan.collapse)
      this.#find(`${what}, but APNs acted on it`);
  }

  /**
   * A push that may have reached APNs is sent again by its own process if it has a collapse id, by others if
   * named.
   */
  #checkRisk(index: number, process: SimulatedProcess, earlier: readonly Attempt[]): void {
    const risked = earlier.filter((attempt) => !isUnacted(attempt));
    let losses = 0;
    for (const { socket, fate, told } of risked) {
      const sender = this.#view.processOf(socket)!;
      if (sender === process && !told) losses++;
      if (sender === process ? this.#view.plan.collapse : this.#mayResend(index)) continue;
      const after = `although an attempt of ${sender.name} that ended as ${fate} may have been acted on`;
      this.#find(`${process.name} sends to recipient ${index} again, ${after}`);
    }
    if (losses >= MAX_LOSSES)
      this.#find(`${process.name} sends to recipient ${index} again after ${losses} lost connections`);
  }

  #mayResend(index: number): boolean {
    return this.#view.plan.inDoubt === "resend" && this.#replay.resent.has(index);
  }

  #find(what: string): void {
    this.#world.find(`campaign ${this.#view.name}: ${what}`);
  }
}

/** Whether the sender knows that an attempt was not acted on. */
function isUnacted({ fate, told, status }: Attempt): boolean {
  return told && (fate === "refused" || fate === "excluded" || (fate === "answered" && status !== 200));
}
