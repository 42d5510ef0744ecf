import { constants } from "node:http2";
import { type Answer, refuse } from "../services/answer.ts";
import { isReason, type Reason } from "../services/reasons.ts";
import type { GoawayOptions } from "../wire/goaway.ts";
import { goawayProblem } from "../wire/goaway.ts";
import { type Latency, sampler } from "./latency.ts";
import type { Random } from "./random.ts";

/** What goes wrong. */
export type FaultAction =
  | {
      /** One answer, whatever the request. */
      kind: "answer";
      /** The answer's reason, in the spelling of the wire; its status follows. */
      reason: Reason;
      /** From then on the whole connection answers so. Default false. */
      sticky?: boolean;
      /** The request has its effect all the same. Default false. */
      acted?: boolean;
      /** Seconds for a `retry-after` header, which Apple is not known to send. Default none. */
      retryAfter?: number;
      /** For 410: ms since the epoch. Default now. */
      timestamp?: number;
    }
  | {
      /** Answers later. */
      kind: "latency";
      /** Milliseconds on top of the server's own latency. */
      latency: Latency;
    }
  | ({
      /** Sends a GOAWAY. The request itself is answered if its stream is not above the last one. */
      kind: "goaway";
    } & GoawayOptions)
  | {
      /** Resets the stream. */
      kind: "reset";
      /** HTTP/2 error code or its name, e.g. `"REFUSED_STREAM"`. */
      code: number | string;
      /** The request has its effect all the same. Default false. */
      acted?: boolean;
    }
  | {
      /** Announces another limit, then answers. */
      kind: "settings";
      /** Streams at once, 0 … 2³² − 1. */
      maxConcurrentStreams: number;
    }
  | {
      /** Does not answer. */
      kind: "stall";
      /** This request (the default), or the connection, which says nothing more, not even to a PING. */
      scope?: "stream" | "connection";
      /** Milliseconds after which it goes on; from 0. Default: never. */
      ms?: number;
      /** What is never answered has its effect all the same. Default false. */
      acted?: boolean;
    }
  | {
      /** Closes the socket without a word. */
      kind: "drop";
      /** All that was in flight on it has had its effect. Default false. */
      acted?: boolean;
    }
  | {
      /** Turns new connections away. */
      kind: "refuse";
      /** Closed before TLS (the default) or after the handshake, or accepted and left hanging before TLS. */
      how?: "close" | "close-after-handshake" | "hang";
    };

/** Whom it hits. */
export interface FaultTarget {
  /** Part of the matching requests (or connections) that it hits, from 0 to 1. Default 1. */
  share?: number;
  /** It ends after so many hits. Default: never. */
  times?: number;
  /** Only pushes to this device token. */
  token?: string;
  /** Only pushes with this topic. */
  topic?: string;
  /** Only this connection, by its number in the ledger. */
  connection?: number;
}

/** What goes wrong, and whom it hits. */
export type Fault = FaultAction & FaultTarget;

/** A fault that is in force. */
export interface InjectedFault {
  /** Counts up from 1; ends the fault through `removeFault`. */
  readonly id: number;
  /** What it does, and whom it hits: a copy of what was given. */
  readonly fault: Fault;
  /** How often it has hit. */
  readonly hits: number;
}

/** What of a request decides which faults can hit it. */
export interface FaultSubject {
  token: string;
  topic: string | undefined;
  connection: number;
}

/** The faults that hit one request. */
export interface DrawnFaults {
  /** Milliseconds on top of the server's own latency. */
  delay: number;
  action: Exclude<FaultAction, { kind: "latency" | "refuse" }> | undefined;
}

const NONE: DrawnFaults = Object.freeze({ delay: 0, action: undefined });

interface Active {
  id: number;
  fault: Fault;
  hits: number;
  sample: (() => number) | undefined;
}

/**
 * The faults in force. For each request all latencies add up, and of the others the first that hits takes effect.
 * Draws are made in the order of arrival from a seeded generator.
 */
