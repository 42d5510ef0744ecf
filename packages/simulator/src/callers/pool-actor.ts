import { Pool, Request, type Response } from "@apnskit/pool";
import type { Attempt } from "../apns/ledger.ts";
import { ConnectionRate } from "../oracles/connection-rate.ts";
import type { RequestRecord } from "../oracles/request-record.ts";
import type { Holding } from "../oracles/retention.ts";
import type { Actor } from "./actor.ts";
import { type ActorPlan, type Batch, byTime, type Operation, type Pace, PROBE } from "./actor-plan.ts";
import { BatchRun } from "./batch-run.ts";
import { endOfError, endOfResponse, type Failure } from "./ends.ts";
import { FifoCheck } from "./fifo-check.ts";
import { begin, identifier, type Stage, sleep, tokenFor } from "./stage.ts";

/** A request and its caller's record of it. */
interface Posted {
  readonly request: Request;
  readonly record: RequestRecord;
}

/** A caller of `@apnskit/pool`. */
export class PoolActor implements Actor {
  readonly name: string;
  readonly maxQueue: number;
  readonly host: string;
  readonly #plan: ActorPlan;
  readonly #stage: Stage;
  readonly #rate: ConnectionRate;
  readonly #fifo: FifoCheck;
  #pool: Pool | undefined;
  #closing = false;
  #refused = false;
  #mostConnections: number;

  constructor(plan: ActorPlan, stage: Stage) {
    this.name = `pool ${plan.place}`;
    this.host = `pool-${plan.place}.example`;
    this.maxQueue = plan.maxQueue ?? Number.POSITIVE_INFINITY;
    this.#plan = plan;
    this.#stage = stage;
    this.#mostConnections = plan.size;
    this.#rate = new ConnectionRate(stage.world, this.name, () => this.#mostConnections);
    this.#fifo = new FifoCheck(stage.world, this.name);
  }

  get isOpen(): boolean {
    return !this.#closing && this.#pool?.state === "open";
  }

  onConnect(): void {
    const state = this.#pool?.state ?? "open";
    // While it closes with patience, requests that wait may need one.
    if (state === "closed" || (state === "closing" && !this.#closing))
      this.#stage.world.find(`${this.name} opens a connection although it is at its end`);
    if (this.#refused)
      this.#stage.world.find(`${this.name} opens a connection after its certificate was refused`);
    this.#rate.note();
  }

  onRefused(attempt: Attempt | undefined): void {
    const { judge, world } = this.#stage;
    // The engine reads the octets a moment later, but no answer to a request that it has given up. The RST_STREAM of such a
    // request may still wait behind another write.
    if (attempt !== undefined && !judge.isWaiting(attempt.key)) return;
    world.after(0, () => {
      if (attempt?.givenUp !== true) this.#refused = true;
    });
  }

  start(): void {
    begin(this.#stage, this.#plan.at, () => this.#open());
    for (const { at, operations } of byTime(this.#plan.operations)) {
      begin(this.#stage, at, () => {
        for (const [number, operation] of operations) this.#perform(operation, number);
      });
    }
  }

  probe(): void {
    if (!this.isOpen || !this.#findsDeadConnections) return;
    const posted = this.#make(PROBE, 0xffff, 0);
    void this.#pool!.post(posted.request).then(
      (response) => this.#answered(posted, response, true),
      (error) => this.#failed(posted, error),
    );
    const { judge, loop, world } = this.#stage;
    loop.setTimeout(() => {
      const { end, key } = posted.record;
      if (end?.kind === "answer" && end.status === 200) return;
      // A short queue may be full for a moment.
      if (end?.kind === "unsent" && end.code === "ERR_APNS_BLOCKED") return;
      if (judge.isBehindOthers(posted.record)) return;
      world.find(`${this.name}: ${key}, posted in clear weather, is not accepted`);
    }, PROBE.timeout);
  }

  /** Without pings, a connection that a box on the way has forgotten is found out by its time-outs only. */
  get #findsDeadConnections(): boolean {
    return this.#plan.pingInterval !== Number.POSITIVE_INFINITY || !this.#stage.network.hasForgotten;
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#pool?.close();
  }

  holding(): Holding {
    const { queued, inflight, retrying } = this.#pool?.stats() ?? { queued: 0, inflight: 0, retrying: 0 };
    const live = this.#stage.judge.liveOf(this.name);
    return { name: this.name, owners: 1, requests: queued + inflight + retrying, pausing: retrying, live };
  }

  leftovers(): Readonly<Record<string, number>> {
    if (this.#pool === undefined) return {};
    const { active, connecting, draining, inflight, queued, retrying } = this.#pool.stats();
    return { active, connecting, draining, inflight, queued, retrying };
  }

  #open(): void {
    const { size, maxQueue, maxAge, maxRequests, pingInterval, connectTimeout, maxConcurrentStreams } =
      this.#plan;
    const { network, random, world } = this.#stage;
    this.#pool = new Pool(`https://${this.host}`, {
      size,
      maxQueue,
      maxAge,
      maxRequests,
      pingInterval,
      connectTimeout,
      maxConcurrentStreams,
      lookup: network.lookup as never,
      random: () => random.next(),
    });
    const { trace } = world;
    this.#pool.on("connectFailed", ({ message }) => trace.line(world.now, `${this.name}: ${message}`));
    this.#pool.on("disconnected", (reason) =>
      trace.line(world.now, `${this.name} loses a connection: ${reason}`),
    );
  }

