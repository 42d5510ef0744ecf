import {
  type Delivery,
  type InvalidRequest,
  type PushError,
  type Request,
  Response,
} from "@apnskit/connection";
import type { Exchange, ExchangeHandler, Transport } from "@apnskit/connection/internal";
import { type Desk, Job } from "../../src/job.ts";
import { type Lifetime, Member } from "../../src/member.ts";
import type { Failure, Life, Phase, Recipient } from "../../src/recipient.ts";
import type { AttemptResult } from "../../src/retry-policy.ts";
import { push } from "./pools.ts";

/** An answer as a connection hands it over. */
export function answer(status: number, reason?: string): Response {
  return new Response(
    status,
    [":status", String(status)],
    Buffer.from(reason === undefined ? "" : `{"reason":"${reason}"}`),
  );
}

/** The half of a transport that a job sees; writes down what is asked of it. */
export class FakeTransport {
  readonly submitted: Request[] = [];
  cancelled = 0;
  probes = 0;
  /** Thrown by `submit` in place of taking the request over. */
  refusal: unknown;
  handler: ExchangeHandler | undefined;
  /** What `cancel` says. */
  delivery: Delivery = "unknown";

  submit(request: Request, handler: ExchangeHandler): Exchange {
    if (this.refusal !== undefined) throw this.refusal;
    this.submitted.push(request);
    this.handler = handler;
    return { closed: false } as unknown as Exchange;
  }

  cancel(): Delivery {
    this.cancelled++;
    return this.delivery;
  }

  probe(): void {
    this.probes++;
  }

  room(): number {
    return 1;
  }
}

/** A connection over a transport that a test holds in its hands. */
export function memberOver(transport: object, now = 0, lifetime: Partial<Lifetime> = {}): Member {
  const limits: Lifetime = { maxAge: Infinity, maxRequests: Infinity, ...lifetime };
  return new Member(transport as Transport, limits, now, 0);
}

/** One job with a desk and a recipient that write down what they are told. */
export class JobBench implements Desk, Recipient {
  readonly transport = new FakeTransport();
  readonly member = memberOver(this.transport);
  readonly abort: AbortController;
  /** What the desk and the recipient were told, in order. */
  readonly told: string[] = [];
  readonly results: AttemptResult[] = [];
  error: Failure | undefined;
  life: Life | undefined;
  connectError: PushError | undefined;
  prepare?: (request: Request) => Request;
  advise?: NonNullable<Recipient["advise"]>;
  /** How often its time ran out while it waited for a connection. */
  starved = 0;
  /** Wall-clock milliseconds since 1970. */
  now = 0;
  readonly job: Job;

  /** @param options.signal false: without one */
  constructor(options: { idempotent?: boolean; signal?: boolean; abort?: AbortController } = {}) {
    const { idempotent = false, signal = true, abort = new AbortController() } = options;
    this.abort = abort;
    const request = push(1, { idempotent });
    this.job = new Job(this, request, 0, 1_000, this, signal ? abort.signal : undefined);
  }

  onResult(_job: Job, _member: Member, result: AttemptResult): void {
    this.results.push(result);
    this.told.push(`result ${words(result)}`);
  }

  onStarved(): void {
    this.starved++;
  }

  onTimeout(): void {
    this.told.push("timeout");
  }

  onLeft(_job: Job, place: string): void {
    this.told.push(`left ${place}`);
  }

  onSettled(_job: Job, result: Response | Failure): void {
    this.told.push(`settled ${words(result)}`);
  }

  epoch(): number {
    return this.now;
  }

  onResponse(response: Response, life: Life): void {
    this.life = life;
    this.told.push(`answered ${words(response)}`);
  }

  onFailure(error: PushError | InvalidRequest, life: Life, phase: Phase): void {
    this.error = error;
    this.life = life;
    this.told.push(`failed ${words(error)} ${phase}`);
  }

  /** An attempt that ends so, and that the desk takes note of; the job is still in flight. */
  attempt(result: AttemptResult): this {
    this.job.send(this.member);
    if (result instanceof Response) this.job.onResponse(result);
    else this.job.onFailure(result);
    this.job.note(this.member, result);
    return this;
  }
}

export function words(result: AttemptResult | InvalidRequest): string {
  if (result instanceof Response) return `${result.status} ${result.reason ?? ""}`.trim();
  return `${result.name} ${result.delivery}`;
}
