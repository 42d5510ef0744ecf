import type { EventEmitter } from "node:events";
import type { Clock, Timer } from "apnskit";
import type { PgPool, PgQueryable } from "bullmq";
import { isOutage } from "../outage.ts";

/** Milliseconds. */
const FIRST_RETRY = 100;
const LAST_RETRY = 5_000;

function ignore(): void {}

/**
 * Queries that wait while PostgreSQL is unreachable, as commands of a Redis client do. A query may take effect before
 * its connection is lost, so each must tolerate repetition.
 */
export class PostgresQueries {
  readonly #pool: PgPool;
  readonly #clock: Clock;
  readonly #onOutage: (error: unknown) => void;
  readonly #waits = new Map<Timer, () => void>();
  #closed = false;

  constructor(pool: PgPool, clock: Clock, onOutage: (error: unknown) => void) {
    this.#pool = pool;
    this.#clock = clock;
    this.#onOutage = onOutage;
  }

  /** @returns the rows */
  async query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.#untilReached(async () => (await this.#pool.query<Row>(text, values)).rows);
  }

  /** Runs queries as one transaction. */
  transaction<Result>(work: (client: PgQueryable) => Promise<Result>): Promise<Result> {
    return this.session(async (client) => {
      await client.query("BEGIN");
      const result = await work(client);
      await client.query("COMMIT");
      return result;
    });
  }

  /** Runs queries over one connection. */
  session<Result>(work: (client: PgQueryable) => Promise<Result>): Promise<Result> {
    return this.#untilReached(async () => {
      const client = await this.#pool.connect();
      // The pool listens to idle clients only. The query of a client in use reports its error.
      const emitter = client as unknown as EventEmitter;
      emitter.on("error", ignore);
      let broken = true;
      try {
        const result = await work(client);
        broken = false;
        emitter.off("error", ignore);
        return result;
      } finally {
        // A connection with an open transaction is destroyed.
        client.release(broken);
      }
    });
  }

  /** Ends all waits: waiting queries fail with their last error. */
  close(): void {
    this.#closed = true;
    for (const [timer, resolve] of this.#waits) {
      timer.cancel();
      resolve();
    }
    this.#waits.clear();
  }

  async #untilReached<Result>(attempt: () => Promise<Result>): Promise<Result> {
    for (let delay = FIRST_RETRY; ; delay = Math.min(LAST_RETRY, delay * 2)) {
      try {
        return await attempt();
      } catch (error) {
        if (this.#closed || !isOutage(error)) throw error;
        this.#onOutage(error);
        await this.#pause(delay);
      }
    }
  }

  #pause(delay: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimer(() => {
        this.#waits.delete(timer);
        resolve();
      }, delay);
      this.#waits.set(timer, resolve);
    });
  }
}
