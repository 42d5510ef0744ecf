import { once } from "node:events";
import { ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { expect, test } from "vitest";
import { openSocket } from "../src/connector.ts";
import type { Connection } from "../src/index.ts";
import { parseOrigin } from "../src/internal.ts";
import { readCredentials } from "../src/tls-options.ts";
import { bareConnection, outcomeOf, push } from "./support/index.ts";

failOnLeaks();

/** A connection that has used up all stream ids but the last few. A billion requests would lead there as well. */
async function nearTheEnd(peer: ScriptedPeer, idsLeft: number): Promise<Connection> {
  const origin = parseOrigin(peer.origin);
  const { connection, transport } = bareConnection(peer.origin, { firstStreamId: 2 ** 31 + 1 - 2 * idsLeft });
  const tls = { ca: peer.ca };
  const route = {
    origin,
    tls,
    credentials: readCredentials(tls),
    connect: undefined,
    lookup: undefined,
    attemptTimeout: 250,
  };
  await transport.start(await openSocket(route, transport.receive, new AbortController().signal));
  return connection;
}

test("when stream ids are used up, what is in flight finishes and the connection drains", async () => {
  await using peer = await ScriptedPeer.listen();
  await using connection = await nearTheEnd(peer, 2);
  const session = await peer.session();
  expect(connection.capacity).toBe(2);
  const draining = once(connection, "draining");
  const first = outcomeOf(connection.post(push(1)));
  const second = outcomeOf(connection.post(push(2)));
  expect(await outcomeOf(connection.post(push(3)))).toBe("Blocked unsent");
  const requests = await session.requests(2);
  expect(requests.map(({ streamId }) => streamId)).toEqual([2 ** 31 - 3, 2 ** 31 - 1]);
  requests[0]!.respond();
  expect(await draining).toEqual(["stream ids are used up"]);
  await session.roundTrip();
  expect([connection.state, connection.inflight]).toEqual(["draining", 1]);
  expect(await outcomeOf(connection.post(push(4)))).toBe("Closed unsent");
  requests[1]!.respond();
  expect([await first, await second]).toEqual([200, 200]);
  expect([connection.state, connection.reason]).toEqual(["closed", "stream ids are used up"]);
});

test("the last id's request is given up: the connection ends", async () => {
  await using peer = await ScriptedPeer.listen();
  await using connection = await nearTheEnd(peer, 1);
  const giveUp = new AbortController();
  const outcome = outcomeOf(connection.post(push(), { signal: giveUp.signal }));
  const session = await peer.session();
  await session.request();
  giveUp.abort();
  expect(await outcome).toBe("AbortError unknown");
  expect(connection.state).toBe("closed");
  await session.whenClosed();
});
