/** Runs the gateway in a separate process, so its CPU time and memory can be measured. */

import { providerToken } from "apnskit";
import { LegacyGateway } from "../src/index.ts";
import type { GatewayMessage, GatewayStart } from "./messages.ts";

const tell = (message: GatewayMessage): void => void process.send?.(message);

process.once("message", async ({ cert, key, ca, origin, apnsKey, window }: GatewayStart) => {
  const gateway = await LegacyGateway.open({
    apps: [{ topic: "com.example.app", environment: "sandbox", auth: providerToken(apnsKey) }],
    tls: { cert, key },
    authorities: ca,
    listeners: [{ service: "push", host: "127.0.0.1", port: 0 }],
    upstream: { origin, tls: { ca } },
    window,
  });
  process.on("message", (wanted) => {
    if (wanted === "figures without garbage") globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    const { apps, pushConnections: connections } = gateway.stats();
    const { accepted, absorbed } = apps[0]!;
    tell({ type: "figures", cpu: (user + system) / 1_000, rss, heapUsed, accepted, absorbed, connections });
  });
  tell({ type: "listening", port: gateway.addresses[0]!.port });
});
process.once("disconnect", () => process.exit());
