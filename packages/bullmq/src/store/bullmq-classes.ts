import {
  type BackendFactory,
  createRedisBackend,
  type FlowProducer,
  type IQueueBackend,
  type Processor,
  type Queue,
  type QueueOptions,
  type Worker,
  type WorkerOptions,
  withBackend,
} from "bullmq";
import { guardedPostgresBackend } from "./postgres/guarded-backend.ts";
import type { PostgresStore } from "./postgres/postgres-store.ts";
import type { RedisStore } from "./redis/redis-store.ts";

/** A queue, worker and flow producer of BullMQ, of any back-end. */
export type AnyQueue = Queue;
export type AnyWorker = Worker;
export type AnyFlowProducer = FlowProducer;

/** BullMQ's classes for the server of a store. */
export interface BullMqClasses {
  queue(name: string, options?: Omit<QueueOptions, "connection">): AnyQueue;
  worker(name: string, processor: Processor, options: Omit<WorkerOptions, "connection">): AnyWorker;
  flowProducer(): AnyFlowProducer;
  /** Belongs to the nodes of a flow; without effect on PostgreSQL. */
  readonly prefix: string | undefined;
}

/** Makes queues and workers in the same server as a store, under the same prefix. */
export function bullMqOf(store: RedisStore | PostgresStore): BullMqClasses {
  const factory = store.kind === "redis" ? createRedisBackend : guardedPostgresBackend;
  // The two differ only in the type of their connections, which belongs to the factory.
  const classes = withBackend(factory as unknown as BackendFactory<IQueueBackend, unknown>);
  const prefix = store.kind === "redis" ? store.prefix : undefined;
  const own = { connection: store.connection, ...(prefix !== undefined && { prefix }) };
  return {
    prefix,
    queue: (name, options) => new classes.Queue(name, { ...options, ...own }) as unknown as AnyQueue,
    worker: (name, processor, options) =>
      new classes.Worker(name, processor, { ...options, ...own }) as unknown as AnyWorker,
    flowProducer: () => new classes.FlowProducer(own) as unknown as AnyFlowProducer,
  };
}
