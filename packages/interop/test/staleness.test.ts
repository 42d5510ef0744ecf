import { randomUUID } from "node:crypto";
import { Pool, type PoolOptions, Request, type RequestOptions } from "@apnskit/pool";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { H2Stage } from "./support/judge/h2-stage.ts";
import { JumpingClock } from "./support/judge/jumping-clock.ts";
import type { Scene, Stage } from "./support/judge/scene.ts";
import type { Script } from "./support/judge/script.ts";
import { title } from "./support/servers.ts";

/**
 * Connections that look alive but are not: after a suspension, behind a dead route, to a server that only
 * answers PING.
 */

failOnLeaks();

const server = { name: "hyper-h2", available: H2Stage.available() };

const PING_INTERVAL = 2_000;
const NEW_ONES = 20;
/** Long enough for a ping, a new connection and a busy machine. */
const PATIENT = 10_000;
const HELD = "/3/device/held";

/** The server never answers requests to this path. */
const script: Script = { paths: { [HELD]: Array.from({ length: 10 }, () => ({})) } };

function request(options: RequestOptions, path = `/3/device/${randomUUID()}`, body = "{}"): Request {
  return Request.of(path, { "apns-topic": "com.example.app", "apns-id": randomUUID() }, body, options);
}

/** How each request ends: a status, or an error's name and its `delivery`. */
async function endings(posts: readonly Promise<{ status: number }>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const post of posts) {
    const end = await post.then(
      ({ status }) => String(status),
      (error: { name: string; delivery: string }) => `${error.name} ${error.delivery}`,
    );
    counts[end] = (counts[end] ?? 0) + 1;
  }
  return counts;
}

describe.skipIf(!server.available.installed)(title(server), () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await H2Stage.start();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  /** Opens a pool and all its connections. */
  async function openPool(scene: Scene, options: PoolOptions): Promise<Pool> {
    const pool = new Pool(scene.origin, {
      tls: { ca: scene.ca },
      reconnect: { minDelay: 5, maxDelay: 20 },
      pingInterval: PING_INTERVAL,
      pingTimeout: 300,
      ...options,
    });
    const { size = 1 } = options;
    for (let number = 1; number <= size; number++) {
      await scene.event("connected", ({ connection }) => connection === number);
    }
    while (pool.stats().active < size) await new Promise((resolve) => setImmediate(resolve));
    return pool;
  }

  /** Sends a request that gets no answer, and silences its connection. Returns that connection. */
  async function silence(scene: Scene, pool: Pool, options: RequestOptions) {
    const held = pool.post(request(options, HELD)).catch((error: Error) => error);
    const { connection } = await scene.event("whole");
    await scene.act([{ mute: true }], connection);
    return { held, connection: connection! };
  }

  it("a process that was suspended asks its connections first, also with requests in flight: the good sibling gets the rest", async () => {
    await using scene = await stage.open(script);
    const clock = new JumpingClock();
    await using pool = await openPool(scene, { size: 2, clock });
    const { held, connection } = await silence(scene, pool, { timeout: Number.POSITIVE_INFINITY });
    clock.jump(10 * PING_INTERVAL);
    const posts = Array.from({ length: NEW_ONES }, () => pool.post(request({ timeout: 20 * PATIENT })));
    expect(await endings(posts)).toEqual({ 200: NEW_ONES });
    const { attempts } = await scene.ledger();
    expect(attempts.filter((attempt) => attempt.connection === connection)).toHaveLength(1);
    await pool.close();
    await held;
  });

  it("a process that was suspended asks its only connection, and waits for the answer or for the next connection", async () => {
    await using scene = await stage.open(script);
    const clock = new JumpingClock();
    await using pool = await openPool(scene, { size: 1, clock });
    const { held } = await silence(scene, pool, { timeout: Number.POSITIVE_INFINITY });
    clock.jump(10 * PING_INTERVAL);
    const posts = Array.from({ length: NEW_ONES }, () => pool.post(request({ timeout: 20 * PATIENT })));
    expect(await endings(posts)).toEqual({ 200: NEW_ONES });
    await pool.close();
    await held;
  });

  it("while one connection owes an answer to a ping, its good sibling gets every new request", async () => {
    await using scene = await stage.open(script);
    await using pool = await openPool(scene, { size: 2, pingTimeout: 20_000 });
    const { held, connection } = await silence(scene, pool, { timeout: 400 });
    // The time-out makes the pool probe the connection.
    await held;
    const posts = Array.from({ length: NEW_ONES }, () => pool.post(request({ timeout: PATIENT })));
    const ends = await endings(posts);
    const { attempts } = await scene.ledger();
    const intoTheHole = attempts.filter((attempt) => attempt.connection === connection).length - 1;
    expect({ ends, intoTheHole }).toEqual({ ends: { 200: NEW_ONES }, intoTheHole: 0 });
  });

  it("a connection that answers pings but no requests is found out by its time-outs, and gets no more than a few", async () => {
    await using scene = await stage.open({ connections: [{ answers: false }, {}] });
    await using pool = await openPool(scene, { size: 2 });
    const counts: Record<string, number> = {};
    for (let count = 0; count < 25; count++) {
      for (const end of Object.keys(await endings([pool.post(request({ timeout: 500 }))]))) {
        counts[end] = (counts[end] ?? 0) + 1;
      }
    }
    expect(counts["Timeout unknown"] ?? 0).toBeLessThanOrEqual(4);
    expect((counts["Timeout unknown"] ?? 0) + counts[200]!).toBe(25);
  });

  it("bodies that waited for window while the process was suspended do not leave after their time", async () => {
    await using scene = await stage.open({
      connections: [{ settings: { initialWindowSize: 0 }, connectionWindow: 2 ** 24 }],
    });
    const clock = new JumpingClock();
    await using pool = await openPool(scene, { size: 1, clock });
    const body = "x".repeat(4_000);
    const posts = Array.from({ length: 50 }, () => pool.post(request({ timeout: 5_000 }, undefined, body)));
    const ends = endings(posts);
    await scene.event("head", ({ stream }) => stream === 99);
    clock.jump(60_000);
    await scene.act(
      Array.from({ length: 50 }, (_, index) => ({ window: { stream: 65_535, id: 2 * index + 1 } })),
      1,
    );
    const counts = await ends;
    const { attempts, connections } = await scene.close();
    const whole = attempts.filter((attempt) => attempt.whole).length;
    const late = (counts["Timeout unknown"] ?? 0) + (counts["Timeout unsent"] ?? 0);
    expect({ counts, whole, late }).toMatchObject({ whole: 0, late: 50 });
    expect(connections.flatMap(({ violations }) => violations)).toEqual([]);
  }, 30_000);
});
