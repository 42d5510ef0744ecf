import { PeerProcess } from "../peers/peer-process.ts";
import { type Availability, findProgram } from "../peers/program.ts";
import { type Store, type StoreUse, uniqueName } from "./store.ts";

/** Redis on a free port of 127.0.0.1, without writes to disk, or the server at `REDIS_URL`. */
export const RedisServer: Store = {
  name: "Redis",
  available(): Availability {
    const url = process.env.REDIS_URL;
    return url ? { installed: true, path: url } : findProgram("redis-server", "redis-server");
  },
  async start(): Promise<StoreUse> {
    const namespace = uniqueName();
    const given = process.env.REDIS_URL;
    if (given) {
      const { hostname, port } = new URL(given);
      const target = { host: hostname, port: Number(port || 6379) };
      return { url: given, namespace, target, [Symbol.asyncDispose]: async () => {} };
    }
    const redis = await PeerProcess.start(
      "redis",
      RedisServer.available(),
      {},
      async ({ port, directory }) => [
        ...["--port", String(port), "--bind", "127.0.0.1", "--dir", directory],
        ...["--save", "", "--appendonly", "no", "--loglevel", "warning"],
      ],
    );
    return {
      url: `redis://127.0.0.1:${redis.port}`,
      namespace,
      target: { host: "127.0.0.1", port: redis.port },
      [Symbol.asyncDispose]: () => redis.stop(),
    };
  },
};
