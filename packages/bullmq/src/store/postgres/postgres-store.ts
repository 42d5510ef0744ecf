import { type InspectOptions, inspect } from "node:util";
import { guardLogger, wordsOf } from "@apnskit/connection/internal";
import { InvalidOption, type Logger, systemClock } from "apnskit";
import { PostgresConnection, type PostgresConnectionOptions, runMigrations } from "bullmq";
import type { FencedLogs } from "../../log/fenced-log.ts";
import type { ProviderTokenStore } from "../../provider-token/token-store.ts";
import type { RateStore } from "../../rate/rate-store.ts";
import { StoreNotPrepared } from "../errors.ts";
import type { SharedStore } from "../shared-store.ts";
import { readStoreOptions } from "../store-options.ts";
import { PostgresFencedLogs } from "./postgres-fenced-logs.ts";
import { PostgresQueries } from "./postgres-queries.ts";
import { PostgresRateStore } from "./postgres-rate-store.ts";
import { migrate } from "./postgres-schema.ts";
import { PostgresTokenStore } from "./postgres-token-store.ts";

/** The address of PostgreSQL, and the schema. */
export interface PostgresStoreOptions {
  /** As for BullMQ: a URL, options of `pg.Pool`, or a pool, which stays open when the store is closed. */
  readonly connection: PostgresConnectionOptions;
  /** Holds the tables, beside BullMQ's own. Letters, digits and `_`, at most 63. Default `apnskit`. */
  readonly schema?: string | undefined;
  /** Where trouble with the connection is logged. Default: nowhere. */
  readonly logger?: Logger | undefined;
}

/** SQLSTATE: the table or the schema is not there. */
const MISSING = new Set(["42P01", "3F000"]);

/** The store in PostgreSQL 13 or newer. Calls wait while the server is unreachable. */
export class PostgresStore implements SharedStore {
  /** Distinguishes it from a `RedisStore`. */
  readonly kind = "postgres";
  /** Holds the tables. */
  readonly schema: string;
  /** @internal For BullMQ. */
  readonly connection: PostgresConnectionOptions;
  /** For `SharedProviderToken`. */
  readonly tokens: ProviderTokenStore;
  /** For `SharedRateLimit`. */
  readonly rates: RateStore;
  /** @internal For the checkpoints of campaigns. */
  readonly logs: FencedLogs;
  readonly #pool: PostgresConnection;
  readonly #queries: PostgresQueries;

  /** @throws InvalidOption */
  constructor(options: PostgresStoreOptions) {
    const {
      connection,
      schema = "apnskit",
      logger,
    } = readStoreOptions(options, ["connection", "schema", "logger"]);
    if (typeof schema !== "string" || !/^[A-Za-z_]\w{0,62}$/.test(schema)) {
      throw new InvalidOption(
        "schema",
        "schema must have 1 … 63 letters, digits and _, and begin with a letter",
      );
    }
    const log = guardLogger(logger);
    const onOutage = (error: unknown): void =>
      log.warn({ error: wordsOf(error, 200) }, "PostgreSQL cannot be reached");
    this.schema = schema;
    this.connection = connection;
    Object.defineProperty(this, "connection", { enumerable: false });
    this.#pool = new PostgresConnection(connection);
    this.#pool.on("error", onOutage);
    this.#queries = new PostgresQueries(this.#pool.pool, systemClock, onOutage);
    this.tokens = new PostgresTokenStore(this.#queries, schema);
    this.rates = new PostgresRateStore(this.#queries, schema);
    this.logs = new PostgresFencedLogs(this.#queries, schema);
  }

  /** Creates missing schemas and tables, BullMQ's included. Call it once, before workers start. */
  async migrate(): Promise<void> {
    await this.#queries.transaction((client) => migrate(client, this.schema));
    await this.#queries.session((client) => runMigrations(client, this.#pool.schema));
  }

  /**
   * Resolves when the server has answered.
   *
   * @throws StoreNotPrepared when {@link PostgresStore.migrate} has not been called for this schema
   */
  async ready(): Promise<void> {
    try {
      await this.#queries.query(`SELECT 1 FROM "${this.schema}".rate LIMIT 1`);
    } catch (error) {
      if (!MISSING.has((error as { code?: string }).code ?? "")) throw error;
      throw new StoreNotPrepared(this.schema, error);
    }
  }

  /** Closes the connections, unless a pool was given. */
  close(): Promise<void> {
    this.#queries.close();
    return this.#pool.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal Hides the connection, which has a password. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `PostgresStore ${inspect({ schema: this.schema }, options)}`;
  }
}
