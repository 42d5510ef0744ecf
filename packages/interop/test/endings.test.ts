import { Pool, Request } from "@apnskit/pool";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { Apache, Haproxy, Nginx, nginxRequests } from "@apnskit/testkit/peers";
import { afterAll, describe, expect, it, vi } from "vitest";
import { Account } from "./support/account.ts";
import { GoServer } from "./support/go-server.ts";
import { NodeServer } from "./support/node-server.ts";
import { identified } from "./support/notifications.ts";
import { PageTable } from "./support/page.ts";
import { sendAll } from "./support/sending.ts";
import { type Running, title } from "./support/servers.ts";

/**
 * Connections end while they are busy. Every notification must settle with an outcome, and each outcome must
 * be true.
 */

failOnLeaks();

const COUNT = 10_000;
const TIMEOUT = 60_000;
/** How often a test disturbs its server while notifications arrive. */
const TIMES = 3;

const table = new PageTable("endings", "Event under load");
afterAll(() => table.settle());

function record(happening: string, outcome: string): void {
  table.record(happening, "Notifications", COUNT.toLocaleString("en"));
  table.record(happening, "Outcome", outcome);
}

const entry = (server: { name: string; available: typeof Nginx.available }) => ({
  name: server.name,
  available: server.available(),
});
const nginx = entry(Nginx);
const apache = entry(Apache);
const haproxy = entry(Haproxy);
const go = entry(GoServer);

/** Calls `happen` a few times, evenly spread over the notifications. */
function nowAndThen(happen: () => void): () => void {
  let results = 0;
  return () => {
    results++;
    if (results % Math.floor(COUNT / (TIMES + 1)) === 0 && results < COUNT) happen();
  };
}

/** Notifications with the largest body that APNs takes. */
async function* fullSize(count: number): AsyncGenerator<Request, void, void> {
  const frame = JSON.stringify({ aps: { alert: "" } }).length;
  const body = JSON.stringify({ aps: { alert: "x".repeat(4_096 - frame) } });
  const request = Request.of("/3/device/00", { "apns-topic": "com.example.app" }, body, {
    timeout: Number.POSITIVE_INFINITY,
  });
  for (let index = 0; index < count; index++) yield request;
}

async function get({ origin, ca }: Pick<Running, "origin" | "ca">, path: string) {
  await using pool = await Pool.open(origin, { tls: { ca } });
  return await pool.post(Request.of(path, {}, "", { method: "GET" }));
}

describe.skipIf(!go.available.installed)(title(go), () => {
  it(
    "shuts down gracefully and continues with a new server: nothing is lost, nothing is doubled",
    async () => {
      await using server = await GoServer.start();
      const shutDown = nowAndThen(() => server.signal("SIGHUP"));
      const { statuses, errors } = await sendAll(server, identified(COUNT), { size: 2 }, shutDown);
      expect({ statuses, errors }).toEqual({ statuses: { 200: COUNT }, errors: {} });
      expect((await get(server, "/counts")).json()).toEqual({ ids: COUNT, repeated: 0 });
      record("Go net/http: `Server.Shutdown`, three times", "all answered, none lost, none doubled");
    },
    TIMEOUT,
  );
});

describe.skipIf(!nginx.available.installed)(title(nginx), () => {
  it(
    "sends GOAWAY every 200 requests: nothing is lost, doubled or unknown",
    async () => {
      await using server = await Nginx.start({
        keepaliveRequests: 200,
        streams: 100,
        readBodies: true,
        statusPath: "/status",
      });
      const { statuses, errors } = await sendAll(server, identified(COUNT), { size: 2 });
      expect({ statuses, errors }).toEqual({ statuses: { 200: COUNT }, errors: {} });
      expect(nginxRequests((await get(server, "/status")).text())).toBe(COUNT + 1);
      record("nginx: GOAWAY every 200 requests", "all answered, none lost, none doubled");
    },
    TIMEOUT,
  );

  it(
    "is reloaded: nothing is lost, doubled or unknown",
    async () => {
      await using server = await Nginx.start({ readBodies: true, statusPath: "/status" });
      const reload = nowAndThen(() => server.signal("SIGHUP"));
      const { statuses, errors } = await sendAll(server, identified(COUNT), { size: 2 }, reload);
      expect({ statuses, errors }).toEqual({ statuses: { 200: COUNT }, errors: {} });
      expect(nginxRequests((await get(server, "/status")).text())).toBe(COUNT + 1);
      record("nginx: reloaded three times", "all answered, none lost, none doubled");
    },
    TIMEOUT,
  );

  it(
    "treats unread bodies as a flood, and sends GOAWAY: nothing is lost, doubled or unknown",
    async () => {
      await using server = await Nginx.start({ statusPath: "/status" });
      const goaways = new Map<Pool, number>();
      const { statuses, errors } = await sendAll(server, fullSize(COUNT), { size: 2 }, (_, pool) => {
        if (goaways.has(pool)) return;
        goaways.set(pool, 0);
        pool.on("disconnected", () => goaways.set(pool, goaways.get(pool)! + 1));
      });
      expect({ statuses, errors }).toEqual({ statuses: { 200: COUNT }, errors: {} });
      expect([...goaways.values()][0]).toBeGreaterThan(0);
      expect(nginxRequests((await get(server, "/status")).text())).toBe(COUNT + 1);
      record("nginx: treats bodies of 4,096 bytes as a flood", "all answered, none lost, none doubled");
    },
    TIMEOUT,
  );
});

