import { ManualClock, ScriptedPeer, type ScriptedSession } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import type { Pool, Response } from "../src/index.ts";
import { ending, numbersOf, openPool, push, until, words } from "./support/pools.ts";

failOnLeaks();

const got = (session: ScriptedSession) => numbersOf(session.received);

/** Submits a push as soon as another one ends: in the read in which its answer comes. */
function followed(pool: Pool, first: number, next: number): Promise<string[]> {
  return new Promise((resolve) => {
    const submit = (number: number, then: (ending: string) => void): void => {
      pool.submit(push(number), {
        onResponse: (response: Response) => then(words(response)),
        onFailure: (error) => then(words(error as never)),
      });
    };
    submit(first, (one) => submit(next, (two) => resolve([one, two])));
  });
}

describe("a connection that is told to stop writes no request that still waits in it", () => {
  for (const [status, reason] of [
    [503, "Shutdown"],
    [400, "IdleTimeout"],
  ] as const) {
    test(`by the answer ${status} ${reason}: it goes elsewhere at once`, async () => {
      await using peer = await ScriptedPeer.listen();
      const clock = new ManualClock();
      await using pool = await openPool(peer, { clock });
      const session = await peer.session();
      const endings = followed(pool, 1, 2);
      const stopped = ending(pool.post(push(3)));
      const [one, three] = await session.requests(2);
      session.batch(() => {
        one!.respond();
        three!.respond({ status, body: { reason } });
      });
      const other = await peer.session();
      other.autoRespond();
      expect(await endings).toEqual(["200", "200"]);
      expect(await stopped).toBe("200");
      expect(got(session)).toEqual([1, 3]);
      expect(got(other).toSorted()).toEqual([2, 3]);
      expect(clock.now()).toBe(0);
    });
  }

  test("by refused credentials: it is unsent, with the reason of the pool", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    await using pool = await openPool(peer, { clock });
    const session = await peer.session();
    const endings = followed(pool, 1, 2);
    const refused = ending(pool.post(push(3)));
    const [one, three] = await session.requests(2);
    session.batch(() => {
      one!.respond();
      three!.respond({ status: 403, body: { reason: "BadCertificate" } });
    });
    expect(await refused).toBe("403 BadCertificate");
    expect(await endings).toEqual(["200", "Closed unsent"]);
    await until(() => pool.state === "closed", "the pool has ended");
    expect(got(session)).toEqual([1, 3]);
  });
});
