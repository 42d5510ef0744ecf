/** The platform alone: a loop over `node:http2`, as efficient as we can write it. */
import { once } from "node:events";
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from "node:http2";
import { contend } from "../contender.ts";
import { devicePath, workload } from "../workload.ts";

contend(async ({ origin, ca, connections, ...options }) => {
  const { tokens, headers, body, payloadOf, headersOf } = workload(options);
  const isPersonal = options.workload === "each";
  const sessions = await Promise.all(Array.from({ length: connections }, () => openSession(origin, ca)));
  const shared: OutgoingHttpHeaders = { ":method": "POST", ":scheme": "https", ...headers };

  return {
    post(index) {
      const session = sessions[index % connections]!;
      return new Promise<number>((resolve, reject) => {
        const path = devicePath(tokens[index % tokens.length]!);
        const own = isPersonal ? { ":method": "POST", ":scheme": "https", ...headersOf() } : shared;
        const stream = session.request({ ...own, ":path": path });
        let status = 0;
        stream.on("response", (answer) => {
          status = answer[":status"] ?? 0;
        });
        stream.on("error", reject);
        // "close" rather than "end": the stream's slot is free only at "close".
        stream.on("close", () => resolve(status));
        stream.resume();
        stream.end(isPersonal ? JSON.stringify(payloadOf(index)) : body);
      });
    },
    async close() {
      for (const session of sessions) session.destroy();
    },
  };
});

async function openSession(origin: string, ca: string): Promise<ClientHttp2Session> {
  const session = connect(origin, { ca, settings: { enablePush: false } });
  // Before the server's SETTINGS arrive, requests run under Node's own limit, and the server may refuse them.
  await once(session, "remoteSettings");
  return session;
}