  #perform(operation: Operation, number: number): void {
    const pool = this.#pool;
    if (pool === undefined) return;
    const { loop, world } = this.#stage;
    switch (operation.kind) {
      case "post":
        void this.#postBatch(pool, operation.batch, number);
        break;
      case "post-many":
        void this.#postMany(pool, operation.batch, operation.pace, number);
        break;
      case "resize":
        world.trace.line(world.now, `${this.name} is resized to ${operation.size}`);
        this.#mostConnections = Math.max(this.#mostConnections, operation.size);
        if (pool.state === "open") pool.resize(operation.size);
        break;
      case "close": {
        world.trace.line(world.now, `${this.name} is closed, drain ${operation.drain}`);
        this.#closing = true;
        const closed = pool.close({ drain: operation.drain });
        // Impatience: a second call with less patience.
        loop.setTimeout(() => void pool.close(), 120_000);
        void closed;
        break;
      }
    }
  }

  async #postBatch(pool: Pool, batch: Batch, number: number): Promise<void> {
    const { loop } = this.#stage;
    const batchRun = new BatchRun(batch, loop);
    for (let place = 0; place < batch.count && !this.#stage.isOver; place++) {
      if (batch.every > 0 && place > 0) await sleep(loop, batch.every);
      const posted = this.#make(batch, number, place);
      batchRun.add(posted.record);
      this.#submit(pool, posted, batchRun.signal);
    }
  }

  /** Half of them through promises, half through the layer below. */
  #submit(pool: Pool, posted: Posted, signal: AbortSignal | undefined): void {
    const { request, record } = posted;
    let first = true;
    this.#fifo.submitted(record, () => record.end === undefined && !signal?.aborted);
    pool.submit(
      request,
      {
        onResponse: (response, life) => this.#answered(posted, response, life.maybeDelivered),
        onFailure: (error) => this.#failed(posted, error),
        prepare: (given) => {
          if (first) this.#fifo.left(record);
          first = false;
          return given;
        },
      },
      signal,
    );
  }

  async #postMany(pool: Pool, batch: Batch, pace: Pace, number: number): Promise<void> {
    const { loop, world } = this.#stage;
    const batchRun = new BatchRun(batch, loop);
    const made = new Map<number, Posted>();
    const source = batchRun.source(batch.count, pace, (place) => {
      const posted = this.#make(batch, number, place);
      made.set(place, posted);
      batchRun.add(posted.record);
      return posted.request;
    });
    const { concurrency, leaveAfter } = pace;
    let count = 0;
    for await (const result of pool.postAll(source, { concurrency, ...batchRun.signalOption })) {
      const posted = made.get(result.index);
      if (posted === undefined || posted.request !== result.request)
        world.find(`${this.name}: postAll yields index ${result.index} with another request`);
      else if (result.response) this.#answered(posted, result.response, true, true);
      else this.#failed(posted, result.error, true);
      if (++count === leaveAfter) break;
      if (pace.reader > 0) await sleep(loop, pace.reader);
    }
    batchRun.leave();
    if (leaveAfter === undefined && batchRun.signal === undefined && count !== batch.count)
      world.find(`${this.name}: postAll yields ${count} results of ${batch.count}`);
  }

  #make({ timeout, deadline, expiration, idempotent, body }: Batch, number: number, place: number): Posted {
    const { loop, judge } = this.#stage;
    const key = identifier(this.#plan.place, number, place);
    const now = loop.now();
    const epoch = loop.epoch();
    const headers: Record<string, string> = { "apns-topic": "com.example.app", "apns-id": key };
    let limit = now + timeout;
    if (expiration !== undefined) {
      const seconds = Math.ceil((epoch + expiration) / 1_000);
      headers["apns-expiration"] = String(seconds);
      limit = Math.min(limit, now + seconds * 1_000 - epoch);
    }
    if (idempotent && place % 2 === 0) headers["apns-collapse-id"] = key;
    if (deadline !== undefined) limit = Math.min(limit, now + deadline);
    const request = Request.of(`/3/device/${tokenFor(key)}`, headers, "x".repeat(body), {
      timeout,
      idempotent,
      ...(deadline !== undefined && { deadline: epoch + deadline }),
    });
    return { request, record: judge.posted(key, this, { idempotent, deadline: limit }) };
  }

  #answered({ record }: Posted, response: Response, maybeDelivered: boolean, late = false): void {
    const { loop, judge } = this.#stage;
    judge.settled(record, endOfResponse(response, maybeDelivered), late ? undefined : loop.now());
  }

  #failed({ record }: Posted, error: Failure, late = false): void {
    const { loop, judge } = this.#stage;
    judge.settled(record, endOfError(error), late ? undefined : loop.now());
  }
}
