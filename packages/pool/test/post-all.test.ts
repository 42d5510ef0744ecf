import { ScriptedPeer, type ScriptedSession } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import { InvalidRequest, type Pool, type PostResult, type Request, Response } from "../src/index.ts";
import { isCollected } from "./support/garbage.ts";
import { failure, numberOf, openPool, push, turns, until } from "./support/pools.ts";

failOnLeaks();

function* pushes(
  count: number,
  seen: { taken: number; left: boolean } = { taken: 0, left: false },
): Generator<Request> {
  try {
    for (let i = 0; i < count; i++) {
      seen.taken++;
      yield push(i);
    }
  } finally {
    seen.left = true;
  }
}

async function collect(results: AsyncIterable<PostResult>): Promise<PostResult[]> {
  const all: PostResult[] = [];
  for await (const result of results) all.push(result);
  return all;
}

function said(result: PostResult): string {
  return result.error === undefined
    ? `${result.response.status}`
    : `${result.error.name} ${result.error.delivery}`;
}

async function answering(): Promise<{ peer: ScriptedPeer; pool: Pool } & AsyncDisposable> {
  const peer = await ScriptedPeer.listen({
    settings: { maxConcurrentStreams: 100 },
    respond: (request) =>
      numberOf(request) % 10 === 9 ? { status: 400, body: { reason: "BadDeviceToken" } } : {},
  });
  const pool = await openPool(peer);
  return {
    peer,
    pool,
    async [Symbol.asyncDispose]() {
      await pool.close();
      await peer.close();
    },
  };
}

describe("every request of the source gets one result, with its index", () => {
  const sources: Record<string, () => Iterable<Request> | AsyncIterable<Request>> = {
    "an array": () => Array.from(pushes(500)),
    "a generator": () => pushes(500),
    "an async generator": async function* () {
      for (const request of pushes(500)) {
        if (numberOf(request) % 50 === 0) await turns(1);
        yield request;
      }
    },
    "an iterator whose promises are not Node's": () => ({
      [Symbol.asyncIterator]() {
        const source = pushes(500);
        // biome-ignore lint/suspicious/noThenProperty: this is what is tried
        return { next: () => ({ then: (done: (value: unknown) => void) => done(source.next()) }) as never };
      },
    }),
  };
  for (const [name, source] of Object.entries(sources)) {
    test(name, async () => {
      await using kit = await answering();
      const results = await collect(kit.pool.postAll(source()));
      expect(results.length).toBe(500);
      const byIndex = results.toSorted((a, b) => a.index - b.index);
      expect(byIndex.map(({ index }) => index)).toEqual(Array.from({ length: 500 }, (_, i) => i));
      expect(byIndex.every(({ index, request }) => numberOf(request) === index)).toBe(true);
      expect(byIndex.map(said)).toEqual(byIndex.map(({ index }) => (index % 10 === 9 ? "400" : "200")));
    });
  }

  test("nothing at all", async () => {
    await using kit = await answering();
    expect(await collect(kit.pool.postAll([]))).toEqual([]);
  });

  test("failures are results too", async () => {
    await using kit = await answering();
    await kit.pool.close();
    expect((await collect(kit.pool.postAll(pushes(3)))).map(said)).toEqual(Array(3).fill("Closed unsent"));
  });

  test("in the order in which they end", async () => {
    await using peer = await ScriptedPeer.listen();
    await using pool = await openPool(peer);
    const session = await peer.session();
    const results = collect(pool.postAll(pushes(3)));
    const [a, b, c] = await session.requests(3);
    session.batch(() => {
      for (const request of [c!, a!, b!]) request.respond();
    });
    expect((await results).map(({ index }) => index)).toEqual([2, 0, 1]);
  });
});

