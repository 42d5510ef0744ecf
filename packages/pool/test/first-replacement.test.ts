import { ManualClock, ScriptedPeer, type ScriptedSession } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { expect, test } from "vitest";
import { ending, openPool, push, until } from "./support/pools.ts";

failOnLeaks();

// A pool of one connection stands still until that one is replaced: no time may pass before the first replacement of a
// connection that did its work.

/** Ways in which a connection with a request in flight ends without having processed it. */
const endings: readonly (readonly [string, (session: ScriptedSession) => void])[] = [
  ["GOAWAY with last id 0", (session) => session.goaway({ lastStreamId: 0, debug: { reason: "Shutdown" } })],
  [
    "GOAWAY without a reason",
    (session) => session.goaway({ lastStreamId: session.received.at(-2)!.streamId }),
  ],
  [
    "GOAWAY with an error code",
    (session) => session.goaway({ lastStreamId: session.received.at(-2)!.streamId, code: 11 }),
  ],
  [
    "503 Shutdown",
    (session) => session.received.at(-1)!.respond({ status: 503, body: { reason: "Shutdown" } }),
  ],
  [
    "400 IdleTimeout",
    (session) => session.received.at(-1)!.respond({ status: 400, body: { reason: "IdleTimeout" } }),
  ],
];

test.each(endings)(
  "%s, at size 1: the request is answered over the next connection at once",
  async (_, end) => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using pool = await openPool(peer, { size: 1, clock });
    const first = await peer.session();
    const worked = ending(pool.post(push(1)));
    (await first.requests(1))[0]!.respond();
    expect(await worked).toBe("200");

    const posted = ending(pool.post(push(2)));
    await until(() => first.received.length === 2, "the second request is in flight");
    end(first);
    const second = await peer.session();
    await until(() => second.received.length === 1, "it has moved");
    second.received[0]!.respond();
    expect(await posted).toBe("200");
    expect(clock.now()).toBe(0);
    expect(peer.connectionCount).toBe(2);
  },
);

test("the end of an idle connection, at size 1: it is replaced at once", async () => {
  await using peer = await ScriptedPeer.listen();
  const clock = new ManualClock();
  await using pool = await openPool(peer, { size: 1, clock });
  const first = await peer.session();
  const worked = ending(pool.post(push(1)));
  (await first.requests(1))[0]!.respond();
  expect(await worked).toBe("200");
  first.destroy();
  const second = await peer.session();
  second.autoRespond();
  expect(await ending(pool.post(push(2)))).toBe("200");
  expect(clock.now()).toBe(0);
});
