import type { RateStore } from "../../rate/rate-store.ts";
import type { PostgresQueries } from "./postgres-queries.ts";

/** Rates in PostgreSQL, by the same rule as in Redis: one row for each name. */
export class PostgresRateStore implements RateStore {
  readonly #queries: PostgresQueries;
  readonly #table: string;

  constructor(queries: PostgresQueries, schema: string) {
    this.#queries = queries;
    this.#table = `"${schema}".rate`;
  }

  async take(name: string, count: number, perSecond: number, burst: number): Promise<number> {
    const interval = 1000 / perSecond;
    const text = `
      WITH clock AS (SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now)
      INSERT INTO ${this.#table} AS held (name, until) SELECT $1, now + $2 FROM clock
      ON CONFLICT (name) DO UPDATE SET until = greatest(held.until, excluded.until - $2) + $2
      RETURNING greatest(0, ceil(until - $3 - (SELECT now FROM clock)))::float8 AS wait`;
    const values = [name, count * interval, burst * interval];
    const [row] = await this.#queries.query<{ wait: number }>(text, values);
    return row!.wait;
  }
}