describe("backpressure", () => {
  test("no more is taken from the source than is under way", async () => {
    await using peer = await ScriptedPeer.listen();
    await using pool = await openPool(peer);
    const session = await peer.session();
    const seen = { taken: 0, left: false };
    const results = pool.postAll(pushes(1_000, seen), { concurrency: 20 });
    const first = results.next();
    await session.requests(20);
    await session.roundTrip();
    expect(seen.taken).toBe(20);
    session.received[0]!.respond();
    await first;
    await session.request();
    expect(seen.taken).toBe(21);
    session.autoRespond();
    await collect(results);
    expect(seen).toEqual({ taken: 1_000, left: true });
  });

  test("no more is taken than the reader reads", async () => {
    await using kit = await answering();
    const seen = { taken: 0, left: false };
    const results = kit.pool.postAll(pushes(1_000, seen), { concurrency: 20 });
    await results.next();
    await until(() => kit.pool.stats().completed >= 20, "all that was taken is answered");
    await turns();
    expect(seen.taken).toBe(21);
    await results.return!();
  });

  test("nothing is taken before somebody reads", async () => {
    await using kit = await answering();
    const seen = { taken: 0, left: false };
    kit.pool.postAll(pushes(10, seen));
    await turns();
    expect(seen.taken).toBe(0);
  });

  test("by default each stream has a request, and one that waits for it", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 50 } });
    await using pool = await openPool(peer, { size: 2 });
    const seen = { taken: 0, left: false };
    const results = pool.postAll(pushes(10_000, seen));
    const first = results.next();
    await turns();
    expect([seen.taken, pool.inflight, pool.stats().queued]).toEqual([200, 100, 100]);
    await results.return!();
    expect(said((await first).value)).toBe("AbortError unsent");
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });

  test("a reader that never quite catches up does not make results add up", async () => {
    await using kit = await answering();
    const results = kit.pool.postAll(pushes(3_000), { concurrency: 50 });
    const reference = new WeakRef((await results.next()).value as PostResult);
    let most = 0;
    for (let i = 1; i < 1_500; i++) {
      // It waits until there are several, and leaves some of them.
      await until(() => kit.pool.stats().inflight === 0, "results are waiting");
      for (let n = 0; n < 20; n++, i++) await results.next();
      most = Math.max(most, kit.pool.stats().queued);
    }
    expect(await isCollected(reference)).toBe(true);
    expect(most).toBeLessThanOrEqual(50);
    await results.return!();
  });

  test("several may read at once: each result goes to one of them", async () => {
    await using kit = await answering();
    const results = kit.pool.postAll(pushes(300), { concurrency: 10 });
    const read = await Promise.all([1, 2, 3].map(() => collect(results)));
    expect(read.flat().length).toBe(300);
    expect(new Set(read.flat().map(({ index }) => index)).size).toBe(300);
  });
});

describe("a source that throws", () => {
  test("all results of what it gave come first, then its error", async () => {
    await using kit = await answering();
    const results: PostResult[] = [];
    const broken = (async () => {
      for await (const result of kit.pool.postAll(
        (function* () {
          yield* pushes(5);
          throw new Error("line 6 is not JSON");
        })(),
      )) {
        results.push(result);
      }
    })();
    expect((await failure<Error>(broken)).message).toBe("line 6 is not JSON");
    expect(results.length).toBe(5);
  });

  test("later than its results", async () => {
    await using kit = await answering();
    const results = kit.pool.postAll(
      (async function* () {
        yield push(1);
        await until(() => kit.pool.stats().completed === 1, "the first is answered");
        throw new Error("connection to the database lost");
      })(),
    );
    expect(said((await results.next()).value)).toBe("200");
    await expect(results.next()).rejects.toThrow("connection to the database lost");
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });

  test("what is no Request ends the run as well, and lets the source clean up", async () => {
    await using kit = await answering();
    const seen = { taken: 0, left: false };
    const source = (function* () {
      try {
        yield push(1);
        yield "nonsense" as unknown as Request;
      } finally {
        seen.left = true;
      }
    })();
    const results: PostResult[] = [];
    const error = await failure(
      (async () => {
        for await (const result of kit.pool.postAll(source)) results.push(result);
      })(),
    );
    expect(error).toBeInstanceOf(InvalidRequest);
    expect([results.map(said), seen.left]).toEqual([["200"], true]);
  });
});

