import { createServer } from "node:net";
import { ManualClock, ScriptedPeer, type ScriptedPeerOptions } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, it } from "vitest";
import { ApnsClient, ApnsClients, ApnskitError, providerToken } from "../src/index.ts";
import { failure, hello, TOKEN } from "./kit/clients.ts";
import { ConnectProxy } from "./kit/connect-proxy.ts";
import { APP } from "./kit/on-the-wire.ts";
import { p8 } from "./kit/p8.ts";

failOnLeaks();

// One caller that sends one push after another to a server that does not let it in makes no storm of connections.
const PUSHES = 60;
const auth = providerToken({ key: p8(), keyId: "ABC123DEFG", teamId: "DEF123GHIJ" });

/** Servers that let no client in, each in another way. */
const doors: readonly (readonly [string, ScriptedPeerOptions])[] = [
  [
    "refuses the client certificate by a TLS alert",
    { tls: { clientCertificate: { refusedWith: "certificate_unknown" } } },
  ],
  ["speaks HTTP/1.1 only", { tls: { alpn: ["http/1.1"] } }],
  ["takes no part in ALPN", { tls: { alpn: false } }],
  ["cuts the handshake", { tls: { handshake: "is cut" } }],
  ["speaks TLS 1.1 only", { tls: { maxVersion: "TLSv1.1", minVersion: "TLSv1" } }],
  ["speaks no TLS", { tls: false }],
  [
    "says GOAWAY in place of its first SETTINGS",
    { settings: false, onSession: (session) => session.goaway({ debug: { reason: "Shutdown" } }) },
  ],
  ["closes behind the preface", { settings: false, onSession: (session) => session.destroy() }],
];

/** Also of a peer without TLS. */
const originOf = ({ origin }: ScriptedPeer) => origin.replace(/^http:/, "https:");

describe.each(doors)("a server that %s", (_, options) => {
  it("sees one connection, however many pushes there are, and another one when the wait is over", async () => {
    await using peer = await ScriptedPeer.listen({ ...options, tolerant: true });
    const clock = new ManualClock();
    const clients = new ApnsClients({
      origin: originOf(peer),
      tls: { ca: peer.ca },
      clock,
      random: () => 1,
      credentials: () => ({ environment: "sandbox", auth, topic: APP }),
    });
    for (let push = 0; push < PUSHES; push++) {
      const error = await failure(clients.send("app", TOKEN, hello));
      expect(error).toBeInstanceOf(ApnskitError);
      expect(error).toMatchObject({ delivery: "unsent" });
    }
    expect(peer.connectionCount).toBe(1);
    clock.advance(250);
    await Promise.all(Array.from({ length: PUSHES }, () => failure(clients.send("app", TOKEN, hello))));
    expect(peer.connectionCount).toBe(2);
    await clients.close();
  });

  it("sees one connection of a client that does not wait until the backoff lets it try again", async () => {
    await using peer = await ScriptedPeer.listen({ ...options, tolerant: true });
    const clock = new ManualClock();
    const app = { auth, topic: APP, clock, size: 1, random: () => 1 };
    const apns = await ApnsClient.open(
      { environment: "sandbox", origin: originOf(peer), tls: { ca: peer.ca }, ...app },
      { wait: false },
    );
    const pushes = Array.from({ length: PUSHES }, () => apns.trySend(TOKEN, hello, { timeout: 1_000 }));
    await clock.advanceAsync(10);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(peer.connectionCount).toBeLessThanOrEqual(1);
    await clock.advanceAsync(1_000);
    for (const outcome of await Promise.all(pushes)) expect(outcome).toMatchObject({ result: "unsent" });
    expect(peer.connectionCount).toBeLessThanOrEqual(3);
    await apns.close();
  });
});

it("a proxy that refuses, and a port where nobody listens, are asked once", async () => {
  await using proxy = await ConnectProxy.listen({ status: 403 });
  const free = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => free.once("listening", resolve));
  const { port } = free.address() as { port: number };
  await new Promise((resolve) => free.close(resolve));
  let connects = 0;
  for (const network of [
    { proxy: `http://${proxy.host}`, origin: "https://127.0.0.1:1" },
    { origin: `https://localhost:${port}`, lookup: counted(() => connects++) },
  ]) {
    const clients = new ApnsClients({
      ...network,
      clock: new ManualClock(),
      random: () => 1,
      credentials: () => ({ environment: "sandbox", auth, topic: APP }),
    } as never);
    for (let push = 0; push < PUSHES; push++) {
      expect(await failure(clients.send("app", TOKEN, hello))).toMatchObject({ name: "ConnectFailed" });
    }
    await clients.close();
  }
  expect([proxy.asked.length, connects]).toEqual([1, 1]);
});

/** A lookup that tells of each attempt. */
function counted(note: () => void) {
  return (_host: string, _options: object, done: (error: null, found: object[]) => void) => {
    note();
    done(null, [{ address: "127.0.0.1", family: 4 }]);
  };
}
