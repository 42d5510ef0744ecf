import { clientCertificate, ManualClock, ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import {
  ConnectFailed,
  InvalidOption,
  InvalidRequest,
  Pool,
  type PoolOptions,
  type Request,
} from "../src/index.ts";
import { readOptions } from "../src/options.ts";
import { failure, openPool, push } from "./support/pools.ts";

failOnLeaks();

/** Nobody listens there; nothing may even be tried. */
const nowhere = "https://127.0.0.1:1";

function refused(options: unknown): InvalidOption {
  try {
    new Pool(nowhere, options as PoolOptions);
  } catch (error) {
    if (error instanceof InvalidOption) return error;
    throw error;
  }
  throw new Error("the options were taken");
}

describe("a pool is not made, and nothing is left open, with", () => {
  const bad: readonly [option: string, value: unknown, named?: string][] = [
    ["size", 0],
    ["size", -1],
    ["size", 1.5],
    ["size", 1_001],
    ["size", Number.NaN],
    ["size", "4"],
    ["size", null],
    ["size", Infinity],
    ["maxQueue", -1],
    ["maxQueue", 0.5],
    ["maxQueue", "many"],
    ["maxAge", 999],
    ["maxAge", Number.NaN],
    ["maxAge", "1 h"],
    ["maxRequests", 0],
    ["maxRequests", 2.5],
    ["maxInternalServerErrors", 0],
    ["maxInternalServerErrors", -Infinity],
    ["random", 0.5],
    ["retry", 5],
    ["retry", null],
    ["retry", "fast"],
    ["reconnect", false],
    ["retry", { minDelay: 0 }, "retry.minDelay"],
    ["retry", { minDelay: -5 }, "retry.minDelay"],
    ["retry", { minDelay: 1_000, maxDelay: 999 }, "retry.maxDelay"],
    ["retry", { factor: 0.9 }, "retry.factor"],
    ["retry", { factor: 101 }, "retry.factor"],
    ["retry", { factor: Number.NaN }, "retry.factor"],
    ["reconnect", { maxDelay: 0 }, "reconnect.maxDelay"],
    ["reconnect", { minDelay: "soon" }, "reconnect.minDelay"],
    ["connectTimeout", 0],
    ["pingInterval", 1],
    ["maxConcurrentStreams", 0],
  ];
  for (const [option, value, named = option] of bad) {
    test(`${option}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`, () => {
      const error = refused({ [option]: value });
      expect([error.option, error.code]).toEqual([named, "ERR_APNS_INVALID_OPTION"]);
      const given = typeof value === "object" && value !== null ? Object.values(value).at(-1) : value;
      expect(error.message).toContain(String(given));
    });
  }

  test("an option that does not exist", () => {
    expect(refused({ sise: 4 }).message).toBe('unknown option "sise"');
    expect(refused({ retry: { delay: 4 } }).message).toBe('unknown retry option "delay"');
    expect(refused({ reconnect: { jitter: 4 } }).message).toBe('unknown reconnect option "jitter"');
    expect(refused({ tls: { rejectUnauthorized: false } }).message).toContain("rejectUnauthorized");
  });

  test("the key of another certificate", async () => {
    const { cert } = await clientCertificate();
    const { key } = await clientCertificate({ uid: "com.example.other" });
    const error = refused({ tls: { cert, key } });
    expect(error.message).toContain("the key does not belong to the certificate");
    expect(error.message).not.toContain("PRIVATE");
  });

  for (const origin of [
    "http://127.0.0.1:1",
    "127.0.0.1",
    "https://127.0.0.1:1/3/device",
    "https://u:p@127.0.0.1",
    "",
  ]) {
    test(`the origin ${JSON.stringify(origin)}`, () => {
      expect(() => new Pool(origin)).toThrow(InvalidOption);
    });
  }
});

describe("options", () => {
  test("have defaults", () => {
    expect(readOptions({}).settings).toEqual({
      size: 1,
      maxQueue: Infinity,
      retry: { minDelay: 250, maxDelay: 30_000, factor: 2 },
      reconnect: { minDelay: 250, maxDelay: 30_000, factor: 2 },
      lifetime: { maxAge: Infinity, maxRequests: Infinity },
      maxInternalServerErrors: 3,
      random: Math.random,
    });
  });

  test("reach from one end of their ranges to the other", () => {
    const random = () => 0;
    const { settings, forConnections } = readOptions({
      size: 1_000,
      maxQueue: 0,
      retry: { minDelay: 900_000 },
      reconnect: { minDelay: 1, maxDelay: 1, factor: 100 },
      maxAge: 1_000,
      maxRequests: 1,
      maxInternalServerErrors: Infinity,
      random,
      connectTimeout: 5,
    });
    expect(settings).toEqual({
      size: 1_000,
      maxQueue: 0,
      // The cap follows a longer beginning.
      retry: { minDelay: 900_000, maxDelay: 900_000, factor: 2 },
      reconnect: { minDelay: 1, maxDelay: 1, factor: 100 },
      lifetime: { maxAge: 1_000, maxRequests: 1 },
      maxInternalServerErrors: Infinity,
      random: expect.any(Function),
    });
    expect(settings.random()).toBe(0);
    expect(forConnections).toEqual({ connectTimeout: 5 });
  });
});

test("a `random` that throws, or returns no number from 0 to 1, costs the jitter and nothing else", () => {
  for (const bad of [() => Number.NaN, () => -1, () => 2, () => "x" as never]) {
    expect(readOptions({ random: bad }).settings.random()).toBe(0.5);
  }
  const throwing = () => {
    throw new Error("no entropy");
  };
  expect(readOptions({ random: throwing }).settings.random()).toBe(0.5);
});

describe("bad input to an open pool", () => {
  test("what is no Request is refused at once, and the pool goes on", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
    await using pool = await openPool(peer);
    for (const nonsense of [undefined, null, {}, "push", { path: "/", timeout: 5 }]) {
      const error = await failure<InvalidRequest>(pool.post(nonsense as Request));
      expect(error).toBeInstanceOf(InvalidRequest);
      expect([error.field, error.delivery]).toEqual(["request", "unsent"]);
    }
    expect((await pool.post(push(1))).status).toBe(200);
    expect(pool.stats()).toMatchObject({ queued: 0, inflight: 0, completed: 1, failed: 0 });
  });

  test("a size, concurrency or drain that cannot be is refused, and nothing changes", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
    await using pool = await openPool(peer);
    for (const size of [0, 1.5, undefined, null]) {
      expect(() => pool.resize(size as number)).toThrow(InvalidOption);
    }
    expect(() => pool.postAll([], { concurrency: 0 })).toThrow(InvalidOption);
    await expect(pool.close({ drain: -1 })).rejects.toThrow(InvalidOption);
    expect([pool.size, pool.state]).toEqual([1, "open"]);
    expect((await pool.post(push(1))).status).toBe(200);
  });
});

