import type { ErrorPacket } from "../codec/error-packet.ts";
import { Status } from "../codec/status.ts";
import { Push } from "./push.ts";
import type { Verdict } from "./verdict.ts";

/** What the sequence needs of an entry: a {@link Push}, or the refusal of a frame that became none. */
export interface Received {
  readonly identifier: number;
  readonly verdict: Verdict | undefined;
}

/** How a connection ends. */
export interface Ending {
  /** What the client is told; `undefined` where there is nothing to tell. */
  readonly packet: ErrorPacket | undefined;
  /** The notification at fault; `undefined` for the end of a connection without a fault. */
  readonly fault: Received | undefined;
  /** What the client sends again, although APNs has it or may have it: to be absorbed. */
  readonly behind: readonly Push[];
}

/** How the client stands to the connection. */
type Mode =
  /** Both sides are there. */
  | "open"
  /** The client has ended its side, or is gone: what has come is finished. */
  | "departed"
  /** The gateway stops: nothing is taken, what is under way is waited for. */
  | "stopping";

/** Notifications that are remembered after their verdict, in case that the connection is cut. */
const RECENT = 128;

/**
 * The order of one connection: what came, what became of it, and how the connection has to end for the client to do the
 * right thing. No I/O and no clock.
 *
 * The client was promised that notifications are worked through in order. They are not, since hundreds are under way at
 * once; but the first refusal is told only when everything before it has gone well, so that it looks so.
 */
export class PushSequence {
  readonly #window: number;
  /** From `#head` on: everything that has not gone well or still has something before it that has not. */
  #received: Received[] = [];
  #head = 0;
  /** Without a verdict. */
  #pending = 0;
  #mode: Mode = "open";
  #hasFault = false;
  #lastAccepted: number | undefined = undefined;
  /** A ring of what has gone well lately. */
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
    // Behind a refusal the client sends everything again: it would be taken twice.
    return !this.#hasFault && this.#received.length - this.#head < this.#window;
  }

  /** Notifications without a verdict. */
  get pending(): number {
    return this.#pending;
  }

  /** Appends what has come. */
  take(received: Received): void {
    this.#received.push(received);
    if (received.verdict === undefined) this.#pending++;
    else this.#note(received.verdict);
  }

  /** A notification that was taken without a verdict has one now. */
  settled(push: Push): void {
    this.#pending--;
    this.#note(push.verdict!);
  }

  /** The client has ended its side or is gone. It can send nothing again without having been told. */
  depart(): void {
    if (this.#mode === "open") this.#mode = "departed";
  }

  /** The gateway stops. */
  stop(): void {
    this.#mode = "stopping";
  }

  /**
   * How the connection ends, as soon as that is certain. To be asked after each change.
   *
   * @param isDrained whether everything that came has been taken
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

  /** Everything that APNs has, or may have, and that a client may send again whose connection was cut. */
  inCaseOfCut(): readonly Push[] {
    const waiting = this.#received.slice(this.#head).filter((one) => one instanceof Push);
    return [...this.#recent, ...waiting];
  }

  /** The last notifications that have gone well, with nothing before them that has not. */
  recent(): readonly Push[] {
    return this.#recent;
  }

  /** Faults that no packet tells of, if the connection ends now. @param told the one that the packet tells of */
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
    // A client takes the notification that status 10 names for accepted: without one, the first has to be named as failed.
    if (verdict?.state === "unsent" && this.#lastAccepted !== undefined) {
      return { status: Status.shutdown, identifier: this.#lastAccepted };
    }
    return { status: Status.processingError, identifier };
  }
}

function isFault(verdict: Verdict | undefined): boolean {
  return verdict !== undefined && verdict.state !== "done";
}
