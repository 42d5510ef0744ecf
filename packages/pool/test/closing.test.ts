import { ManualClock, ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import type { Pool, PushError } from "../src/index.ts";
import { ending, failure, openPool, poolFor, push, until } from "./support/pools.ts";

failOnLeaks();

const closed = (pool: Pool) =>
  expect(pool.stats()).toMatchObject({
    state: "closed",
    active: 0,
    connecting: 0,
    draining: 0,
    queued: 0,
    inflight: 0,
    retrying: 0,
  });

describe("close, without patience", () => {
  test("while connecting: the attempt is given up, what waits is unsent", async () => {
    await using peer = await ScriptedPeer.listen({ tls: { handshake: "never ends" } });
    const pool = poolFor(peer, { size: 3 });
    const post = ending(pool.post(push(1)));
    await peer.connection();
    await pool.close();
    expect(await post).toBe("Closed unsent");
    closed(pool);
  });

  test("while attempts to connect are held back", async () => {
    await using peer = await ScriptedPeer.listen({ tls: { handshake: "is cut" } });
    const pool = poolFor(peer);
    let failures = 0;
    pool.on("connectFailed", () => failures++);
    const post = ending(pool.post(push(1)));
    await until(() => failures === 1, "connecting has failed");
    await pool.close();
    expect(await post).toBe("Closed unsent");
    closed(pool);
  });

  test("in the moment in which it is made", async () => {
    await using peer = await ScriptedPeer.listen();
    const pool = poolFor(peer);
    await pool.close();
    closed(pool);
  });

  test("with requests in the queue and in flight: unsent, and unknown", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 2 } });
    const pool = await openPool(peer);
    const posts = [1, 2, 3, 4].map((i) => ending(pool.post(push(i, { idempotent: true }))));
    await (await peer.session()).requests(2);
    await pool.close();
    expect(await Promise.all(posts)).toEqual([
      "Closed unknown",
      "Closed unknown",
      "Closed unsent",
      "Closed unsent",
    ]);
    closed(pool);
  });

  test("with requests in backoff: those that were answered get that answer, the others fail", async () => {
    await using peer = await ScriptedPeer.listen();
    const pool = await openPool(peer);
    const session = await peer.session();
    const posts = [ending(pool.post(push(1))), ending(pool.post(push(2, { idempotent: true })))];
    const [first, second] = await session.requests(2);
    first!.respond({ status: 503 });
    second!.reset("INTERNAL_ERROR");
    await until(() => pool.stats().retrying === 2, "both back off");
    await pool.close();
    expect(await Promise.all(posts)).toEqual(["503", "Closed unknown"]);
    closed(pool);
  });

  test("with requests that wait for a connection after their pause: those that were answered get that answer", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    const pool = await openPool(peer, { clock });
    const session = await peer.session();
    const post = ending(pool.post(push(1)));
    const request = await session.request();
    session.batch(() => {
      session.sendSettings({ maxConcurrentStreams: 0 });
      request.respond({ status: 503 });
    });
    await until(() => pool.stats().retrying === 1, "it backs off");
    await clock.advanceAsync(250);
    expect(pool.stats().queued).toBe(1);
    await pool.close();
    expect(await post).toBe("503");
  });

  test("with an attempt in flight after an earlier one: unknown", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    const pool = await openPool(peer, { clock });
    const session = await peer.session();
    const post = ending(pool.post(push(1)));
    (await session.request()).respond({ status: 503 });
    await until(() => pool.stats().retrying === 1, "it backs off");
    await clock.advanceAsync(250);
    await session.request();
    await pool.close();
    expect(await post).toBe("Closed unknown");
  });

  test("while a connection drains: what it still had is unknown", async () => {
    await using peer = await ScriptedPeer.listen();
    const pool = await openPool(peer);
    const session = await peer.session();
    const post = ending(pool.post(push(1)));
    await session.request();
    session.goaway();
    await until(() => pool.stats().draining === 1, "it drains");
    await pool.close();
    expect(await post).toBe("Closed unknown");
    closed(pool);
  });

  test("with 10,000 requests in backoff and as many in the queue: each settles once, the event loop gets turns", async () => {
    await using peer = await ScriptedPeer.listen();
    const pool = await openPool(peer);
    const session = await peer.session();
    let settled = 0;
    const submit = (count: number) => {
      for (let i = 0; i < count; i++) {
        pool.submit(push(i), { onResponse: () => settled++, onFailure: () => settled++ });
      }
    };
    session.autoRespond(() => ({ status: 503 }));
    submit(10_000);
    await until(() => pool.stats().retrying === 10_000, "all back off");
    session.sendSettings({ maxConcurrentStreams: 0 });
    await session.roundTrip();
    submit(10_000);
    let most = 0;
    let over = false;
    const closing = pool.close().then(() => {
      over = true;
    });
    for (let before = 0; !over; ) {
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, settled - before);
      before = settled;
    }
    await closing;
    expect(settled).toBe(20_000);
    expect(most).toBeLessThanOrEqual(4_000);
  });
});

