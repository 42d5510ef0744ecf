import { ManualClock, ScriptedPeer, type ScriptedSession } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import { ending, numbersOf, openPool, push, until } from "./support/pools.ts";

failOnLeaks();

/** Lets one request wait in the queue until its time is up. */
async function starve(pool: Awaited<ReturnType<typeof openPool>>, clock: ManualClock, number: number) {
  const ended = ending(pool.post(push(number, { timeout: 3_000 })));
  expect(pool.stats().queued).toBe(1);
  clock.advance(3_030);
  expect(await ended).toBe("Timeout unsent");
}

const acknowledgement = (session: ScriptedSession) =>
  session.nextFrame("SETTINGS", ({ ack }: { ack: boolean }) => ack);

async function withhold(session: ScriptedSession): Promise<void> {
  session.sendSettings({ maxConcurrentStreams: 0 });
  await acknowledgement(session);
}

describe("a server that allows no more streams, and answers PING", () => {
  test("loses the connection to a new one, when requests have run out of time for five seconds", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    const first = await peer.session();
    await acknowledgement(first);
    await withhold(first);
    await starve(pool, clock, 1);
    await starve(pool, clock, 2);
    expect(peer.sessions.length).toBe(1);
    await starve(pool, clock, 3);
    clock.advance(1_000);
    await until(() => peer.sessions.length === 2, "a replacement is open");
    peer.sessions[1]!.autoRespond();
    expect(await ending(pool.post(push(4)))).toBe("200");
    await until(() => pool.stats().draining + pool.stats().active === 1, "the first connection is gone");
    expect(numbersOf(first.received)).toEqual([]);
  });

  test("keeps a connection on which requests are answered still, and one that allows streams again", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    const session = await peer.session();
    await acknowledgement(session);
    const answered = ending(pool.post(push(0, { timeout: 600_000 })));
    const { streamId } = await session.request();
    await withhold(session);
    for (let number = 1; number < 5; number++) await starve(pool, clock, number);
    session.respond(streamId);
    expect(await answered).toBe("200");
    await starve(pool, clock, 5);
    session.sendSettings({ maxConcurrentStreams: 10 });
    await acknowledgement(session);
    session.autoRespond();
    expect(await ending(pool.post(push(6)))).toBe("200");
    await withhold(session);
    await starve(pool, clock, 7);
    await starve(pool, clock, 8);
    expect([peer.sessions.length, pool.stats().active]).toEqual([1, 1]);
  });
});
