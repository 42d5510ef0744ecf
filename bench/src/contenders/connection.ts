/** One layer below the pool: `Connection.post`, without queue or retries. */
import { Connection, Request } from "@apnskit/connection";
import { contend } from "../contender.ts";
import { devicePath, workload } from "../workload.ts";

contend(async ({ origin, ca, connections: size, ...options }) => {
  const { tokens, headers, body, payloadOf, headersOf } = workload(options);
  const open = () => Connection.open(origin, { tls: { ca } });
  const connections = await Promise.all(Array.from({ length: size }, open));
  const template = Request.of(devicePath(tokens[0]!), headers, body, { timeout: 60_000 });

  /**
   * Returns a connection with a free stream, starting at `index`. One exists, because the bench keeps no more
   * requests in flight than the connections have streams.
   */
  function withRoom(index: number): Connection {
    for (let offset = 0; offset < size; offset++) {
      const connection = connections[(index + offset) % size]!;
      if (connection.capacity > 0) return connection;
    }
    return connections[index % size]!;
  }

  const path = (index: number) => devicePath(tokens[index % tokens.length]!);
  const personal = (index: number) =>
    Request.of(path(index), headersOf(), JSON.stringify(payloadOf(index)), { timeout: 60_000 });

  return {
    post:
      options.workload === "each"
        ? (index) => withRoom(index).post(personal(index))
        : (index) => withRoom(index).post(template.to(path(index))),
    async close() {
      await Promise.all(connections.map((connection) => connection.close()));
    },
  };
});
