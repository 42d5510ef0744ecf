import type { Attempt, Ledger } from "../apns/ledger.ts";
import type { EventLoop } from "../host/event-loop.ts";
import { EventKind } from "../world/trace.ts";
import type { World } from "../world/world.ts";
import { type ActorView, describeEnd, type End, type RequestRecord } from "./request-record.ts";

/** Milliseconds by which an end may come after its deadline, beside the lateness of the process. */
const SLACK = 20;

/** The longest pause between two attempts, in milliseconds, by the pool's defaults. */
const LONGEST_PAUSE = 30_000;

/** Connections that may be lost under a request. */
const MAX_LOSSES = 2;

/** Milliseconds within which an answer shows that a caller's queue moves. */
const LATELY = 30_000;

/** Answers after which a request is tried again. */
const TRANSIENT: ReadonlySet<string | undefined> = new Set([
  "TooManyRequests",
  "InternalServerError",
  "ServiceUnavailable",
  "Shutdown",
  "IdleTimeout",
]);

/**
 * Compares the ends that callers are told with the ledger of APNs. All its facts come from outside the
 * engine: calls, ends, written octets, and the server's ledger.
 */
export class Judge {
  readonly #world: World;
  readonly #loop: EventLoop;
  readonly #ledger: Ledger;
  readonly #records = new Map<string, RequestRecord>();
  readonly #live = new Map<string, number>();
  /** When each caller was last told of an answer; the process's monotonic milliseconds. */
  readonly #answeredAt = new Map<string, number>();

  constructor(world: World, loop: EventLoop, ledger: Ledger) {
    this.#world = world;
    this.#loop = loop;
    this.#ledger = ledger;
    ledger.onWritten = (attempt, earlier) => this.#onWritten(attempt, earlier);
    ledger.onActed = (attempt, all) => this.#onActed(attempt, all);
  }

  get records(): Iterable<RequestRecord> {
    return this.#records.values();
  }

  /** Requests so far. */
  get count(): number {
    return this.#records.size;
  }

  /** Requests of a caller that have not ended. */
  liveOf(name: string): number {
    return this.#live.get(name) ?? 0;
  }

  /** Whether a request has not ended, has time left, and is wanted. */
  isWaiting(key: string): boolean {
    const record = this.#records.get(key);
    if (record === undefined || record.end !== undefined || record.abandoned) return false;
    // A slow reader may hear of a time-out, or of its signal, much later.
    return record.deadline > this.#loop.now() && record.abortedAt === undefined;
  }

  /**
   * Whether a request waits behind others: none of it was written, and its caller was told of an answer lately. That
   * the queue is in order is checked elsewhere.
   */
  isBehindOthers({ key, actor }: RequestRecord): boolean {
    const answeredAt = this.#answeredAt.get(actor.name) ?? Number.NEGATIVE_INFINITY;
    return this.#ledger.attempts(key).length === 0 && this.#loop.now() - answeredAt < LATELY;
  }

  /** A caller hands a request over. */
  posted(
    key: string,
    actor: ActorView,
    limits: { readonly idempotent: boolean; readonly deadline: number },
  ): RequestRecord {
    const record: RequestRecord = {
      key,
      actor,
      idempotent: limits.idempotent,
      postedAt: this.#loop.now(),
      deadline: limits.deadline,
      abortedAt: undefined,
      abandoned: false,
      end: undefined,
      settledAt: undefined,
    };
    const { now, trace } = this.#world;
    trace.mix(now, EventKind.POST);
    if (trace.verbose)
      trace.line(now, `${actor.name} posts ${key}${record.idempotent ? ", idempotent" : ""}`);
    this.#records.set(key, record);
    this.#live.set(actor.name, this.liveOf(actor.name) + 1);
    return record;
  }

  /**
   * A caller is told how a request ended.
   *
   * @param at when it ended, by the process's monotonic clock; `undefined`: earlier, and its reader comes to
   *   it only now
   */
  settled(record: RequestRecord, end: End, at: number | undefined): void {
    const { now, trace } = this.#world;
    trace.mix(now, EventKind.SETTLE, end.kind === "answer" ? end.status : end.kind === "unsent" ? 1 : 2);
    if (trace.verbose) trace.line(now, `${record.actor.name} is told of ${record.key}: ${describeEnd(end)}`);
    if (record.end !== undefined) {
      this.#find(record, `settles a second time: ${describeEnd(end)}`);
      return;
    }
    record.end = end;
    this.#live.set(record.actor.name, this.liveOf(record.actor.name) - 1);
    record.settledAt = at;
    this.#checkTruth(record, end);
    if (at === undefined) return;
    if (end.kind === "answer") this.#answeredAt.set(record.actor.name, at);
    this.#checkTime(record, end, at);
    this.#checkPatience(record, end, record.deadline - at);
  }

  /** All is over: looks at facts that became true later, and at requests that never settled. */
  close(): void {
    for (const record of this.#records.values()) {
      if (record.end !== undefined) this.#checkTruth(record, record.end);
      else if (!record.abandoned) this.#find(record, "never settles");
    }
  }

