import type { Delivery, PushError, Request } from "@apnskit/connection";
import {
  Deadlines,
  deadlineOf,
  type Exchange,
  type ExchangeHandler,
  guardLogger,
} from "@apnskit/connection/internal";
import { ManualClock } from "@apnskit/testkit";
import type { ConnectionSet } from "../../src/connection-set.ts";
import { Dispatcher, type DispatcherSetup } from "../../src/dispatcher.ts";
import type { Member } from "../../src/member.ts";
import type { Recipient } from "../../src/recipient.ts";
import { answer, memberOver } from "./job-bench.ts";
import { numberOf, push, words } from "./pools.ts";

/** The half of a transport that jobs and members see; a test answers what it was given. */
export class Line {
  readonly member: Member;
  /** The numbers of the pushes that it was given, in order. */
  readonly given: number[] = [];
  readonly #open = new Map<number, ExchangeHandler>();
  /** Requests that it takes at a time. */
  streams: number;
  doubtful = false;

  constructor(streams: number, lifetime = {}) {
    this.streams = streams;
    this.member = memberOver(this, 0, lifetime);
    this.member.group = "active";
  }

  get inflight(): number {
    return this.#open.size;
  }

  get capacity(): number {
    return Math.max(0, this.streams - this.inflight);
  }

  room(): number {
    return this.capacity;
  }

  submit(request: Request, handler: ExchangeHandler): Exchange {
    const number = numberOf(request);
    this.given.push(number);
    this.#open.set(number, handler);
    return { closed: false } as unknown as Exchange;
  }

  answer(number: number, status = 200, reason?: string): void {
    const handler = this.#take(number);
    handler.onResponse(answer(status, reason));
  }

  fail(number: number, error: PushError): void {
    this.#take(number).onFailure(error);
  }

  cancel(): Delivery {
    return "unknown";
  }

  probe(): void {}

  #take(number: number): ExchangeHandler {
    const handler = this.#open.get(number)!;
    this.#open.delete(number);
    this.member.freed();
    return handler;
  }
}

interface BenchOptions {
  readonly maxQueue?: number;
  /** The time at which the clock begins. Default 0. */
  readonly now?: number;
}

/** A dispatcher over lines that a test holds in its hands. */
export function dispatcherBench(lines: Line[], { maxQueue = 10_000, now = 0 }: BenchOptions = {}) {
  const clock = new ManualClock({ now });
  // On a clock of their own, so that a test can let time pass without them.
  const timers = new ManualClock({ now });
  const deadlines = new Deadlines(timers);
  /** What the connections and the pool were told. */
  const told: string[] = [];
  const logged: object[] = [];
  /** How each push ended. */
  const ends: Record<number, string> = {};
  const errors: Record<number, Error> = {};
  const setup: DispatcherSetup = {
    connections: {
      get active() {
        return lines.map(({ member }) => member);
      },
      setNeeded: (needed: boolean) => void told.push(needed ? "needed" : "idle"),
      retire: (member: Member, reason: string) => void told.push(`retire ${nameOf(member)} ${reason}`),
      stop: (member: Member) => void told.push(`stop ${nameOf(member)}`),
    } as unknown as ConnectionSet,
    clock,
    deadlines,
    logger: guardLogger({
      debug: (fields: object, message: string) => void logged.push({ ...fields, message }),
    }),
    policy: {
      backoff: { minDelay: 100, maxDelay: 1_000, factor: 2 },
      maxInternalServerErrors: 2,
      random: () => 1,
    },
    maxQueue,
    terminate: (reason) => void told.push(`terminate ${reason}`),
  };
  const nameOf = (member: Member) => lines.findIndex((line) => line.member === member);
  const dispatcher = new Dispatcher(setup);
  const submit = (
    number: number,
    options: Parameters<typeof push>[1] = {},
    more: Partial<Recipient> = {},
  ) => {
    const request = push(number, options);
    const recipient: Recipient = {
      onResponse: (response) => {
        ends[number] = words(response);
      },
      onFailure: (error) => {
        errors[number] = error;
        ends[number] = words(error as PushError);
      },
      ...more,
    };
    return dispatcher.submit(
      request,
      recipient,
      undefined,
      clock.now(),
      deadlineOf(request, clock.now(), clock),
    );
  };
  const submitAll = (...numbers: number[]) => {
    for (const number of numbers) submit(number);
  };
  /** Where the unsettled requests are. */
  const pending = () => {
    const { queued, retrying } = dispatcher.stats();
    return { queued, retrying, inflight: dispatcher.inflight };
  };
  return { dispatcher, pending, clock, timers, deadlines, told, logged, ends, errors, submit, submitAll };
}
