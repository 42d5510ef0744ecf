import { ApnsClient, Notification, PushType } from "apns2";
import type { SingleContender } from "../contender.ts";
import type { Task } from "../messages.ts";
import { KEY_ID, TEAM_ID, TOPIC, workload } from "../workload.ts";

interface PoolOptions {
  connections: number;
  pipelining: number;
  maxConcurrentStreams: number;
}

type PoolClass = new (
  origin: string,
  options: PoolOptions & { allowH2: true; connect: { ca: string } },
) => object;

/**
 * apns2 accepts neither a port nor a certificate authority. So the bench replaces the client's connection
 * pool by another pool of the same class, from the undici that apns2 depends on. The new pool connects to the
 * bench's server.
 */
export async function openApns2(task: Task, options: PoolOptions): Promise<SingleContender> {
  const { tokens, payload, payloadOf } = workload(task);
  const client = new ApnsClient({
    team: TEAM_ID,
    keyId: KEY_ID,
    signingKey: task.signingKey,
    defaultTopic: TOPIC,
  });
  const stock = client.client;
  const Pool = stock.constructor as PoolClass;
  Object.assign(client, {
    client: new Pool(task.origin, { ...options, allowH2: true, connect: { ca: task.ca } }),
  });
  await stock.close();

  return {
    async post(index) {
      const token = tokens[index % tokens.length]!;
      const { aps } = task.workload === "each" ? payloadOf(index) : payload;
      await client.send(new Notification(token, { type: PushType.alert, expiration: 0, aps }));
      return 200; // anything else is thrown
    },
    close: () => client.destroy(),
  };
}