describe("Pool.open fails with one clear error, and leaves nothing open, when", () => {
  const cannotOpen = async (origin: string, options: PoolOptions = {}) => {
    const error = await failure<ConnectFailed>(
      Pool.open(origin, { size: 3, clock: new ManualClock(), ...options }),
    );
    expect(error).toBeInstanceOf(ConnectFailed);
    return error;
  };

  test("nothing listens", async () => {
    const peer = await ScriptedPeer.listen();
    const { origin } = peer;
    await peer.close();
    const error = await cannotOpen(origin);
    expect([error.failure, error.delivery]).toEqual(["unreachable", "unsent"]);
  });

  test("the server is not trusted", async () => {
    await using peer = await ScriptedPeer.listen();
    expect((await cannotOpen(peer.origin)).failure).toBe("untrusted");
  });

  test("the server speaks HTTP/1.1 only", async () => {
    await using peer = await ScriptedPeer.listen({ tls: { alpn: ["http/1.1"] } });
    expect((await cannotOpen(peer.origin, { tls: { ca: peer.ca } })).failure).toBe("alpn");
  });

  test("the host has no address", async () => {
    const lookup: PoolOptions["lookup"] = (_host, _options, done) => {
      done(Object.assign(new Error("no"), { code: "ENOTFOUND" }), []);
    };
    expect((await cannotOpen("https://push.test", { lookup })).failure).toBe("dns");
  });

  test("the lookup throws, or finds nothing", async () => {
    const throwing = () => {
      throw new Error("broken");
    };
    expect((await cannotOpen("https://push.test", { lookup: throwing })).failure).toBe("unreachable");
    const lookup: PoolOptions["lookup"] = (_host, _options, done) => done(null, []);
    expect((await cannotOpen("https://push.test", { lookup })).failure).toBe("dns");
  });
});