describe("close, with patience", () => {
  test("lets what is queued, in flight and in backoff finish, and takes nothing new", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 2 } });
    const clock = new ManualClock();
    const pool = await openPool(peer, { clock });
    const session = await peer.session();
    const posts = [1, 2, 3].map((i) => ending(pool.post(push(i))));
    const [first] = await session.requests(2);
    first!.respond({ status: 503 });
    await session.request();
    const closing = pool.close({ drain: 5_000 });
    expect(pool.state).toBe("closing");
    expect(await ending(pool.post(push(4)))).toBe("Closed unsent");
    session.autoRespond();
    await until(() => pool.stats().completed === 2, "two are answered");
    await clock.advanceAsync(250);
    expect(await Promise.all(posts)).toEqual(["200", "200", "200"]);
    await closing;
    closed(pool);
  });

  test("connects anew for what waits", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 1 } });
    const clock = new ManualClock();
    const pool = await openPool(peer, { clock });
    await clock.advanceAsync(10_000);
    const posts = [1, 2].map((i) => ending(pool.post(push(i))));
    const session = await peer.session();
    await session.request();
    const closing = pool.close({ drain: 5_000 });
    session.goaway({ lastStreamId: 0 });
    (await peer.session()).autoRespond();
    expect(await Promise.all(posts)).toEqual(["200", "200"]);
    await closing;
    closed(pool);
  });

  test("fails what is left when it is over", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 1 } });
    const clock = new ManualClock();
    const pool = await openPool(peer, { clock });
    const posts = [1, 2].map((i) => ending(pool.post(push(i))));
    await (await peer.session()).request();
    const closing = pool.close({ drain: 1_000 });
    await clock.advanceAsync(999);
    expect(pool.state).toBe("closing");
    await clock.advanceAsync(1);
    expect(await Promise.all(posts)).toEqual(["Closed unknown", "Closed unsent"]);
    await closing;
    closed(pool);
  });

  test("Infinity waits for the deadlines of the requests alone", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    const pool = await openPool(peer, { clock });
    const post = ending(pool.post(push(1, { timeout: 3_600_000 })));
    const session = await peer.session();
    await session.request();
    const closing = pool.close({ drain: Infinity });
    await clock.advanceAsync(30_000);
    expect(pool.state).toBe("closing");
    session.autoRespond();
    expect(await post).toBe("200");
    await closing;
    closed(pool);
  });

  test("with nothing pending it closes at once", async () => {
    await using peer = await ScriptedPeer.listen();
    const pool = await openPool(peer);
    await pool.close({ drain: 3_600_000 });
    closed(pool);
  });
});

describe("close, again", () => {
  test("twice at once: one end, and both wait for it", async () => {
    await using peer = await ScriptedPeer.listen();
    const pool = await openPool(peer);
    let ends = 0;
    pool.on("closed", () => ends++);
    const post = ending(pool.post(push(1)));
    await (await peer.session()).request();
    await Promise.all([pool.close(), pool.close()]);
    expect([await post, ends]).toEqual(["Closed unknown", 1]);
    await pool.close({ drain: 1_000 });
    closed(pool);
  });

  test("with less patience: the shorter one holds", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    const pool = await openPool(peer, { clock });
    const post = ending(pool.post(push(1)));
    await (await peer.session()).request();
    const closings = [pool.close({ drain: 9_000 }), pool.close({ drain: 1_000 })];
    await clock.advanceAsync(1_000);
    await Promise.all(closings);
    expect(await post).toBe("Closed unknown");
  });

  test("with more patience: the shorter one holds as well", async () => {
    await using peer = await ScriptedPeer.listen();
    const clock = new ManualClock();
    const pool = await openPool(peer, { clock });
    const post = ending(pool.post(push(1)));
    await (await peer.session()).request();
    const closings = [pool.close({ drain: 1_000 }), pool.close({ drain: 9_000 })];
    await clock.advanceAsync(1_000);
    await Promise.all(closings);
    expect(await post).toBe("Closed unknown");
  });

  test("without any: at once", async () => {
    await using peer = await ScriptedPeer.listen();
    const pool = await openPool(peer);
    const post = ending(pool.post(push(1)));
    await (await peer.session()).request();
    const patient = pool.close({ drain: Infinity });
    await pool.close();
    await patient;
    expect(await post).toBe("Closed unknown");
  });
});

test("`await using` with a throw inside: the error comes out, the pool is closed, what was in flight is unknown", async () => {
  await using peer = await ScriptedPeer.listen();
  let pool: Pool | undefined;
  let post: Promise<string> | undefined;
  const error = await failure<Error>(
    (async () => {
      await using mine = await openPool(peer);
      pool = mine;
      post = ending(mine.post(push(1)));
      await (await peer.session()).request();
      throw new Error("mine");
    })(),
  );
  expect(error.message).toBe("mine");
  expect(await post).toBe("Closed unknown");
  closed(pool!);
});

test("a promise of a closed pool settles once, whatever comes late", async () => {
  await using peer = await ScriptedPeer.listen();
  const clock = new ManualClock();
  const pool = await openPool(peer, { clock });
  const session = await peer.session();
  const abort = new AbortController();
  const endings: string[] = [];
  const recipient = {
    onResponse: () => endings.push("answered"),
    onFailure: ({ name }: PushError) => endings.push(name),
  };
  pool.submit(push(1), recipient, abort.signal);
  const { streamId } = await session.request();
  const closing = pool.close();
  session.respond(streamId);
  abort.abort();
  await closing;
  await clock.advanceAsync(20_000);
  expect(endings).toEqual(["Closed"]);
});
