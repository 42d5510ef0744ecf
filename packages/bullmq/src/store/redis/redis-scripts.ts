import { type ConnectionOptions, isRedisInstance, RedisConnection } from "bullmq";

/** A Lua script. Redis runs it as one step, without commands of others in between. */
export interface Script {
  /** Its name in Redis clients; unique among all scripts of the process. */
  readonly name: string;
  readonly numberOfKeys: number;
  readonly lua: string;
}

/**
 * Runs Lua scripts over a connection of BullMQ. So it works with every client that BullMQ supports: ioredis, node-redis,
 * valkey-glide. A call waits while Redis is unreachable.
 */
export class RedisScripts implements AsyncDisposable {
  readonly #connection: RedisConnection;
  readonly #defined = new Set<string>();

  /** @param connection as for BullMQ; a given client stays open, and must not give up (`maxRetriesPerRequest: null`) */
  constructor(connection: ConnectionOptions, onError: (error: Error) => void) {
    const given = isRedisInstance(connection);
    this.#connection = new RedisConnection(connection, { shared: given, blocking: !given });
    this.#connection.on("error", onError);
  }

  /** Resolves when Redis has answered. */
  async ready(): Promise<void> {
    await this.#connection.client;
  }

  /** @returns the script's result: text, numbers, or a list of them */
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
