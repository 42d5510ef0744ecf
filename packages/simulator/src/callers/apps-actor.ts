import { type ApnsClient, ApnsClients, type ApnskitError, alert, type Outcome } from "apnskit";
import { ConnectionRate } from "../oracles/connection-rate.ts";
import type { ActorView, RequestRecord } from "../oracles/request-record.ts";
import type { Holding } from "../oracles/retention.ts";
import type { Actor } from "./actor.ts";
import type { AppOperation, AppsPlan } from "./apps-plan.ts";
import type { Credentials } from "./credentials.ts";
import { endOfOutcome } from "./ends.ts";
import { begin, identifier, type Stage, sleep, tokenFor } from "./stage.ts";

/** Credentials of other callers have lower numbers. */
const FIRST_KEY = 5;

/**
 * Milliseconds in which a notification must be accepted in clear weather, and between two attempts to open.
 */
const PROBING = 60_000;
const REOPENED_AFTER = 2_000;

/** The search for an app has failed. */
class NoSuchApp extends Error {}

/** A caller of `ApnsClients`: several apps, whose credentials are found, lost and found again. */
export class AppsActor implements Actor {
  readonly name: string;
  readonly host: string;
  readonly maxQueue = Number.POSITIVE_INFINITY;
  readonly #plan: AppsPlan;
  readonly #stage: Stage;
  readonly #credentials: Credentials;
  readonly #rate: ConnectionRate;
  readonly #failuresLeft: number[];
  #clients: ApnsClients | undefined;
  #closing = false;
  /** The plan has closed the clients. */
  #hasLeft = false;
  /** Sets of connections that were opened, without those that were closed. */
  #openSets = 0;
  #setsLeft = 0;
  /** Keys of the clients that are open, once for each. */
  readonly #held = new Set<{ readonly key: number }>();

