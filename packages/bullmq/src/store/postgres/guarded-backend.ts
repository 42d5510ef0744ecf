import {
  type BackendFactory,
  createPostgresBackend,
  type PgPool,
  type PostgresConnectionOptions,
  type PostgresQueueBackend,
} from "bullmq";

/** Pools may be given by the caller, and shared by many queues. */
const guarded = new WeakSet<PgPool>();

/**
 * BullMQ's back-end on PostgreSQL. While BullMQ checks the schema over a new connection, nothing listens to the errors
 * of that connection: if it was lost then, the process ended. The query over it fails all the same, and is repeated.
 */
export const guardedPostgresBackend: BackendFactory<PostgresQueueBackend, PostgresConnectionOptions> = (
  name,
  options,
  factoryOptions,
) => {
  const backend = createPostgresBackend(name, options, factoryOptions);
  const { pool } = backend.connection;
  if (!guarded.has(pool)) pool.on("connect", (client) => void client.on("error", () => {}));
  guarded.add(pool);
  return backend;
};
