import { Pool, Request } from "@apnskit/pool";
import { ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import { hello, openClient, TOKEN } from "./kit/clients.ts";
import { turns, watchUncaught } from "./kit/uncaught.ts";

// Sources of `sendMany` and `postAll` are the caller's code. Whatever they do, all items pulled from them
// settle.
failOnLeaks();
const uncaught = watchUncaught();
const bug = new Error("a bug in the source");

const tokens = (count: number) => Array.from({ length: count }, (_, at) => at.toString(16).padStart(64, "0"));

/** Sources that fail after three items. */
const sources: readonly (readonly [string, () => unknown])[] = [
  [
    "throws",
    function* () {
      yield* tokens(3);
      throw bug;
    },
  ],
  [
    "rejects",
    async function* () {
      yield* tokens(3);
      throw bug;
    },
  ],
  [
    "returns an invalid iterator result",
    () => {
      const inner = tokens(3)[Symbol.iterator]();
      let count = 0;
      return { [Symbol.iterator]: () => ({ next: () => (count++ < 3 ? inner.next() : 5) }) };
    },
  ],
  [
    "throws while it returns",
    () => {
      let count = 0;
      return {
        [Symbol.iterator]: () => ({
          next: () => {
            if (count === 3) throw bug;
            return { done: false, value: tokens(4)[count++] };
          },
          return: () => {
            throw new Error("and in return");
          },
        }),
      };
    },
  ],
];

async function settled(iterate: AsyncIterable<unknown>): Promise<{ count: number; error: unknown }> {
  let count = 0;
  try {
    for await (const _ of iterate) count++;
    return { count, error: undefined };
  } catch (error) {
    return { count, error };
  }
}

describe.each(sources)("a source that %s", (_, make) => {
  test("at sendMany: all pulled items are sent, the loop ends with an error, the client keeps working", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
    await using apns = await openClient(peer);
    const { error } = await settled(apns.sendMany((make as () => Iterable<string>)(), hello));
    expect(error).toBeInstanceOf(Error);
    expect(peer.received.length).toBeLessThanOrEqual(3);
    expect(await apns.send(TOKEN, hello)).toMatchObject({ result: "accepted" });
    await turns();
    expect(apns.stats().push.inflight).toBe(0);
    expect(uncaught).toEqual([]);
  });

  test("at postAll: the same", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
    await using pool = await Pool.open(peer.origin, { tls: { ca: peer.ca } });
    const request = (token: string) => Request.of(`/3/device/${token}`, {}, "{}");
    const requests = {
      async *[Symbol.asyncIterator]() {
        for await (const token of make() as AsyncIterable<string>) yield request(token);
      },
    };
    const { error } = await settled(pool.postAll(requests));
    expect(error).toBeInstanceOf(Error);
    expect((await pool.post(request(TOKEN))).status).toBe(200);
    await turns();
    expect(pool.stats().inflight).toBe(0);
    expect(uncaught).toEqual([]);
  });
});

test.each<[string, unknown]>([
  ["null", null],
  ["a number", 5],
  ["an object", {}],
  ["a function", () => tokens(1)],
  ["an iterator without Symbol.iterator", { next: () => ({ done: true }) }],
])("a source that is %s is refused with a typed error", async (_, source) => {
  await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
  await using apns = await openClient(peer);
  const attempt = async () => settled(apns.sendMany(source as never, hello));
  const result = await attempt().catch((error: unknown) => ({ error }));
  expect(result.error).toMatchObject({ code: expect.stringMatching(/^ERR_APNS_/) });
  expect(uncaught).toEqual([]);
});

test("an endless source is released when the loop breaks, and when the client closes", async () => {
  await using peer = await ScriptedPeer.listen({
    settings: { maxConcurrentStreams: 20 },
    respond: () => ({}),
  });
  let returned = 0;
  const endless = {
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: false, value: TOKEN }),
      return: async () => {
        returned++;
        return { done: true, value: undefined };
      },
    }),
  } as unknown as AsyncIterable<string>;
  const apns = await openClient(peer);
  for await (const _ of apns.sendMany(endless, hello)) break;
  expect(returned).toBe(1);
  let seen = 0;
  const loop = (async () => {
    for await (const outcome of apns.sendMany(endless, hello)) {
      if (++seen === 10) void apns.close();
      if (outcome.result === "unsent") break;
    }
  })();
  await loop;
  await apns.close();
  expect(returned).toBe(2);
  expect(uncaught).toEqual([]);
});