describe.skipIf(!apache.available.installed)(title(apache), () => {
  it(
    "is restarted gracefully and cuts off busy connections: requests without an answer are unknown",
    async () => {
      await using server = await Apache.start();
      const restart = nowAndThen(() => server.signal("SIGUSR1"));
      const { statuses, errors } = await sendAll(server, identified(COUNT), { size: 2 }, restart);
      const unknown = errors["ERR_APNS_CLOSED unknown"] ?? 0;
      expect({ statuses, errors }).toEqual({
        statuses: { 204: COUNT - unknown },
        errors: unknown === 0 ? {} : { "ERR_APNS_CLOSED unknown": unknown },
      });
      record("Apache: restarted gracefully three times", "answered, or unknown if Apache cut the connection");
    },
    TIMEOUT,
  );
});

describe.skipIf(!haproxy.available.installed)(title(haproxy), () => {
  it(
    "is reloaded: nothing is lost, doubled or unknown",
    async () => {
      await using server = await NodeServer.start();
      await using proxy = await Haproxy.start({ backend: server.port });
      const reload = nowAndThen(() => proxy.signal("SIGUSR2"));
      const { statuses, errors } = await sendAll(proxy, identified(COUNT), { size: 2 }, reload);
      expect({ statuses, errors }).toEqual({ statuses: { 200: COUNT }, errors: {} });
      expect([server.counts.size, Math.max(...server.counts.values())]).toEqual([COUNT, 1]);
      record("HAProxy: reloaded three times", "all answered, none lost, none doubled");
    },
    TIMEOUT,
  );

  it(
    "loses the server behind it for a time: all are answered, and only requests that HAProxy called refused arrive twice",
    async () => {
      await using server = await NodeServer.start();
      await using proxy = await Haproxy.start({ backend: server.port });
      const account = new Account();
      let results = 0;
      let back: Promise<void> | undefined;
      const report = await sendAll(proxy, identified(COUNT), { size: 2 }, (result, pool) => {
        account.add(result);
        if (++results === COUNT / 4) back = dieUntil(server, () => pool.stats().retries > 0);
      });
      await back;
      const answers = Object.values(report.statuses).reduce((sum, count) => sum + count, 0);
      expect({ answers, errors: report.errors }).toEqual({ answers: COUNT, errors: {} });
      const { "arrived more than once": twice = 0, ...others } = account.disagreements(server.counts);
      expect(others).toEqual({});
      // HAProxy sends REFUSED_STREAM for a request that it passed on before the connection behind it broke.
      expect(twice).toBeLessThanOrEqual(report.retries);
      record(
        "HAProxy: the server behind it dies and comes back",
        "all answered, none lost; requests that HAProxy wrongly calls refused may arrive twice",
      );
    },
    TIMEOUT,
  );

  it(
    "is killed: unsent requests have not arrived, accepted requests have, and nothing is doubled",
    async () => {
      await using server = await NodeServer.start();
      await using proxy = await Haproxy.start({ backend: server.port });
      const account = new Account();
      let results = 0;
      const report = await sendAll(proxy, identified(COUNT), { size: 2 }, (result, pool) => {
        account.add(result);
        if (++results !== COUNT / 4) return;
        pool.once("connectFailed", () => void pool.close());
        proxy.signal("SIGKILL");
      });
      expect(results).toBe(COUNT);
      expect(report.errors["ERR_APNS_CLOSED unsent"]).toBeGreaterThan(0);
      expect(account.disagreements(server.counts)).toEqual({});
      record("HAProxy: killed", "each accepted, unsent or unknown, all true; none doubled");
    },
    TIMEOUT,
  );
});

describe("node:http2", () => {
  it(
    "dies and comes back: unsent requests have not arrived, accepted requests have, and nothing is doubled",
    async () => {
      await using server = await NodeServer.start();
      const account = new Account();
      let results = 0;
      let back: Promise<void> | undefined;
      await sendAll(server, identified(COUNT), { size: 2 }, (result, pool) => {
        account.add(result);
        if (++results === COUNT / 4) back = dieUntil(server, () => pool.stats().connecting > 0);
      });
      await back;
      expect(results).toBe(COUNT);
      expect(account.disagreements(server.counts)).toEqual({});
      record("node:http2: dies and comes back", "each accepted or unknown, all true; none doubled");
    },
    TIMEOUT,
  );
});

/** The server dies, and comes back after the client has noticed. */
async function dieUntil(server: NodeServer, noticed: () => boolean): Promise<void> {
  await server.die();
  await vi.waitUntil(noticed, { timeout: TIMEOUT, interval: 5 });
  await server.listen();
}