export class Faults {
  readonly #random: Random;
  #active: Active[] = [];
  #lastId = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /**
   * Puts a fault in force.
   *
   * @throws TypeError or RangeError for a fault that makes no sense
   */
  inject(fault: Fault): InjectedFault {
    checkFault(fault);
    const sample = fault.kind === "latency" ? sampler(fault.latency, this.#random) : undefined;
    const active: Active = { id: ++this.#lastId, fault: { ...fault }, hits: 0, sample };
    this.#active.push(active);
    return active;
  }

  /** Ends a fault. @returns whether it was in force */
  remove(id: number): boolean {
    const before = this.#active.length;
    this.#active = this.#active.filter((active) => active.id !== id);
    return this.#active.length < before;
  }

  clear(): void {
    this.#active = [];
  }

  list(): InjectedFault[] {
    return this.#active.map(({ id, fault, hits }) => ({ id, fault, hits }));
  }

  /** Decides what hits a request. */
  draw(subject: FaultSubject): DrawnFaults {
    if (this.#active.length === 0) return NONE;
    let delay = 0;
    let action: DrawnFaults["action"];
    for (const active of this.#active) {
      const { fault } = active;
      if (fault.kind === "refuse" || (action && fault.kind !== "latency") || !isTarget(fault, subject))
        continue;
      if (!this.#hits(active)) continue;
      if (fault.kind === "latency") delay += active.sample!();
      else action = fault;
    }
    return { delay, action };
  }

  /** Decides whether a new connection is refused. */
  drawRefusal(): Extract<FaultAction, { kind: "refuse" }> | undefined {
    for (const active of this.#active) {
      if (active.fault.kind === "refuse" && this.#hits(active)) return active.fault;
    }
    return undefined;
  }

  #hits(active: Active): boolean {
    const { share = 1, times = Infinity } = active.fault;
    if (share < 1 && this.#random.next() >= share) return false;
    active.hits++;
    if (active.hits >= times) this.remove(active.id);
    return true;
  }
}

function isTarget(fault: FaultTarget, subject: FaultSubject): boolean {
  return (
    (fault.token === undefined || fault.token.toLowerCase() === subject.token.toLowerCase()) &&
    (fault.topic === undefined || fault.topic === subject.topic) &&
    (fault.connection === undefined || fault.connection === subject.connection)
  );
}

/**
 * HTTP/2 error code from its number or name.
 *
 * @throws RangeError if it is neither
 */
export function errorCode(code: number | string): number {
  const value =
    typeof code === "number"
      ? code
      : (constants as unknown as Record<string, number>)[`NGHTTP2_${code.toUpperCase()}`];
  if (value === undefined || !Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    throw new RangeError(`Not an HTTP/2 error code: ${JSON.stringify(code)}`);
  }
  return value;
}

const SCOPES: readonly unknown[] = [undefined, "stream", "connection"];
const REFUSALS: readonly unknown[] = [undefined, "close", "close-after-handshake", "hang"];

/** @throws TypeError or RangeError that names what is wrong */
export function checkFault(fault: Fault): void {
  const { share = 1, times = Infinity } = fault;
  if (!(share >= 0 && share <= 1)) throw new RangeError(`share must be from 0 to 1, got ${String(share)}`);
  if (!(times >= 1)) throw new RangeError(`times must be 1 or more, got ${String(times)}`);
  switch (fault.kind) {
    case "answer":
      if (!isReason(fault.reason)) throw new RangeError(`Unknown reason: ${JSON.stringify(fault.reason)}`);
      return;
    case "latency":
      return; // inject() makes the sampler, which checks it
    case "goaway": {
      const problem = goawayProblem(fault);
      if (problem) throw new RangeError(problem);
      return;
    }
    case "reset":
      errorCode(fault.code);
      return;
    case "settings": {
      const limit = fault.maxConcurrentStreams;
      if (!Number.isInteger(limit) || limit < 0 || limit > 0xffffffff) {
        throw new RangeError(`maxConcurrentStreams must be a whole number, 0 or more, got ${String(limit)}`);
      }
      return;
    }
    case "stall":
      if (!SCOPES.includes(fault.scope))
        throw new RangeError(`Unknown scope: ${JSON.stringify(fault.scope)}`);
      if (fault.ms !== undefined && !(fault.ms >= 0)) {
        throw new RangeError(`ms must be 0 or more, got ${String(fault.ms)}`);
      }
      return;
    case "drop":
      return;
    case "refuse":
      if (!REFUSALS.includes(fault.how))
        throw new RangeError(`Unknown refusal: ${JSON.stringify(fault.how)}`);
      return;
    default:
      throw new TypeError(`Unknown fault: ${JSON.stringify((fault as { kind: unknown }).kind)}`);
  }
}

/** What an answer fault answers. @param now milliseconds since the epoch, for a 410 */
export function answerOf(action: Extract<FaultAction, { kind: "answer" }>, now: number): Answer {
  const timestamp = action.timestamp ?? now;
  const gone = action.reason === "Unregistered" || action.reason === "ExpiredToken";
  const refusal = gone ? refuse(action.reason, timestamp) : refuse(action.reason);
  if (action.retryAfter === undefined) return refusal;
  return { ...refusal, headers: { "retry-after": String(action.retryAfter) } };
}
