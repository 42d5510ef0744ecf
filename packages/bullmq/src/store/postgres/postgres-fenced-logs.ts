import type { FencedLogs, TakenLog, Written } from "../../log/fenced-log.ts";
import { LogCorrupt } from "../errors.ts";
import type { PostgresQueries } from "./postgres-queries.ts";

/** Fenced logs in PostgreSQL: a row for each log, with its fence and length, and one for each record. */
export class PostgresFencedLogs implements FencedLogs {
  readonly #queries: PostgresQueries;
  readonly #logs: string;
  readonly #records: string;

  constructor(queries: PostgresQueries, schema: string) {
    this.#queries = queries;
    this.#logs = `"${schema}".log`;
    this.#records = `"${schema}".log_record`;
  }

  take(name: string): Promise<TakenLog> {
    // A new log begins with the time. So a removed log never gives an old fence again.
    const take = `
      INSERT INTO ${this.#logs} AS log (name, fence, length)
      VALUES ($1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint, 0)
      ON CONFLICT (name) DO UPDATE SET fence = log.fence + 1 RETURNING fence::float8`;
    const read = `SELECT record FROM ${this.#records} WHERE name = $1 ORDER BY position`;
    // The row stays locked until the records are read, so no former owner can write in between.
    return this.#queries.transaction(async (client) => {
      const { rows } = await client.query<{ fence: number }>(take, [name]);
      const records = await client.query<{ record: string }>(read, [name]);
      return { fence: rows[0]!.fence, records: records.rows.map(({ record }) => record) };
    });
  }

  async append(name: string, fence: number, length: number, records: readonly string[]): Promise<Written> {
    const text = `
      WITH head AS (
        UPDATE ${this.#logs} SET length = length + cardinality($4::text[])
        WHERE name = $1 AND fence = $2 AND length = $3 RETURNING name
      ), added AS (
        INSERT INTO ${this.#records} (name, position, record)
        SELECT head.name, $3 + ordinality, record FROM head, unnest($4::text[]) WITH ORDINALITY AS given (record, ordinality)
      ) SELECT 1 FROM head`;
    const [written] = await this.#queries.query(text, [name, fence, length, records]);
    if (written !== undefined) return "written";
    const check = `SELECT length::float8 FROM ${this.#logs} WHERE name = $1 AND fence = $2`;
    const [head] = await this.#queries.query<{ length: number }>(check, [name, fence]);
    if (head === undefined) return "stale";
    // An earlier call wrote it, and then lost its connection.
    if (head.length === length + records.length) return "written";
    throw new LogCorrupt(name);
  }

  rewrite(name: string, fence: number, records: readonly string[]): Promise<Written> {
    const head = `UPDATE ${this.#logs} SET length = $3 WHERE name = $1 AND fence = $2 RETURNING 1`;
    const add = `
      INSERT INTO ${this.#records} (name, position, record)
      SELECT $1, ordinality, record FROM unnest($2::text[]) WITH ORDINALITY AS given (record, ordinality)`;
    return this.#queries.transaction(async (client) => {
      const { rows } = await client.query(head, [name, fence, records.length]);
      if (rows.length === 0) return "stale";
      await client.query(`DELETE FROM ${this.#records} WHERE name = $1`, [name]);
      await client.query(add, [name, records]);
      return "written";
    });
  }

  async read(names: readonly string[]): Promise<string[][]> {
    const text = `SELECT name, record FROM ${this.#records} WHERE name = ANY($1) ORDER BY name, position`;
    const rows = await this.#queries.query<{ name: string; record: string }>(text, [names]);
    const found = new Map<string, string[]>(names.map((name) => [name, []]));
    for (const { name, record } of rows) found.get(name)!.push(record);
    return names.map((name) => found.get(name)!);
  }

  async remove(names: readonly string[]): Promise<void> {
    await this.#queries.query(`DELETE FROM ${this.#logs} WHERE name = ANY($1)`, [names]);
  }
}
