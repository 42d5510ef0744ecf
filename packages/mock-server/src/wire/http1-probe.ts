import type { TLSSocket } from "node:tls";
import { goawayFrame } from "./frames.ts";

const PREFACE = "PRI * HTTP/2.0\r\n";
const PROTOCOL_ERROR = 1;
const LONGEST_LINE = 8192;

/**
 * Reads the first bytes of a client that did not ask for `h2` in its handshake. HTTP/2 by prior knowledge
 * continues; HTTP/1.x gets the GOAWAY that APNs sends in that case, and the connection ends.
 */
export function probe(socket: TLSSocket, onHttp2: () => void): void {
  let seen = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk]);
    const line = seen.toString("latin1", 0, LONGEST_LINE);
    if (!line.includes("\r\n") && seen.length < LONGEST_LINE) return;
    socket.off("data", onData);
    if (line.startsWith(PREFACE)) {
      socket.pause();
      socket.unshift(seen);
      onHttp2();
    } else {
      const [method, target] = line.split(/[ \r\n]/, 2);
      socket.end(goawayFrame(0, PROTOCOL_ERROR, `Unexpected HTTP/1.x request: ${method} ${target}`));
    }
  };
  socket.on("error", () => {});
  socket.on("data", onData);
}
