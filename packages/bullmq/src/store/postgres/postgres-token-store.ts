import type { ProviderTokenStore, StoredProviderToken } from "../../provider-token/token-store.ts";
import type { PostgresQueries } from "./postgres-queries.ts";

const AGE = "(extract(epoch FROM clock_timestamp() - stored_at) * 1000)::float8 AS age";

/** Provider tokens in PostgreSQL: one row for each key. */
export class PostgresTokenStore implements ProviderTokenStore {
  readonly #queries: PostgresQueries;
  readonly #table: string;

  constructor(queries: PostgresQueries, schema: string) {
    this.#queries = queries;
    this.#table = `"${schema}".provider_token`;
  }

  async read(name: string): Promise<StoredProviderToken | undefined> {
    const text = `SELECT value, ${AGE} FROM ${this.#table} WHERE name = $1`;
    const [row] = await this.#queries.query<StoredProviderToken>(text, [name]);
    return row;
  }

  async replace(name: string, previous: string | undefined, value: string): Promise<StoredProviderToken> {
    const text = `
      INSERT INTO ${this.#table} AS held (name, value) VALUES ($1, $2)
      ON CONFLICT (name) DO UPDATE SET value = $2, stored_at = clock_timestamp() WHERE held.value = $3`;
    await this.#queries.query(text, [name, value, previous ?? null]);
    return (await this.read(name)) ?? { value, age: 0 };
  }
}
