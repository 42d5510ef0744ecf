import type { PgQueryable } from "bullmq";

/** The same number in all processes, so that only one process creates the tables. */
const LOCK = 0x41504e53;

/** @param schema checked: letters, digits and `_` */
export function statements(schema: string): readonly string[] {
  return [
    `CREATE SCHEMA IF NOT EXISTS "${schema}"`,
    `CREATE TABLE IF NOT EXISTS "${schema}".provider_token (
      name text PRIMARY KEY,
      value text NOT NULL,
      stored_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )`,
    `CREATE TABLE IF NOT EXISTS "${schema}".rate (
      name text PRIMARY KEY,
      until double precision NOT NULL
    )`,
    `CREATE TABLE IF NOT EXISTS "${schema}".log (
      name text PRIMARY KEY,
      fence bigint NOT NULL,
      length bigint NOT NULL
    )`,
    `CREATE TABLE IF NOT EXISTS "${schema}".log_record (
      name text NOT NULL REFERENCES "${schema}".log ON DELETE CASCADE,
      position bigint NOT NULL,
      record text NOT NULL,
      PRIMARY KEY (name, position)
    )`,
  ];
}

/** Creates missing tables. Leaves existing tables unchanged. */
export async function migrate(client: PgQueryable, schema: string): Promise<void> {
  await client.query("SELECT pg_advisory_xact_lock($1, hashtext($2))", [LOCK, schema]);
  for (const statement of statements(schema)) await client.query(statement);
}