  constructor(plan: AppsPlan, stage: Stage, credentials: Credentials) {
    this.name = `apps ${plan.place}`;
    this.host = `apps-${plan.place}.example`;
    this.#plan = plan;
    this.#stage = stage;
    this.#credentials = credentials;
    this.#failuresLeft = plan.apps.map(({ failures }) => failures);
    const keys = new Set(plan.apps.map(({ key }) => key)).size;
    // Idle sets are closed and opened again as often as their apps are used.
    this.#rate = new ConnectionRate(
      stage.world,
      this.name,
      () => keys * (plan.size + 1) + plan.operations.length,
    );
  }

  get isOpen(): boolean {
    return this.#clients !== undefined && !this.#closing;
  }

  onConnect(): void {
    this.#rate.note();
  }

  start(): void {
    const { loop, network, random, world } = this.#stage;
    begin(this.#stage, 0, () => {
      const { idleTimeout, retries, size } = this.#plan;
      this.#clients = new ApnsClients({
        credentials: (app) => this.#find(Number(app)),
        credentialsRetries: retries,
        idleTimeout,
        origin: `https://${this.host}`,
        size,
        lookup: network.lookup as never,
        random: () => random.next(),
      });
      this.#clients.on("opened", () => this.#openSets++);
      this.#clients.on("closed", (_, credentials, reason) => {
        this.#openSets--;
        for (const held of this.#held) {
          if (!credentials.includes(this.#credentials.keyId(held.key))) continue;
          // The next set of this key has other clients.
          this.#held.delete(held);
          if (reason === "idle")
            world.find(
              `${this.name}: connections of key ${held.key} are closed as idle, and a client has them`,
            );
        }
      });
    });
    for (const [number, operation] of this.#plan.operations.entries()) {
      begin(this.#stage, Math.max(1, operation.at), () => void this.#perform(operation, number));
    }
    const { closeAt } = this.#plan;
    if (closeAt === undefined) return;
    loop.setTimeout(() => {
      this.#hasLeft = true;
      void this.close();
    }, closeAt);
  }

  probe(): void {
    if (!this.isOpen) return;
    for (const [app, { failures }] of this.#plan.apps.entries()) {
      if (failures !== Number.POSITIVE_INFINITY) void this.#probeApp(app);
    }
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#clients?.close();
    this.#setsLeft = (await this.#clients?.stats())?.length ?? 0;
  }

  holding(): Holding {
    const live = this.#stage.judge.liveOf(this.name);
    return { name: this.name, owners: 1 + this.#plan.apps.length, requests: 0, pausing: live, live };
  }

  leftovers(): Readonly<Record<string, number>> {
    return { sets: this.#setsLeft, "opened sets without an end": this.#openSets };
  }

  #keyOf(app: number): number {
    return FIRST_KEY + this.#plan.apps[app]!.key;
  }

  async #find(app: number) {
    const { delay } = this.#plan.apps[app]!;
    const key = this.#keyOf(app);
    if (delay > 0) await sleep(this.#stage.loop, delay);
    if (this.#failuresLeft[app]! > 0) {
      this.#failuresLeft[app]!--;
      throw new NoSuchApp(`app ${app}`);
    }
    return {
      environment: "sandbox" as const,
      auth: this.#credentials.provider(key),
      topic: `com.example.app${app}`,
    };
  }

  async #perform(operation: AppOperation, number: number): Promise<void> {
    const { loop } = this.#stage;
    if (operation.kind === "forget") {
      this.#clients?.forget(String(operation.app));
      return;
    }
    const client = await this.#open(operation.app);
    if (client === undefined) return;
    const { count, every, timeout, hold } = operation;
    const view = this.#viewOf(client);
    const held = { key: this.#keyOf(operation.app) };
    this.#held.add(held);
    for (let place = 0; place < count && !this.#stage.isOver; place++) {
      if (every > 0 && place > 0) await sleep(loop, every);
      void this.#send(client, view, identifier(this.#plan.place, number, place), timeout);
    }
    if (hold > 0) await sleep(loop, hold);
    // Notifications under way go on.
    this.#held.delete(held);
    await client.close();
  }

  /** @returns `undefined` for an error that a caller must reckon with */
  async #open(app: number): Promise<ApnsClient | undefined> {
    const { world } = this.#stage;
    try {
      return await this.#clients?.open(String(app));
    } catch (error) {
      const { code } = error as ApnskitError;
      world.trace.line(world.now, `${this.name}: app ${app} cannot be opened: ${code ?? String(error)}`);
      const isOwn = error instanceof NoSuchApp && this.#plan.apps[app]!.failures > 0;
      if (!isOwn && code !== "ERR_APNS_CONNECT" && code !== "ERR_APNS_CLOSED")
        world.find(`${this.name}: open fails with ${String((error as Error).stack)}`);
      return undefined;
    }
  }

  async #send(client: ApnsClient, view: ActorView, key: string, timeout: number): Promise<RequestRecord> {
    const { judge, loop } = this.#stage;
    const record = judge.posted(key, view, { idempotent: false, deadline: loop.now() + timeout });
    const outcome: Outcome = await client.trySend(tokenFor(key), alert({ body: "Hello", id: key }), {
      timeout,
    });
    judge.settled(record, endOfOutcome(outcome), loop.now());
    return record;
  }

  async #probeApp(app: number): Promise<void> {
    const { loop, world } = this.#stage;
    let isAccepted = false;
    loop.setTimeout(() => {
      // After a suspension, the plan may close the clients only now.
      if (!isAccepted && !this.#hasLeft)
        world.find(`${this.name}: app ${app} is not reached in clear weather`);
    }, PROBING);
    for (let attempt = 0; !this.#closing; attempt++) {
      const client = await this.#open(app);
      if (client !== undefined) {
        const key = identifier(this.#plan.place, 0xffff - app, attempt);
        const { end } = await this.#send(client, this.#viewOf(client), key, PROBING);
        await client.close();
        // A wrong wall clock, which no weather sets right, makes its tokens invalid.
        isAccepted = end?.kind === "answer" && (end.status === 200 || end.status === 403);
        if (isAccepted) return;
      }
      await sleep(loop, REOPENED_AFTER);
    }
  }

  /** Its connections may be closed by APNs, by the caller, and as idle. */
  #viewOf(client: ApnsClient): ActorView {
    const { name, maxQueue } = this;
    const isClosing = (): boolean => this.#closing;
    return {
      name,
      maxQueue,
      get isOpen() {
        return !isClosing() && client.stats().push.state === "open";
      },
    };
  }
}
