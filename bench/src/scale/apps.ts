/**
 * Sends for many apps through `ApnsClients`, each with its key, to measure the time and memory of one more
 * app.
 */
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { type ApnsClient, ApnsClients, providerToken, raw } from "apnskit";
import { answer } from "../answer.ts";
import { liveMemory } from "../live-memory.ts";
import { TEAM_ID, workload } from "../workload.ts";
import type { AppsReply, AppsRequest, AppsResult } from "./messages.ts";

/** ms until an unused connection closes. */
const IDLE = 200;
/** ms between two looks at what is still open. */
const POLL = 10;

async function measure({ task, apps, count, burst, senders }: AppsRequest): Promise<AppsResult> {
  const { tokens, payloadOf } = workload({ ...task, workload: "each" });
  const auths = Array.from({ length: apps }, (_, index) => providerToken(keyOf(index)));
  const clients = new ApnsClients({
    credentials: (app) => ({
      environment: "sandbox",
      auth: auths[Number(app)]!,
      topic: `com.example.app${app}`,
    }),
    origin: task.origin,
    tls: { ca: task.ca },
    size: 1,
    timeout: 60_000,
    idleTimeout: IDLE,
  });

  const open: ApnsClient[] = [];
  async function openApp(app: number): Promise<void> {
    const client = await clients.open(String(app));
    open.push(client);
    await client.send(tokens[0]!, raw({ payload: payloadOf(app), pushType: "alert" }));
  }
  async function closeApps(): Promise<void> {
    let left = open.length;
    const onClosed = () => {
      left--;
    };
    clients.on("closed", onClosed);
    await Promise.all(open.splice(0).map((client) => client.close()));
    while (left > 0) await once(clients, "closed");
    clients.off("closed", onClosed);
    // The connections take their leave after the event. Until then they would count as memory of closed apps.
    while (process.getActiveResourcesInfo().includes("TCPSocketWrap")) await sleep(POLL);
  }

  // The first app of the process loads the parts that all apps share.
  await openApp(0);
  await closeApps();
  const before = await liveMemory();
  for (let app = 0; app < apps; app++) await openApp(app);
  const withOpen = await liveMemory();
  await closeApps();
  const withClosed = await liveMemory();
  for (let app = 0; app < apps; app++) await openApp(app);

  let accepted = 0;
  async function sendOne(app: ApnsClient, index: number): Promise<void> {
    const notification = raw({ payload: payloadOf(index), pushType: "alert", expiration: 0 });
    const outcome = await app.trySend(tokens[index % tokens.length]!, notification);
    if (outcome.result === "accepted") accepted++;
  }
  async function send(many: number): Promise<void> {
    let turn = 0;
    let next = 0;
    async function sender(): Promise<void> {
      while (next < many) {
        const app = open[turn++ % apps]!;
        const sent: Promise<void>[] = [];
        for (let i = 0; i < burst && next < many; i++) sent.push(sendOne(app, next++));
        await Promise.all(sent);
      }
    }
    await Promise.all(Array.from({ length: senders }, sender));
  }
  // The first notifications warm up the compiler.
  await send(count);
  accepted = 0;
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  await send(count);
  const seconds = (performance.now() - start) / 1_000;
  const cpu = process.cpuUsage(cpuBefore);
  await Promise.all(open.map((client) => client.close()));
  await clients.close();
  return {
    apps,
    count,
    accepted,
    seconds,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    openBytes: (withOpen.resident - before.resident) / apps,
    closedBytes: (withClosed.live - before.live) / apps,
  };
}

function keyOf(index: number): { key: string; keyId: string; teamId: string } {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { key, keyId: `K${String(index).padStart(9, "0")}`, teamId: TEAM_ID };
}

answer<AppsRequest, AppsReply>(async (request) => ({ type: "measured", ...(await measure(request)) }));
