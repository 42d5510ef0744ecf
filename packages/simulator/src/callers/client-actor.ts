import {
  ApnsClient,
  type ApnskitError,
  alert,
  liveActivityUpdate,
  type Notification,
  type Outcome,
  type PushError,
  Rejected,
} from "apnskit";
import { ConnectionRate } from "../oracles/connection-rate.ts";
import type { RequestRecord } from "../oracles/request-record.ts";
import type { Holding } from "../oracles/retention.ts";
import type { Actor } from "./actor.ts";
import { type ActorPlan, type Batch, byTime, type Operation, type Pace, PROBE } from "./actor-plan.ts";
import { BatchRun } from "./batch-run.ts";
import type { Credentials } from "./credentials.ts";
import { endOfOutcome } from "./ends.ts";
import { begin, identifier, type Stage, sleep, tokenFor } from "./stage.ts";

/** Limits of one call, and the deadline that follows from them. */
interface Limits {
  readonly options: { readonly timeout: number; readonly deadline?: number; readonly idempotent?: boolean };
  /** Monotonic milliseconds, without the notification's own expiration. */
  readonly deadline: number;
}

/** A caller of `apnskit`. */
export class ClientActor implements Actor {
  readonly name: string;
  readonly maxQueue: number;
  readonly host: string;
  readonly #plan: ActorPlan;
  readonly #stage: Stage;
  readonly #credentials: Credentials;
  readonly #rate: ConnectionRate;
  #client: ApnsClient | undefined;
  #closing = false;

  constructor(plan: ActorPlan, stage: Stage, credentials: Credentials) {
    this.name = `client ${plan.place}`;
    this.host = `client-${plan.place}.example`;
    this.maxQueue = plan.maxQueue ?? Number.POSITIVE_INFINITY;
    this.#plan = plan;
    this.#stage = stage;
    this.#credentials = credentials;
    this.#rate = new ConnectionRate(stage.world, this.name, () => plan.size + 1);
  }

