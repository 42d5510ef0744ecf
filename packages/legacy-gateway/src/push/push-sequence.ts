import type { ErrorPacket } from "../codec/error-packet.ts";
import { Status } from "../codec/status.ts";
import { Push } from "./push.ts";
import type { Verdict } from "./verdict.ts";

/** What the sequence needs of an entry: a {@link Push}, or the refusal of a frame. */
export interface Received {
  readonly identifier: number;
  readonly verdict: Verdict | undefined;
}

/** How a connection ends. */
export interface Ending {
  /** The packet for the client; `undefined` for none. */
  readonly packet: ErrorPacket | undefined;
  /** The notification at fault; `undefined` for the end of a connection without a fault. */
  readonly fault: Received | undefined;
  /**
   * Notifications that the client will send again although APNs has them or may have them: to be absorbed.
   */
  readonly behind: readonly Push[];
}

/** The state of the client's side. */
type Mode =
  /** Both sides are open. */
  | "open"
  /** The client has ended its side or is gone; received notifications are still sent. */
  | "departed"
  /** The gateway stops: it takes nothing more, and waits for notifications in flight. */
  | "stopping";

/** Notifications to remember after their verdict, in case the connection is cut. */
const RECENT = 128;

/**
 * The order of one connection: its notifications, their verdicts, and the end of the connection that makes
 * the client do the right thing. No I/O and no clock.
 *
 * The protocol promises that notifications are handled in order. In fact hundreds are in flight at once. But
 * the first refusal is reported only when everything before it has succeeded, so the client sees that order.
 */
export class PushSequence {
  readonly #window: number;
  /** From `#head` on: every entry that has not succeeded, or that is behind an entry that has not. */
  #received: Received[] = [];
  #head = 0;
  /** Without a verdict. */
  #pending = 0;
  #mode: Mode = "open";
  #hasFault = false;
  #lastAccepted: number | undefined = undefined;
  /** A ring of entries that succeeded lately. */
  readonly #recent: Push[] = [];
  #nextRecent = 0;

  /** @param window notifications that may be behind the first one without a verdict, from 1 */
  constructor(window: number) {
    this.#window = window;
  }

  /** Whether another notification may be taken now. */
  get takes(): boolean {
    if (this.#mode === "stopping") return false;
    if (this.#mode === "departed") return this.#pending < this.#window;
    // The client sends everything behind a refusal again, so it would be taken twice.
    return !this.#hasFault && this.#received.length - this.#head < this.#window;
  }

  /** Notifications without a verdict. */
  get pending(): number {
    return this.#pending;
  }

  /** Appends a received notification. */
  take(received: Received): void {
    this.#received.push(received);
    if (received.verdict === undefined) this.#pending++;
    else this.#note(received.verdict);
  }

  /** Notes that a notification now has its verdict. */
  settled(push: Push): void {
    this.#pending--;
    this.#note(push.verdict!);
  }

  /** Notes that the client has ended its side or is gone. It cannot be told to send anything again. */
  depart(): void {
    if (this.#mode === "open") this.#mode = "departed";
  }

  /** The gateway stops. */
  stop(): void {
    this.#mode = "stopping";
  }

  /**
   * How the connection ends, as soon as that is certain. Call this after each change.
   *
   * @param isDrained whether everything received has been taken
   */
  conclude(isDrained: boolean): Ending | undefined {
    this.#release();
    const first = this.#received[this.#head];
    const fault = first?.verdict === undefined ? undefined : first;
    if (this.#mode === "open") return fault === undefined ? undefined : this.#end(fault);
    if (this.#mode === "stopping") {
      if (fault !== undefined) return this.#end(fault);
      return this.#pending === 0 ? this.#shutDown() : undefined;
    }
    return isDrained && this.#pending === 0 ? this.#end(fault) : undefined;
  }

  /**
   * Notifications that APNs has or may have, and that a client may send again after its connection was cut.
   */
  inCaseOfCut(): readonly Push[] {
    const waiting = this.#received.slice(this.#head).filter((one) => one instanceof Push);
    return [...this.#recent, ...waiting];
  }

  /** The last notifications before the first one that has not succeeded. */
  recent(): readonly Push[] {
    return this.#recent;
  }

  /**
   * Faults that no packet reports if the connection ends now. @param told the fault that the packet reports
   */
  untold(told: Received | undefined): number {
    const waiting = this.#received.slice(this.#head);
    return waiting.filter((one) => one !== told && isFault(one.verdict)).length;
  }

  #note(verdict: Verdict): void {
    if (verdict.state !== "done") this.#hasFault = true;
  }

  #release(): void {
    while (this.#head < this.#received.length) {
      const first = this.#received[this.#head]!;
      if (first.verdict?.state !== "done") break;
      this.#lastAccepted = first.identifier;
      this.#head++;
      if (first instanceof Push) this.#remember(first);
    }
    if (this.#head === this.#received.length) {
      this.#received = [];
      this.#head = 0;
    } else if (this.#head >= RECENT && this.#head * 2 >= this.#received.length) {
      this.#received = this.#received.slice(this.#head);
      this.#head = 0;
    }
  }

  #remember(push: Push): void {
    this.#recent[this.#nextRecent] = push;
    this.#nextRecent = (this.#nextRecent + 1) % RECENT;
  }

  #end(fault: Received | undefined): Ending {
    const behind = fault === undefined ? [] : this.#received.slice(this.#head + 1);
    return {
      packet: fault === undefined ? undefined : this.#packetFor(fault),
      fault,
      behind: behind.filter((one) => one instanceof Push),
    };
  }

  #shutDown(): Ending {
    const identifier = this.#lastAccepted;
    const packet = identifier === undefined ? undefined : { status: Status.shutdown, identifier };
    return { packet, fault: undefined, behind: [] };
  }

  #packetFor({ identifier, verdict }: Received): ErrorPacket {
    if (verdict?.state === "refused") return { status: verdict.status, identifier };
    // A client treats the notification named by status 10 as accepted. If none was, the packet must name the
    // first as failed.
    if (verdict?.state === "unsent" && this.#lastAccepted !== undefined) {
      return { status: Status.shutdown, identifier: this.#lastAccepted };
    }
    return { status: Status.processingError, identifier };
  }
}

function isFault(verdict: Verdict | undefined): boolean {
  return verdict !== undefined && verdict.state !== "done";
}
