import { type InspectOptions, inspect } from "node:util";
import { guardLogger, wordsOf } from "@apnskit/connection/internal";
import { InvalidOption, type Logger } from "apnskit";
import type { ConnectionOptions } from "bullmq";
import type { FencedLogs } from "../../log/fenced-log.ts";
import type { ProviderTokenStore } from "../../provider-token/token-store.ts";
import type { RateStore } from "../../rate/rate-store.ts";
import type { SharedStore } from "../shared-store.ts";
import { readStoreOptions } from "../store-options.ts";
import { RedisFencedLogs } from "./redis-fenced-logs.ts";
import { RedisRateStore } from "./redis-rate-store.ts";
import { RedisScripts } from "./redis-scripts.ts";
import { RedisTokenStore } from "./redis-token-store.ts";

/** The address of Redis or Valkey, and the names of the keys. */
export interface RedisStoreOptions {
  /**
   * As for BullMQ: options of ioredis, or an open client (ioredis, node-redis, valkey-glide). A given client stays open
   * when the store is closed. Give it `maxRetriesPerRequest: null`, so that calls wait for Redis.
   */
  readonly connection: ConnectionOptions;
  /** Begins all keys. Letters, digits, `_`, `-`, `.`, `:`, `{`, `}`. Default `apnskit`. */
  readonly prefix?: string | undefined;
  /** Where trouble with the connection is logged. Default: nowhere. */
  readonly logger?: Logger | undefined;
}

/** The store in Redis or Valkey 5 or newer. Calls wait while the server is unreachable. */
export class RedisStore implements SharedStore {
  /** Distinguishes it from a `PostgresStore`. */
  readonly kind = "redis";
  /** Begins all keys. */
  readonly prefix: string;
  /** @internal For BullMQ. */
  readonly connection: ConnectionOptions;
  /** For `SharedProviderToken`. */
  readonly tokens: ProviderTokenStore;
  /** For `SharedRateLimit`. */
  readonly rates: RateStore;
  /** @internal For the checkpoints of campaigns. */
  readonly logs: FencedLogs;
  readonly #scripts: RedisScripts;

  /** @throws InvalidOption */
  constructor(options: RedisStoreOptions) {
    const {
      connection,
      prefix = "apnskit",
      logger,
    } = readStoreOptions(options, ["connection", "prefix", "logger"]);
    if (typeof prefix !== "string" || !/^[\w.:{}-]{1,100}$/.test(prefix)) {
      const rule = "prefix must have 1 … 100 letters, digits and any of _ - . : { }";
      throw new InvalidOption("prefix", rule);
    }
    const log = guardLogger(logger);
    const onError = (error: Error): void =>
      log.warn({ error: wordsOf(error, 200) }, "Redis cannot be reached");
    this.prefix = prefix;
    this.connection = connection;
    this.#scripts = new RedisScripts(connection, onError);
    this.tokens = new RedisTokenStore(this.#scripts, prefix);
    this.rates = new RedisRateStore(this.#scripts, prefix);
    this.logs = new RedisFencedLogs(this.#scripts, prefix);
    Object.defineProperty(this, "connection", { enumerable: false });
  }

  /** Resolves when the server has answered. */
  ready(): Promise<void> {
    return this.#scripts.ready();
  }

  /** Closes the connection, but not a given client. */
  close(): Promise<void> {
    return this.#scripts.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal Hides the connection, which has a password. */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    return `RedisStore ${inspect({ prefix: this.prefix }, options)}`;
  }
}
