import { MockApns } from "@apnskit/mock-server";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import {
  ApnsClient,
  type ApnsClientOptions,
  alert,
  type DeadToken,
  type Logger,
  providerToken,
} from "apnskit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

/** Promises of docs/reliability.md that hold over all layers, seen as a user of `ApnsClient` sees them. */

failOnLeaks();

const TOKEN = "ab".repeat(32);
const tokens = Array.from({ length: 20 }, (_, n) => n.toString(16).padStart(64, "0"));
const once = alert({ title: "Hello" });
const harmless = alert({ title: "Hello", collapseId: "greeting" });

let server: MockApns;
beforeAll(async () => {
  server = await MockApns.start();
});
afterAll(() => server.close());
beforeEach(() => {
  server.clearFaults();
});

function open(more: Partial<ApnsClientOptions> = {}): Promise<ApnsClient> {
  return ApnsClient.open({
    origin: server.origin,
    tls: { ca: server.ca },
    auth: providerToken(server.key),
    topic: "com.example.app",
    retry: { minDelay: 1, maxDelay: 5 },
    reconnect: { minDelay: 1, maxDelay: 5 },
    ...more,
  } as ApnsClientOptions);
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What an emitter's listeners throw becomes an uncaught exception; here it is expected. */
async function uncaughtDuring(work: () => Promise<void>): Promise<unknown[]> {
  const before = process.listeners("uncaughtException");
  const caught: unknown[] = [];
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => caught.push(error));
  try {
    await work();
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const listener of before) process.on("uncaughtException", listener);
  }
  return caught;
}

describe("one memory over all attempts, those for the provider token included", () => {
  test("received, then refused for its provider token, then aborted in the pause: unknown", async () => {
    await using apns = await open();
    server.inject({ kind: "drop", acted: true, times: 1 });
    server.inject({ kind: "answer", reason: "TooManyProviderTokenUpdates" });
    const aborting = new AbortController();
    const sending = apns.trySend(TOKEN, harmless, { signal: aborting.signal, timeout: 60_000 });
    await until(() => apns.stats().push.retries > 0 && apns.stats().push.retrying === 1, "it pauses again");
    aborting.abort();
    const outcome = await sending;
    expect(outcome).toMatchObject({ result: "unknown", error: { code: "ERR_APNS_ABORTED" } });
    expect(outcome.attempts).toBeGreaterThan(1);
  });

  test("received, then rejected: the outcome says that the notification may have been delivered", async () => {
    await using apns = await open();
    server.inject({ kind: "drop", acted: true, times: 1 });
    server.inject({ kind: "answer", reason: "PayloadEmpty" });
    expect(await apns.trySend(TOKEN, harmless)).toMatchObject({
      result: "rejected",
      reason: "PayloadEmpty",
      maybeDelivered: true,
    });
  });

  test("rejected at once: the outcome does not say so", async () => {
    await using apns = await open();
    server.inject({ kind: "answer", reason: "PayloadEmpty" });
    const outcome = await apns.trySend(TOKEN, harmless);
    expect(outcome.result).toBe("rejected");
    expect(outcome).not.toHaveProperty("maybeDelivered");
  });
});

describe("a notification whose own expiration has passed is final", () => {
  test("unsent, and not worth another try", async () => {
    await using apns = await open();
    const late = once.with({ expiration: new Date(Date.now() - 60_000) });
    expect(await apns.trySend(TOKEN, late)).toMatchObject({
      result: "unsent",
      retryable: false,
      error: { deadlineSource: "expiration" },
    });
  });
});

describe("BadDeviceToken is suspect", () => {
  test("the tokens of another environment are not called dead: no token is dropped", async () => {
    await using apns = await open();
    const dead: DeadToken[] = [];
    apns.on("deadToken", (one) => dead.push(one));
    server.inject({ kind: "answer", reason: "BadDeviceToken" });
    for await (const outcome of apns.sendMany(tokens, once)) {
      expect(outcome).toMatchObject({
        reason: "BadDeviceToken",
        advice: "check-environment",
        tokenIsDead: false,
      });
    }
    expect(dead).toEqual([]);
  });

  test("until APNs has accepted something for this topic: then a bad token is a dead one", async () => {
    await using apns = await open();
    const dead: DeadToken[] = [];
    apns.on("deadToken", (one) => dead.push(one));
    await apns.send(TOKEN, once);
    server.inject({ kind: "answer", reason: "BadDeviceToken", times: 1 });
    expect(await apns.trySend(tokens[11]!, once)).toMatchObject({ advice: "drop-token", tokenIsDead: true });
    expect(dead).toMatchObject([{ token: tokens[11], reason: "BadDeviceToken" }]);
  });
});

test("a dead token is reported in the caller's spelling as well", async () => {
  await using apns = await open();
  const dead: DeadToken[] = [];
  apns.on("deadToken", (one) => dead.push(one));
  const [token, given] = [tokens[11]!, tokens[11]!.toUpperCase()];
  server.inject({ kind: "answer", reason: "Unregistered", times: 1 });
  expect(await apns.trySend(given, once)).toMatchObject({ token, given, tokenIsDead: true });
  expect(dead).toMatchObject([{ token, given }]);
});

describe("the caller's functions do not reach the engine", () => {
  test("a logger that throws decides about no push", async () => {
    const fail = (): never => {
      throw new Error("the disk is full");
    };
    const logger: Logger = { trace: fail, debug: fail, info: fail, warn: fail, error: fail };
    await using apns = await open({ logger });
    server.inject({ kind: "answer", reason: "PayloadEmpty", times: 1 });
    expect((await apns.trySend(TOKEN, once)).result).toBe("rejected");
    expect((await apns.trySend(TOKEN, once)).result).toBe("accepted");
  });

  test("listeners that throw keep no connection from being replaced", async () => {
    await using apns = await open();
    for (const name of ["connected", "disconnected", "deadToken"] as const) {
      apns.on(name, () => {
        throw new Error(name);
      });
    }
    const caught = await uncaughtDuring(async () => {
      server.inject({ kind: "drop", times: 1 });
      expect((await apns.trySend(TOKEN, once)).result).toBe("unknown");
      expect((await apns.trySend(TOKEN, once)).result).toBe("accepted");
    });
    expect(caught.map((error) => (error as Error).message)).toEqual(
      expect.arrayContaining(["disconnected", "connected"]),
    );
  });
});

test("a pool is closed when everything is settled, and closing until then", async () => {
  const apns = await open();
  server.inject({ kind: "latency", latency: 100 });
  const sending = apns.trySend(TOKEN, once);
  await until(() => apns.stats().push.inflight === 1, "it is in flight");
  const closing = apns.close({ drain: 10_000 });
  expect(apns.stats().push.state).toBe("closing");
  expect((await sending).result).toBe("accepted");
  await closing;
  expect(apns.stats().push).toMatchObject({ state: "closed", inflight: 0, queued: 0 });
});
