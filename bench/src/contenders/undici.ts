/** undici over HTTP/2, configured for many concurrent streams. */
import { Client } from "undici";
import { contend } from "../contender.ts";
import { devicePath, workload } from "../workload.ts";

contend(async ({ origin, ca, connections, streams, ...options }) => {
  const { tokens, headers, body, payloadOf, headersOf } = workload(options);
  const isPersonal = options.workload === "each";
  // An undici pool fills its first connection before it uses the next. Separate clients in turn share the
  // load.
  const clients = Array.from(
    { length: connections },
    () =>
      new Client(origin, {
        allowH2: true,
        connect: { ca },
        // Both options limit the streams. undici adopts a higher limit from the server's SETTINGS, but keeps
        // "pipelining".
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
        // undici sends no other request beside a request that it must not repeat.
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