  get isOpen(): boolean {
    if (this.#closing || this.#client === undefined) return false;
    // Each service has its own connections. APNs may refuse those of one service only.
    const { push, broadcast } = this.#client.stats();
    return push.state === "open" && (broadcast === undefined || broadcast.state === "open");
  }

  onConnect(): void {
    this.#rate.note();
  }

  start(): void {
    begin(this.#stage, this.#plan.at, () => void this.#open());
    for (const { at, operations } of byTime(this.#plan.operations)) {
      begin(this.#stage, at, () => {
        for (const [number, operation] of operations) this.#perform(operation, number);
      });
    }
  }

  probe(): void {
    if (!this.isOpen || !this.#findsDeadConnections) return;
    const key = identifier(this.#plan.place, 0xffff, 0);
    const { judge, loop, world } = this.#stage;
    const record = this.#posted(key, true, loop.now() + 60_000);
    void this.#client!.trySend(tokenFor(key), notificationOf(key, PROBE, undefined), {
      timeout: 60_000,
      idempotent: true,
    }).then((outcome) => this.#settled(record, outcome));
    loop.setTimeout(() => {
      const { end } = record;
      if (end?.kind === "answer" && end.status === 200) return;
      // A short queue may be full for a moment.
      if (end?.kind === "unsent" && end.code === "ERR_APNS_BLOCKED") return;
      // A wrong wall clock, which no weather sets right, makes its tokens invalid.
      if (end?.kind === "answer" && end.status === 403) return;
      if (judge.isBehindOthers(record)) return;
      world.find(`${this.name}: ${key}, sent in clear weather, is not accepted`);
    }, 60_000);
  }

  /** Without pings, a connection that a box on the way has forgotten is found out by its time-outs only. */
  get #findsDeadConnections(): boolean {
    return this.#plan.pingInterval !== Number.POSITIVE_INFINITY || !this.#stage.network.hasForgotten;
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#client?.close();
  }

  holding(): Holding {
    const stats = this.#client?.stats();
    let requests = 0;
    let pausing = 0;
    for (const pool of [stats?.push, stats?.broadcast]) {
      if (pool === undefined) continue;
      requests += pool.queued + pool.inflight + pool.retrying;
      pausing += pool.retrying;
    }
    return { name: this.name, owners: 1, requests, pausing, live: this.#stage.judge.liveOf(this.name) };
  }

  leftovers(): Readonly<Record<string, number>> {
    const stats = this.#client?.stats();
    if (stats === undefined) return {};
    const { active, connecting, draining, inflight, queued, retrying } = stats.push;
    return { active, connecting, draining, inflight, queued, retrying };
  }

  async #open(): Promise<void> {
    const { size, maxQueue, maxAge, maxRequests, pingInterval, connectTimeout, maxConcurrentStreams } =
      this.#plan;
    const { network, random } = this.#stage;
    const client = await ApnsClient.open(
      {
        origin: `https://${this.host}`,
        auth: this.#credentials.provider(this.#plan.credentials),
        topic: `com.example.app${this.#plan.place}`,
        size,
        maxQueue,
        maxAge,
        maxRequests,
        pingInterval,
        connectTimeout,
        maxConcurrentStreams,
        lookup: network.lookup as never,
        random: () => random.next(),
      },
      { wait: false },
    );
    this.#client = client;
  }

  #perform(operation: Operation, number: number): void {
    const client = this.#client;
    if (client === undefined) return;
    const { world, loop } = this.#stage;
    switch (operation.kind) {
      case "post":
        void this.#send(client, operation.batch, number);
        break;
      case "post-many":
        void this.#sendMany(client, operation.batch, operation.pace, number);
        break;
      case "broadcast":
        void this.#broadcast(client, operation.batch, number);
        break;
      case "close":
        world.trace.line(world.now, `${this.name} is closed, drain ${operation.drain}`);
        this.#closing = true;
        void client.close({ drain: operation.drain });
        loop.setTimeout(() => void client.close(), 120_000);
        break;
    }
  }

  async #send(client: ApnsClient, batch: Batch, number: number): Promise<void> {
    const { loop } = this.#stage;
    const batchRun = new BatchRun(batch, loop);
    for (let place = 0; place < batch.count && !this.#stage.isOver; place++) {
      if (batch.every > 0 && place > 0) await sleep(loop, batch.every);
      const key = identifier(this.#plan.place, number, place);
      const { options, deadline } = this.#limits(batch);
      const expiration = this.#expiration(batch);
      const record = this.#posted(key, batch.idempotent, Math.min(deadline, this.#expires(expiration)));
      batchRun.add(record);
      const notification = notificationOf(key, batch, expiration);
      void client
        .trySend(tokenFor(key), notification, { ...options, ...batchRun.signalOption })
        .then((outcome) => this.#settled(record, outcome));
    }
  }

  /** Half of these are one notification for many devices, whose identifiers the client makes. */
  async #sendMany(client: ApnsClient, batch: Batch, pace: Pace, number: number): Promise<void> {
    const { loop, world, judge } = this.#stage;
    const batchRun = new BatchRun(batch, loop);
    const { options } = this.#limits({ ...batch, deadline: undefined });
    const isOne = batch.count % 2 === 0;
    const take = <Item>(make: (key: string) => Item): Iterable<Item> | AsyncIterable<Item> =>
      batchRun.source(batch.count, pace, (place) => {
        const key = identifier(this.#plan.place, number, place);
        batchRun.add(this.#posted(isOne ? tokenFor(key) : key, batch.idempotent, loop.now() + batch.timeout));
        return make(key);
      });
    const how = { ...options, concurrency: pace.concurrency, ...batchRun.signalOption };
    let outcomes: AsyncIterable<Outcome>;
    try {
      outcomes = isOne
        ? client.sendMany(take(tokenFor), notificationOf(undefined, batch, undefined), how)
        : client.sendMany(
            take((key) => [tokenFor(key), notificationOf(key, batch, undefined)] as const),
            how,
          );
    } catch (error) {
      if ((error as ApnskitError).code !== "ERR_APNS_CLOSED") world.find(`sendMany throws ${String(error)}`);
      return;
    }
    let count = 0;
    for await (const outcome of outcomes) {
      const record = batchRun.records[outcome.index!];
      if (record === undefined)
        world.find(`${this.name}: sendMany yields index ${outcome.index}, not yet pulled`);
      else judge.settled(record, endOfOutcome(outcome), undefined);
      if (++count === pace.leaveAfter) break;
      if (pace.reader > 0) await sleep(loop, pace.reader);
    }
    batchRun.leave();
    if (pace.leaveAfter === undefined && batchRun.signal === undefined && count !== batch.count)
      world.find(`${this.name}: sendMany yields ${count} outcomes of ${batch.count}`);
  }

  async #broadcast(client: ApnsClient, batch: Batch, number: number): Promise<void> {
    const batchRun = new BatchRun(batch, this.#stage.loop);
    await Promise.all(
      Array.from({ length: batch.count }, async (_, place) => {
        const key = identifier(this.#plan.place, number, place);
        const { options, deadline } = this.#limits(batch);
        const record = this.#posted(key, batch.idempotent, deadline);
        batchRun.add(record);
        const notification = liveActivityUpdate({
          id: key,
          timestamp: new Date(0),
          contentState: { text: "x".repeat(batch.body) },
        });
        try {
          const how = { ...options, ...batchRun.signalOption };
          this.#settled(record, await client.broadcast("dHN0LXNyY2gtY2hubA==", notification, how));
        } catch (error) {
          if (error instanceof Rejected) this.#settled(record, error.outcome);
          else this.#failed(record, error as PushError);
        }
      }),
    );
  }

  #limits({ timeout, deadline, idempotent }: Batch): Limits {
    const { loop } = this.#stage;
    const byDeadline = deadline === undefined ? Number.POSITIVE_INFINITY : loop.now() + deadline;
    return {
      options: {
        timeout,
        idempotent,
        ...(deadline !== undefined && { deadline: loop.epoch() + deadline }),
      },
      deadline: Math.min(loop.now() + timeout, byDeadline),
    };
  }

  #expiration({ expiration }: Batch): Date | undefined {
    if (expiration === undefined) return undefined;
    return new Date(Math.ceil((this.#stage.loop.epoch() + expiration) / 1_000) * 1_000);
  }

  #expires(expiration: Date | undefined): number {
    const { loop } = this.#stage;
    if (expiration === undefined) return Number.POSITIVE_INFINITY;
    return loop.now() + expiration.getTime() - loop.epoch();
  }

  #posted(key: string, idempotent: boolean, deadline: number): RequestRecord {
    return this.#stage.judge.posted(key, this, { idempotent, deadline });
  }

  #settled(record: RequestRecord, outcome: Outcome): void {
    const { judge, loop } = this.#stage;
    judge.settled(record, endOfOutcome(outcome), loop.now());
  }

  #failed(record: RequestRecord, { delivery, code }: PushError): void {
    const { judge, loop } = this.#stage;
    judge.settled(record, { kind: delivery, code, detail: "" }, loop.now());
  }
}

function notificationOf(id: string | undefined, { body }: Batch, expiration: Date | undefined): Notification {
  return alert({
    body: "x".repeat(Math.min(body, 3_000)),
    ...(id !== undefined && { id }),
    ...(expiration !== undefined && { expiration }),
  });
}
