import { ManualClock, ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { expect, test, vi } from "vitest";
import { ending, numbersOf, openPool, push } from "./support/pools.ts";

// A connection has 2³⁰ stream ids: here it begins with the last ten.
vi.mock("@apnskit/http2", async (original) => {
  const real = await original<typeof import("@apnskit/http2")>();
  class NearlyUsedUp<Owner> extends real.ClientSession<Owner> {
    constructor(options: ConstructorParameters<typeof real.ClientSession>[0]) {
      super({ ...options, firstStreamId: 2 ** 31 - 19 });
    }
  }
  return { ...real, ClientSession: NearlyUsedUp };
});

failOnLeaks();

test("stream-id exhaustion rolls over to new connections without a failed request", async () => {
  await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
  const clock = new ManualClock();
  await using pool = await openPool(peer, { clock });
  // As any connection would that has used up its ids, it has proven itself: the next one is opened at once.
  await clock.advanceAsync(10_000);
  const posts = Array.from({ length: 20 }, (_, i) => ending(pool.post(push(i))));
  expect(await Promise.all(posts)).toEqual(posts.map(() => "200"));
  expect(numbersOf(peer.received)).toEqual(posts.map((_, i) => i));
  expect(peer.sessions.map(({ received }) => received.length)).toEqual([10, 10]);
  expect(peer.received.map(({ streamId }) => streamId).at(-1)).toBe(2 ** 31 - 1);
  expect(pool.stats()).toMatchObject({ completed: 20, failed: 0, retries: 0 });
});
