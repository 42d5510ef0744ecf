import { PostgresServer, RedisServer, type Store, type StoreUse, storeTitle } from "@apnskit/testkit/stores";
import {
  type BackendFactory,
  createPostgresBackend,
  createRedisBackend,
  type IQueueBackend,
  withBackend,
} from "bullmq";
import { afterAll, beforeAll, describe } from "vitest";
import { PostgresStore, RedisStore, type SharedStore } from "../../src/index.ts";

/** Both kinds of store, with what BullMQ needs for the same server. */
export interface StoreBench {
  readonly kind: SharedStore["kind"];
  readonly use: StoreUse;
  /** Another connection to what all connections share. `port`: of a proxy in front of the server. */
  openStore(port?: number): SharedStore & { readonly kind: SharedStore["kind"] };
  /** Queue, Worker and others of BullMQ on this server; `port` as above. */
  bullmq(port?: number): BullMq;
}

/** BullMQ's classes, bound to a server. */
export interface BullMq {
  readonly classes: ReturnType<typeof withBackend<IQueueBackend, never>>;
  /** Options that each of them needs. */
  readonly options: { readonly connection: never; readonly prefix?: string };
}

function redisBench(use: StoreUse): StoreBench {
  const connection = (port = use.target.port) => ({ host: use.target.host, port });
  return {
    kind: "redis",
    use,
    openStore: (port) => new RedisStore({ connection: connection(port), prefix: use.namespace }),
    bullmq: (port) => ({
      classes: withBackend(createRedisBackend as unknown as BackendFactory<IQueueBackend, never>),
      options: { connection: connection(port) as never, prefix: use.namespace },
    }),
  };
}

function postgresBench(use: StoreUse): StoreBench {
  const connectionString = (port = use.target.port) => {
    const url = new URL(use.url);
    url.port = String(port);
    return url.href;
  };
  return {
    kind: "postgres",
    use,
    openStore: (port) =>
      new PostgresStore({
        connection: { connectionString: connectionString(port), schema: `${use.namespace}_queue` },
        schema: use.namespace,
      }),
    bullmq: (port) => ({
      classes: withBackend(createPostgresBackend as unknown as BackendFactory<IQueueBackend, never>),
      options: {
        connection: { connectionString: connectionString(port), schema: `${use.namespace}_queue` } as never,
      },
    }),
  };
}

const running = new Map<Store, Promise<StoreBench>>();

/** A server takes seconds to start: all tests of a file have the same one. */
function benchOf(server: Store): Promise<StoreBench> {
  const known = running.get(server);
  if (known !== undefined) return known;
  const started = server.start().then(async (use) => {
    const bench = server === RedisServer ? redisBench(use) : postgresBench(use);
    await using store = bench.openStore();
    if (store instanceof PostgresStore) await store.migrate();
    return bench;
  });
  running.set(server, started);
  return started;
}

afterAll(async () => {
  for (const bench of running.values()) await (await bench).use[Symbol.asyncDispose]();
});

/** Runs tests on each store that this machine has; the others are skipped by name. */
export function describeStores(
  name: string,
  tests: (bench: () => StoreBench) => void,
  servers: readonly Store[] = [RedisServer, PostgresServer],
): void {
  for (const server of servers) {
    describe.skipIf(!server.available().installed)(`${name}, on ${storeTitle(server)}`, () => {
      let bench: StoreBench | undefined;
      beforeAll(async () => {
        bench = await benchOf(server);
      });
      tests(() => bench!);
    });
  }
}
