import { once } from "node:events";
import { connect } from "node:tls";
import { ClientSession, type ClientStream, type OutgoingRequest, type SessionOptions } from "@apnskit/http2";
import type { Request } from "@apnskit/pool";
import type { Running } from "./servers.ts";

/** An answer with its request. */
export type Answered = ClientStream<Request>;

/**
 * Sends requests over one `ClientSession` on a TLS socket, with client settings that a connection does not
 * offer.
 *
 * @throws Error if the session or the socket ends before all answers
 */
export async function sendOver(
  { origin, ca }: Pick<Running, "origin" | "ca">,
  requests: readonly Request[],
  options: Omit<SessionOptions, "authority">,
): Promise<Answered[]> {
  const { hostname, host, port } = new URL(origin);
  const socket = connect({
    host: hostname,
    port: Number(port),
    servername: hostname,
    ca,
    ALPNProtocols: ["h2"],
  });
  try {
    await once(socket, "secureConnect");
    const session = new ClientSession<Request>({ ...options, authority: host });
    const answers: Answered[] = [];
    let next = 0;
    const advance = (): void => {
      while (next < requests.length && session.freeStreams > 0) {
        const request = requests[next++]!;
        // The encoder reads fields of a request that are not part of its public type.
        session.request(request as unknown as OutgoingRequest, request);
      }
      const bytes = session.takeOutput();
      if (bytes !== undefined) socket.write(bytes);
    };
    await new Promise<void>((resolve, reject) => {
      socket.on("error", reject);
      socket.on("close", () => reject(new Error(`closed after ${answers.length} answers`)));
      socket.on("data", (chunk) => {
        for (const event of session.receive(chunk)) {
          if (event.type === "response") answers.push(event.stream);
          if (event.type === "failure") reject(new Error(`${event.failure}: ${event.message}`));
          if (event.type === "goaway") reject(new Error(`GOAWAY ${event.errorCode} ${event.debug}`));
          if (event.type === "error") reject(event.error);
        }
        advance();
        if (answers.length === requests.length) resolve();
      });
      advance();
    });
    return answers;
  } finally {
    socket.removeAllListeners("close").destroy();
  }
}
