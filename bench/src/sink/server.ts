import { createServer, type TLSSocket } from "node:tls";
import { DelayLine } from "./delay-line.ts";
import { answers } from "./frames.ts";
import type { SinkOptions, SinkStatistics } from "./messages.ts";
import { SinkSession } from "./session.ts";

/** A TLS server that answers every request with 200 after a constant delay, without reading it. */
export function createSecureServer({ cert, key, streams, delay }: SinkOptions) {
  const line = new DelayLine(delay ?? Infinity);
  const statistics = { connections: 0, requests: 0, bodyBytes: 0 };
  const server = createServer({ cert, key, ALPNProtocols: ["h2"] }, (socket) => {
    statistics.connections++;
    serve(socket, streams, line, statistics);
  });
  return {
    listen(listening: (port: number) => void): void {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        if (address !== null && typeof address !== "string") listening(address.port);
      });
    },
    statistics: (): SinkStatistics => ({ ...statistics, meanDelay: line.meanDelay }),
  };
}

function serve(
  socket: TLSSocket,
  streams: number,
  line: DelayLine,
  statistics: { requests: number; bodyBytes: number },
): void {
  const session = new SinkSession();
  socket.setNoDelay(true);
  socket.write(session.greeting(streams));
  socket.on("data", (chunk: Buffer) => {
    const bodyBytesBefore = session.bodyBytes;
    const { replies, completed } = session.receive(chunk);
    statistics.bodyBytes += session.bodyBytes - bodyBytesBefore;
    statistics.requests += completed.length;
    for (const bytes of replies) socket.write(bytes);
    if (completed.length === 0) return;
    const bytes = answers(completed);
    line.put(completed.length, () => {
      if (!socket.destroyed) socket.write(bytes);
    });
  });
  // A failing connection ends alone: the client left, or did not speak TLS.
  socket.on("error", () => socket.destroy());
}
