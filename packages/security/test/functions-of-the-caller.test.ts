import { Connection, type ConnectionOptions } from "@apnskit/connection";
import { Pool, Request } from "@apnskit/pool";
import { ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { ApnsClients, DeadTokens, type FindCredentials, InvalidOption } from "apnskit";
import { describe, expect, test } from "vitest";
import { hello, openClient, TOKEN } from "./kit/clients.ts";
import { oddValues } from "./kit/odd-values.ts";
import { turns, watchUncaught } from "./kit/uncaught.ts";

// The caller's functions may misbehave in any way. The engine keeps running, and every call ends with a typed
// error.
failOnLeaks();
const uncaught = watchUncaught();

const request = () => Request.of(`/3/device/${TOKEN}`, { "apns-topic": "com.example.app" }, "{}");

/** Opens a connection with faulty functions, and returns the result of the attempt. */
async function opened(options: ConnectionOptions): Promise<unknown> {
  await using peer = await ScriptedPeer.listen({ tolerant: true });
  const tls = { ca: peer.ca, ...options.tls };
  const origin = options.lookup === undefined ? peer.origin : `https://localhost:${peer.port}`;
  try {
    const connection = await Connection.open(origin, { connectTimeout: 5_000, ...options, tls });
    await connection.close();
    return "open";
  } catch (error) {
    return error;
  }
}

describe("whatever a function throws or rejects with, connecting ends at once with ConnectFailed", () => {
  const failed = { name: "ConnectFailed", code: "ERR_APNS_CONNECT", delivery: "unsent" };

  test.each(oddValues)("connect throws %s", async (_, value) => {
    const connect = () => {
      throw value;
    };
    expect(await opened({ connect })).toMatchObject({ ...failed, failure: "connect-hook" });
    expect(await opened({ connect: async () => connect() })).toMatchObject(failed);
    expect(uncaught).toEqual([]);
  });

  test.each(oddValues)("lookup throws %s, rejects with it, or passes it on", async (_, value) => {
    const throwing = () => {
      throw value;
    };
    expect(await opened({ lookup: throwing })).toMatchObject(failed);
    expect(await opened({ lookup: async () => throwing() })).toMatchObject(failed);
    if (value)
      expect(await opened({ lookup: (_h, _o, done) => done(value as Error, "") })).toMatchObject(failed);
    expect(uncaught).toEqual([]);
  });

  test.each(oddValues)("checkServerIdentity throws %s", async (_, value) => {
    const checkServerIdentity = () => {
      throw value;
    };
    expect(await opened({ tls: { checkServerIdentity } })).toMatchObject({ ...failed, failure: "untrusted" });
    expect(uncaught).toEqual([]);
  });
});

describe("lookup, at Connection and at Pool", () => {
  const lists: [string, unknown][] = [
    ["no list", undefined],
    ["null in the list", [null, { address: "127.0.0.1", family: 4 }]],
    ["numbers", [1, 2]],
    ["text that is no address", [{ address: "no address", family: 4 }]],
    ["nothing", []],
  ];
  test.each(lists)("that finds %s ends only the attempt", async (_, list) => {
    const lookup = (_h: string, _o: unknown, done: (error: null, found: never) => void) =>
      done(null, list as never);
    await opened({ lookup: lookup as never });
    await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
    let calls = 0;
    const first = (host: string, options: never, done: never) =>
      calls++ === 0
        ? lookup(host, options, done)
        : (done as (...args: unknown[]) => void)(null, [{ address: "127.0.0.1", family: 4 }]);
    const pool = new Pool(`https://localhost:${peer.port}`, {
      tls: { ca: peer.ca },
      lookup: first as never,
      reconnect: { minDelay: 1 },
    });
    expect((await pool.post(request())).status).toBe(200);
    await pool.close();
    expect(uncaught).toEqual([]);
  });

  test("an async function that rejects ends the attempt, not the process", async () => {
    const lookup = async () => {
      throw new Error("no resolver");
    };
    await expect(Pool.open("https://localhost:1", { lookup: lookup as never })).rejects.toMatchObject({
      name: "ConnectFailed",
    });
    await turns();
    expect(uncaught).toEqual([]);
  });

  test("that calls back five times counts once", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
    const pool = await Pool.open(`https://localhost:${peer.port}`, {
      tls: { ca: peer.ca },
      lookup: ((_h: string, _o: unknown, done: (...args: unknown[]) => void) => {
        for (let i = 0; i < 5; i++) done(null, [{ address: "127.0.0.1", family: 4 }]);
        throw new Error("and throws");
      }) as never,
    });
    expect((await pool.post(request())).status).toBe(200);
    await pool.close();
    expect([peer.connectionCount, uncaught]).toEqual([1, []]);
  });

  test("100,000 addresses take time in proportion, and only so many are tried", async () => {
    const found = Array.from({ length: 100_000 }, (_, i) => ({
      address: `127.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`,
      family: 4,
    }));
    await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
    const pool = await Pool.open(`https://localhost:${peer.port}`, {
      tls: { ca: peer.ca },
      lookup: ((_h: string, _o: unknown, done: (...args: unknown[]) => void) =>
        done(null, [{ address: "127.0.0.1", family: 4 }, ...found])) as never,
    });
    await pool.close();
    expect(uncaught).toEqual([]);
  });
});

