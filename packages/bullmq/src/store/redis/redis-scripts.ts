import { type ConnectionOptions, isRedisInstance, RedisConnection } from "bullmq";

/** A Lua script. Redis runs it as one step, between the commands of all others. */
export interface Script {
  /** As Redis clients register it; unique among all scripts of the process. */
  readonly name: string;
  readonly numberOfKeys: number;
  readonly lua: string;
}

/**
 * Runs Lua scripts over a connection that BullMQ makes, so that each client that BullMQ takes will do: ioredis, node-redis,
 * valkey-glide. While Redis cannot be reached, a call waits.
 */
export class RedisScripts implements AsyncDisposable {
  readonly #connection: RedisConnection;
  readonly #defined = new Set<string>();

  /** @param connection as for BullMQ; a client that is given stays open, and must not give up (`maxRetriesPerRequest: null`) */
  constructor(connection: ConnectionOptions, onError: (error: Error) => void) {
    const given = isRedisInstance(connection);
    this.#connection = new RedisConnection(connection, { shared: given, blocking: !given });
    this.#connection.on("error", onError);
  }

  /** Resolves once Redis has answered. */
  async ready(): Promise<void> {
    await this.#connection.client;
  }

  /** @returns what the script returns: text, numbers, or a list of them */
  async run(
    script: Script,
    keys: readonly string[],
    values: readonly (string | number | Buffer)[],
  ): Promise<unknown> {
    const client = await this.#connection.client;
    if (!this.#defined.has(script.name)) {
      client.defineCommand(script.name, script);
      this.#defined.add(script.name);
    }
    return client.runCommand(script.name, [...keys, ...values]);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
