import { type EventEmitter, once } from "node:events";
import { Connection, type ConnectionEvents } from "@apnskit/connection";
import { CertificateAuthority } from "@apnskit/mock-server";
import { Pool, type PoolEvents, Request } from "@apnskit/pool";
import { ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { type ApnsClientEvents, ApnsClients, type ApnsClientsEvents, certificate } from "apnskit";
import { describe, expect, test, vi } from "vitest";
import { APP, hello, newAuth, openClient, TOKEN } from "./kit/clients.ts";
import { turns, watchUncaught } from "./kit/uncaught.ts";

// Each event of each layer gets a listener that fails. The engine keeps running, the other listeners get the
// event, and the error becomes an uncaught exception.
failOnLeaks();
const uncaught = watchUncaught();
const bug = new Error("a bug in the listener");

type Listen = (emitter: EventEmitter) => void;

const ways: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw bug;
  },
  rejects: () => Promise.reject(bug),
};
const request = () => Request.of(`/3/device/${TOKEN}`, { "apns-topic": APP }, "{}");

/** The second connection fails. The first connection gets GOAWAY. */
function listenForStory(options: Parameters<typeof ScriptedPeer.listen>[0] = {}): Promise<ScriptedPeer> {
  return ScriptedPeer.listen({
    respond: () => ({}),
    tls: (connection) => (connection === 1 ? { handshake: "is cut" } : {}),
    ...options,
  });
}

async function ofConnection(listen: Listen): Promise<void> {
  await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 1 } });
  await using connection = await Connection.open(peer.origin, { tls: { ca: peer.ca } });
  listen(connection);
  const first = connection.post(request());
  await expect(connection.post(request())).rejects.toMatchObject({ code: "ERR_APNS_BLOCKED" });
  (await peer.request()).respond();
  expect((await first).status).toBe(200);
  await vi.waitFor(() => expect(connection.capacity).toBe(1));
  const second = connection.post(request());
  const held = await peer.request();
  peer.sessions[0]!.goaway({ lastStreamId: held.streamId, debug: { reason: "Shutdown" } });
  await vi.waitFor(() => expect(connection.state).toBe("draining"));
  held.respond();
  expect((await second).status).toBe(200);
}

async function ofPool(listen: Listen): Promise<void> {
  await using peer = await listenForStory();
  const pool = await Pool.open(peer.origin, { size: 1, tls: { ca: peer.ca }, reconnect: { minDelay: 1 } });
  listen(pool);
  expect((await pool.post(request())).status).toBe(200);
  peer.sessions[0]!.goaway({ debug: { reason: "Shutdown" } });
  await vi.waitFor(() => expect(peer.connectionCount).toBeGreaterThan(2));
  expect((await pool.post(request())).status).toBe(200);
  await pool.close();
}

const GONE = "bb".repeat(32);
const EXPIRED = "cc".repeat(32);

async function ofClient(listen: Listen): Promise<void> {
  let expired = true;
  const { pem } = await soonExpired();
  await using peer = await listenForStory({
    respond: ({ path }) => {
      if (path.endsWith(GONE)) return { status: 410, body: { reason: "Unregistered" } };
      if (!path.endsWith(EXPIRED) || !expired) return {};
      expired = false;
      return { status: 403, body: { reason: "ExpiredProviderToken" } };
    },
  });
  const apns = await openClient(peer, { size: 1, reconnect: { minDelay: 1 } });
  listen(apns);
  await apns.trySend(GONE, hello);
  expect(await apns.trySend(EXPIRED, hello)).toMatchObject({ result: "accepted" });
  await vi.waitFor(() => expect(peer.connectionCount).toBeGreaterThan(2));
  expect(await apns.trySend(TOKEN, hello)).toMatchObject({ result: "accepted" });
  await apns.close();
  const withCertificate = await openClient(peer, { size: 1, auth: certificate({ pem }) });
  // A timer brings the event, which a busy machine fires late; nothing comes after `close`.
  const told = once(withCertificate, "certificateExpiry");
  listen(withCertificate);
  expect(await withCertificate.trySend(TOKEN, hello)).toMatchObject({ result: "accepted" });
  await told;
  await withCertificate.close();
}

async function ofClients(listen: Listen): Promise<void> {
  const { pem } = await soonExpired();
  await using peer = await ScriptedPeer.listen({
    respond: ({ path }) => (path.endsWith(GONE) ? { status: 410, body: { reason: "Unregistered" } } : {}),
  });
  const auths = { token: newAuth(), certificate: certificate({ pem }) };
  const clients = new ApnsClients({
    credentials: (app: string) => ({ environment: "sandbox", auth: auths[app as "token"], topic: APP }),
    tls: { ca: peer.ca },
    origin: peer.origin,
  } as never);
  const told = once(clients, "certificateExpiry");
  listen(clients);
  for (const app of ["token", "certificate"]) {
    await clients.with(app, async (apns) => {
      await apns.trySend(GONE, hello);
      expect(await apns.trySend(TOKEN, hello)).toMatchObject({ result: "accepted" });
      await turns();
      if (app === "certificate") await told;
    });
  }
  await clients.close();
}

let issued: Promise<{ pem: string }> | undefined;

/** A certificate that expires within a week, which clients report. */
function soonExpired(): Promise<{ pem: string }> {
  const make = async () => {
    const authority = await CertificateAuthority.create();
    const notAfter = new Date(Date.now() + 5 * 86_400_000);
    const { cert, key } = await authority.issue({ usage: "client", uid: APP, commonName: "Push", notAfter });
    return { pem: `${cert}\n${key}` };
  };
  issued ??= make();
  return issued;
}

const connection: Record<keyof ConnectionEvents, true> = { capacity: true, draining: true, closed: true };
const pool: Record<keyof PoolEvents, true> = {
  connected: true,
  disconnected: true,
  connectFailed: true,
  closed: true,
};
const client: Record<keyof ApnsClientEvents, true> = {
  ...pool,
  deadToken: true,
  tokenRenewed: true,
  certificateExpiry: true,
};
const clients: Record<keyof ApnsClientsEvents, true> = {
  opened: true,
  closed: true,
  deadToken: true,
  certificateExpiry: true,
};

describe.each([
  { layer: "Connection", events: Object.keys(connection), story: ofConnection },
  { layer: "Pool", events: Object.keys(pool), story: ofPool },
  { layer: "ApnsClient", events: Object.keys(client), story: ofClient },
  { layer: "ApnsClients", events: Object.keys(clients), story: ofClients },
])("a listener of $layer", ({ events, story }) => {
  test.each(events.flatMap((event) => Object.keys(ways).map((way) => [event, way] as const)))(
    "for %s that %s",
    async (event, way) => {
      let heard = 0;
      await story((emitter) => {
        emitter.on(event, ways[way]!);
        emitter.on(event, () => void heard++);
      });
      await turns();
      expect(heard).toBeGreaterThan(0);
      expect(uncaught).toEqual(new Array(heard).fill(bug));
    },
  );
});
