import { ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { expect, test } from "vitest";
import type { Request } from "../src/index.ts";
import { openPool, push, until } from "./support/pools.ts";

failOnLeaks();

test("each attempt sends what prepare makes of the request at that moment", async () => {
  await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 1 } });
  await using pool = await openPool(peer);
  const session = await peer.session();
  let token = "first";
  const prepare = (request: Request) => request.with({ authorization: `bearer ${token}` });
  const ends: string[] = [];
  for (const number of [1, 2]) {
    pool.submit(push(number), {
      prepare,
      onResponse: ({ status }) => ends.push(`${number}: ${status}`),
      onFailure: ({ name }) => ends.push(`${number}: ${name}`),
    });
  }
  const first = await session.request();
  expect(first.headers.authorization).toBe("bearer first");
  token = "second";
  first.reset("REFUSED_STREAM");
  for (const _ of [1, 2]) {
    const request = await session.request();
    expect(request.headers.authorization).toBe("bearer second");
    request.respond();
  }
  await until(() => ends.length === 2, "both have ended");
  expect(ends).toEqual(["1: 200", "2: 200"]);
});

test("a request whose last free stream was taken by a request that prepare submitted waits for the next one", async () => {
  await using peer = await ScriptedPeer.listen({
    settings: { maxConcurrentStreams: 1 },
    respond: () => ({}),
  });
  await using pool = await openPool(peer);
  const ends: string[] = [];
  const recipient = (name: string) => ({
    onResponse: ({ status }: { status: number }) => void ends.push(`${name}: ${status}`),
    onFailure: (error: Error) => void ends.push(`${name}: ${error.name}`),
  });
  let inner = false;
  pool.submit(push(1), {
    ...recipient("outer"),
    prepare(request) {
      if (!inner) {
        inner = true;
        pool.submit(push(2), recipient("inner"));
      }
      return request;
    },
  });
  await until(() => ends.length === 2, "both have ended");
  expect(ends).toEqual(["inner: 200", "outer: 200"]);
});

test("a connection that has had an expired provider token takes no more requests", async () => {
  await using peer = await ScriptedPeer.listen();
  await using pool = await openPool(peer);
  const session = await peer.session();
  const expired = pool.post(push(1));
  (await session.request()).respond({ status: 403, body: { reason: "ExpiredProviderToken" } });
  expect((await expired).reason).toBe("ExpiredProviderToken");
  expect(pool.stats()).toMatchObject({ active: 0 });
});

test("what is no recipient is refused, and nothing is sent", async () => {
  await using peer = await ScriptedPeer.listen();
  await using pool = await openPool(peer);
  for (const bad of [undefined, null, () => {}, { onResponse() {} }, { onFailure() {} }]) {
    expect(() => pool.submit(push(1), bad as never)).toThrow("recipient");
  }
  expect(pool.stats()).toMatchObject({ queued: 0, inflight: 0 });
});
