/** undici over HTTP/2, set up for many streams at once. */
import { Client } from "undici";
import { contend } from "../contender.ts";
import { devicePath, workload } from "../workload.ts";

contend(async ({ origin, ca, connections, streams, ...options }) => {
  const { tokens, headers, body, payloadOf, headersOf } = workload(options);
  const isPersonal = options.workload === "each";
  // A pool of undici's fills its first connection before it uses the next one; clients in turn share the load.
  const clients = Array.from(
    { length: connections },
    () =>
      new Client(origin, {
        allowH2: true,
        connect: { ca },
        // Both bound the streams: undici takes over a higher limit from the server's SETTINGS, but "pipelining" stays.
        pipelining: streams,
        maxConcurrentStreams: streams,
      }),
  );

  return {
    async post(index) {
      const { statusCode, body: answer } = await clients[index % connections]!.request({
        method: "POST",
        path: devicePath(tokens[index % tokens.length]!),
        headers: isPersonal ? headersOf() : headers,
        body: isPersonal ? JSON.stringify(payloadOf(index)) : body,
        // undici sends nothing beside a request that it may not repeat.
        idempotent: true,
      });
      await answer.dump();
      return statusCode;
    },
    async close() {
      await Promise.all(clients.map((client) => client.destroy()));
    },
  };
});