describe("a logger", () => {
  test("whose methods return promises that reject ends nothing", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
    const fails = () => Promise.reject(new Error("the disk is full")) as never;
    const logger = { trace: fails, debug: fails, info: fails, warn: fails, error: fails };
    const apns = await openClient(peer, { logger });
    expect((await apns.send(TOKEN, hello)).result).toBe("accepted");
    await apns.close();
    await turns();
    expect(uncaught).toEqual([]);
  });

  test("that posts a request in each line re-enters nothing", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
    const posted: Promise<unknown>[] = [];
    let pool: Pool | undefined;
    const logger = {
      info: () => void (pool && posted.length < 10 && posted.push(pool.post(request()).catch(() => {}))),
    };
    pool = await Pool.open(peer.origin, { tls: { ca: peer.ca }, logger });
    await pool.post(request());
    await pool.close({ drain: 1_000 });
    await Promise.all(posted);
    expect(posted).not.toHaveLength(0);
    expect(uncaught).toEqual([]);
  });
});

describe("random", () => {
  const kinds: [string, () => unknown][] = [
    ["NaN", () => Number.NaN],
    ["a large number", () => 1e9],
    ["a negative number", () => -5],
    ["a string", () => "0.5"],
    [
      "a throw",
      () => {
        throw new Error("no entropy");
      },
    ],
  ];
  test.each(kinds)(
    "%s costs the jitter only: refused provider tokens are paused for, then sent again",
    async (_, random) => {
      let count = 0;
      await using peer = await ScriptedPeer.listen({
        respond: () =>
          count++ === 0 ? { status: 429, body: '{"reason":"TooManyProviderTokenUpdates"}' } : {},
      });
      const apns = await openClient(peer, { random: random as () => number });
      const begun = performance.now();
      const outcome = await apns.send(TOKEN, hello);
      expect(outcome).toMatchObject({ result: "accepted", attempts: 2 });
      expect(performance.now() - begun).toBeGreaterThan(200);
      await apns.close();
      expect(uncaught).toEqual([]);
    },
  );
});

describe("credentials of ApnsClients", () => {
  test.each(oddValues)("that throw %s: only a rejection", async (_, value) => {
    const credentials: FindCredentials = () => {
      throw value;
    };
    const clients = new ApnsClients({ credentials, credentialsRetries: 0 });
    await expect(clients.open("app")).rejects.toBeDefined();
    await clients.close();
    await turns();
    expect(uncaught).toEqual([]);
  });
});

describe("a listener of the feed of dead tokens", () => {
  const dead = {
    token: TOKEN,
    topic: "com.example.app",
    environment: "sandbox" as const,
    reason: "Unregistered",
    sentAt: 0,
  };

  test("that subscribes again during its call is called once for each report", () => {
    const feed = new DeadTokens();
    let calls = 0;
    const listener = (): void => {
      if (++calls < 1_000) feed.subscribe(listener);
    };
    feed.subscribe(listener);
    feed.report(dead);
    expect(calls).toBe(1);
  });

  test.each([[undefined], [null], ["listener"], [{}]])("%j is refused when it subscribes", (listener) => {
    const subscribe = () => new DeadTokens().subscribe(listener as never);
    expect(subscribe).toThrow(InvalidOption);
  });
});