describe("leaving the loop early", () => {
  test("gives up what is in flight and lets the source clean up", async () => {
    await using peer = await ScriptedPeer.listen();
    await using pool = await openPool(peer);
    const session = await peer.session();
    const seen = { taken: 0, left: false };
    const loop = (async () => {
      for await (const _ of pool.postAll(pushes(1_000, seen), { concurrency: 20 })) break;
    })();
    const [first] = await session.requests(20);
    first!.respond();
    await loop;
    expect(seen.left).toBe(true);
    // In place of the one that was answered, another one had been sent.
    expect(pool.stats()).toMatchObject({ inflight: 0, queued: 0, completed: 1, failed: 20 });
    for (let i = 0; i < 20; i++) await session.nextFrame("RST_STREAM");
  });

  test("does not wait for a source that may take for ever", async () => {
    await using kit = await answering();
    const source = (async function* () {
      yield push(1);
      await new Promise(() => {});
    })();
    for await (const result of kit.pool.postAll(source)) {
      expect(said(result)).toBe("200");
      break;
    }
    expect(kit.pool.stats().completed).toBe(1);
  });

  test("an error of the source's clean-up reaches the loop", async () => {
    await using kit = await answering();
    const source = (function* () {
      try {
        yield* pushes(10);
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: this is what is tried
        throw new Error("cannot close the file");
      }
    })();
    const results = kit.pool.postAll(source, { concurrency: 1 });
    await results.next();
    await expect(results.return!()).rejects.toThrow("cannot close the file");
  });
});

describe("a signal", () => {
  async function aborted(when: (kit: { session: ScriptedSession; abort: AbortController }) => Promise<void>) {
    await using peer = await ScriptedPeer.listen();
    await using pool = await openPool(peer);
    const session = await peer.session();
    const abort = new AbortController();
    const seen = { taken: 0, left: false };
    const results = collect(pool.postAll(pushes(50, seen), { concurrency: 20, signal: abort.signal }));
    await when({ session, abort });
    const all = await results;
    return {
      said: all.map(said),
      seen,
      stats: pool.stats(),
      causes: new Set(all.map(({ error }) => error?.cause)),
    };
  }

  test("gives up what is under way, yields every result of it, and takes no more", async () => {
    const run = await aborted(async ({ session, abort }) => {
      await session.requests(20);
      abort.abort("enough");
    });
    expect(run.said).toEqual(Array(20).fill("AbortError unknown"));
    expect(run.seen).toEqual({ taken: 20, left: true });
    expect(run.stats).toMatchObject({ inflight: 0, failed: 20 });
    expect(run.causes).toEqual(new Set(["enough"]));
  });

  test("still works when the source has given all that it has", async () => {
    const run = await aborted(async ({ session, abort }) => {
      for (const request of await session.requests(20)) request.respond();
      for (const request of await session.requests(20)) request.respond();
      await session.requests(10);
      expect(session.received.length).toBe(50);
      abort.abort();
    });
    expect(run.said.filter((each) => each === "AbortError unknown").length).toBe(10);
    expect(run.said.length).toBe(50);
  });

  test("that fired already: no result, and the source is let go", async () => {
    await using kit = await answering();
    const seen = { taken: 0, left: false };
    const source = pushes(5, seen);
    expect(await collect(kit.pool.postAll(source, { signal: AbortSignal.abort() }))).toEqual([]);
    expect([seen.taken, source.next().done]).toEqual([0, true]);
  });

  test("ends the run although the source never answers", async () => {
    await using kit = await answering();
    const abort = new AbortController();
    const source = (async function* () {
      yield push(1);
      await new Promise(() => {});
    })();
    const results = kit.pool.postAll(source, { signal: abort.signal });
    expect(said((await results.next()).value)).toBe("200");
    const next = results.next();
    abort.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  test("nothing listens to it when the run is over", async () => {
    await using kit = await answering();
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    Object.assign(signal, {
      addEventListener: (...args: unknown[]) => {
        listeners++;
        return Reflect.apply(addEventListener, signal, args);
      },
      removeEventListener: (...args: unknown[]) => {
        listeners--;
        return Reflect.apply(removeEventListener, signal, args);
      },
    });
    const results = kit.pool.postAll(pushes(30), { signal, concurrency: 3 });
    await results.next();
    expect(listeners).toBeGreaterThan(0);
    await collect(results);
    expect(listeners).toBeLessThanOrEqual(0);
  });
});

test("a Response is what results hold", async () => {
  await using kit = await answering();
  const [result] = await collect(kit.pool.postAll([push(9)]));
  expect(result!.response).toBeInstanceOf(Response);
  expect(result!.response!.reason).toBe("BadDeviceToken");
});
