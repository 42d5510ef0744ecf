/** A bare TLS server that asks for client certificates, to compare the memory of idle connections with. */

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import type { FiguresRequest, GatewayMessage, GatewayStart } from "./messages.ts";

const tell = (message: GatewayMessage): void => void process.send?.(message);

process.once("message", async ({ cert, key, ca }: GatewayStart) => {
  const sockets = new Set<TLSSocket>();
  const options = { cert, key, ca, requestCert: true, maxVersion: "TLSv1.2" } as const;
  const server = createServer(options, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    socket.resume();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  process.on("message", (wanted: FiguresRequest) => {
    if (wanted === "figures without garbage") globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    const none = { accepted: 0, absorbed: 0 };
    tell({
      type: "figures",
      cpu: (user + system) / 1_000,
      rss,
      heapUsed,
      connections: sockets.size,
      ...none,
    });
  });
  tell({ type: "listening", port: (server.address() as AddressInfo).port });
});
process.once("disconnect", () => process.exit());