  // ── truth ────────────────────────────────────────────────────────────────────────────────────────────────

  #checkTruth(record: RequestRecord, end: End): void {
    const acted = this.#ledger.acted(record.key);
    if (end.kind === "answer") {
      if (end.status === 200) {
        if (acted === 0) this.#find(record, "is called accepted, but APNs did not act on it");
      } else if (acted > 0 && !end.maybeDelivered) {
        this.#find(record, `is called rejected (${end.reason}), but APNs acted on it`);
      }
    } else if (end.kind === "unsent") {
      if (acted > 0) this.#find(record, `is called unsent (${end.code}), but APNs acted on it`);
    } else if (this.#ledger.attempts(record.key).length === 0) {
      this.#find(record, `is called unknown (${end.code}), but none of it was written`);
    }
  }

  #onActed(attempt: Attempt, all: readonly Attempt[]): void {
    const record = this.#records.get(attempt.key);
    const times = all.filter(({ acted }) => acted).length;
    if (record === undefined) this.#world.find(`APNs acts on ${attempt.key}, which no caller has posted`);
    else if (times > 1 && !record.idempotent) this.#find(record, `is acted on ${times} times`);
  }

  /** Whether it may be sent now. */
  #onWritten(attempt: Attempt, earlier: readonly Attempt[]): void {
    const record = this.#records.get(attempt.key);
    if (record === undefined) {
      this.#world.find(`${attempt.key} is sent, which no caller has posted`);
      return;
    }
    if (record.end !== undefined)
      this.#find(record, `is sent after it was called ${describeEnd(record.end)}`);
    // Also when the process was suspended or late: a request that is too late stays in the process.
    if (this.#loop.now() > record.deadline + SLACK)
      this.#find(record, `is sent ${this.#loop.now() - record.deadline} ms after its deadline`);
    for (const { fate, told, status } of earlier) {
      const isUnacted = fate === "refused" || fate === "excluded" || (fate === "answered" && status !== 200);
      if ((told && isUnacted) || record.idempotent) continue;
      this.#find(record, `is sent again although an attempt that ended as ${fate} may have been acted on`);
    }
    const losses = lossesOf(earlier);
    if (losses >= MAX_LOSSES) this.#find(record, `is sent again after ${losses} lost connections`);
  }

  // ── time ─────────────────────────────────────────────────────────────────────────────────────────────────

  #checkTime(record: RequestRecord, end: End, now: number): void {
    const latest = this.#loop.latest(record.deadline, SLACK);
    if (now > latest) this.#find(record, `ends ${Math.round(now - record.deadline)} ms after its deadline`);
    if (end.kind === "answer") return;
    if (end.code === "ERR_APNS_TIMEOUT" && record.deadline - now > LONGEST_PAUSE)
      this.#find(record, `times out ${Math.round(record.deadline - now)} ms before its deadline`);
    if (end.code === "ERR_APNS_ABORTED" && record.abortedAt === undefined && !record.abandoned)
      this.#find(record, "is called aborted, but its signal has not fired");
  }

  // ── patience ─────────────────────────────────────────────────────────────────────────────────────────────

  /** An end that another attempt would have changed is final only when there is no time for the attempt. */
  #checkPatience(record: RequestRecord, end: End, timeLeft: number): void {
    const { actor } = record;
    if (!actor.isOpen || record.abortedAt !== undefined || record.abandoned) return;
    const attempts = this.#ledger.attempts(record.key);
    const pause = Math.min(LONGEST_PAUSE, 250 * 2 ** Math.max(0, attempts.length));
    if (timeLeft <= pause) return;
    const why = this.#isHasty(record, end, attempts);
    if (why !== undefined) this.#find(record, `${why}: ${Math.round(timeLeft)} ms before its deadline`);
  }

  #isHasty(record: RequestRecord, end: End, attempts: readonly Attempt[]): string | undefined {
    if (end.kind === "answer") {
      return TRANSIENT.has(end.reason) ? `ends with ${end.status} ${end.reason}` : undefined;
    }
    switch (end.code) {
      case "ERR_APNS_STREAM_RESET":
      case "ERR_APNS_CLOSED": {
        const losses = lossesOf(attempts);
        if (end.kind === "unsent") return `ends as unsent (${end.code} ${end.detail})`;
        if (record.idempotent && losses < MAX_LOSSES) return `ends as unknown (${end.code} ${end.detail})`;
        return undefined;
      }
      case "ERR_APNS_BLOCKED":
        return record.actor.maxQueue === Number.POSITIVE_INFINITY ? "is blocked without a limit" : undefined;
      case "ERR_APNS_TIMEOUT":
      case "ERR_APNS_ABORTED":
        return undefined;
      default:
        return `ends with ${end.code} ${end.detail}`;
    }
  }

  #find(record: RequestRecord, what: string): void {
    this.#world.find(`request ${record.key} of ${record.actor.name} ${what}`);
  }
}

/** How many attempts ended without the process having read how. */
function lossesOf(attempts: readonly Attempt[]): number {
  return attempts.filter(({ told }) => !told).length;
}
