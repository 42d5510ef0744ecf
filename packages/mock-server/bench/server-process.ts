import { Control, MockApns } from "../src/index.ts";

/** A server in a process of its own, which tells what it has used and seen whenever it is asked. */
export interface ServerReport {
  /** Seconds of CPU time, all threads. */
  cpu: number;
  /** Bytes. */
  rss: number;
  heap: number;
  external: number;
  arrived: number;
  acted: number;
  /** Pages and programs that listen. */
  listeners: number;
}

export interface ServerHello {
  port: number;
  ca: string;
  token: string;
  /** Where the control endpoint is. */
  controlOrigin: string;
}

const tally = process.argv.includes("--tally") ? (["apns-id"] as const) : [];
const latency = Number(
  process.argv.find((arg) => arg.startsWith("--latency="))?.slice("--latency=".length) ?? 0,
);
const server = await MockApns.start({ latency, ledger: { capacity: 10_000, tally } });
const ui = process.argv.find((arg) => arg.startsWith("--ui="))?.slice("--ui=".length) ?? false;
const control = await Control.listen(server, 0, { ui });
process.send?.({
  port: server.port,
  ca: server.ca,
  token: server.providerToken(),
  controlOrigin: control.origin,
} satisfies ServerHello);

process.on("message", (message) => {
  if (message === "collect and report") globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  const { arrived, acted } = server.ledger.totals;
  const cpu = (user + system) / 1e6;
  const { listeners } = control;
  process.send?.({
    ...{ cpu, rss, heap: heapUsed, external, arrived, acted, listeners },
  } satisfies ServerReport);
});
process.on("disconnect", () => void Promise.all([control.close(), server.close()]));
