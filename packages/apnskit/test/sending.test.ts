import { MockApns } from "@apnskit/mock-server";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type AcceptedOutcome,
  ApnsClient,
  alert,
  collapseIdFor,
  type Notification,
  type Outcome,
  Rejected,
  summarise,
} from "../src/index.ts";
import { all, failure, hello, openClient, optionsFor, TOKEN, tokenOf, until } from "./kit/clients.ts";
import { APP } from "./kit/on-the-wire.ts";

failOnLeaks();

let server: MockApns;
beforeAll(async () => {
  server = await MockApns.start();
});
afterAll(() => server.close());
beforeEach(() => {
  server.clearFaults();
  server.setLatency(0);
  server.ledger.clear();
});

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe("send", () => {
  it("resolves with what APNs answered, once it has taken the notification", async () => {
    await using apns = await openClient(server);
    const outcome = await apns.send(TOKEN, hello);
    expect(outcome).toEqual({
      result: "accepted",
      token: TOKEN,
      apnsId: expect.stringMatching(UUID),
      uniqueId: expect.stringMatching(UUID),
      attempts: 1,
      duration: expect.any(Number),
      status: 200,
      tokenIsDead: false,
      retryable: false,
    } satisfies Record<keyof Omit<AcceptedOutcome, "index" | "given">, unknown>);
    const [entry] = await server.received({ token: TOKEN });
    expect(entry).toMatchObject({ topic: APP, pushType: "alert", apnsId: outcome.apnsId, acted: true });
    expect(entry!.payload).toBe('{"aps":{"alert":{"title":"Hello"}}}');
  });

  it("takes tokens as bytes, and in capitals", async () => {
    await using apns = await openClient(server);
    expect((await apns.send(Buffer.from(TOKEN, "hex"), hello)).token).toBe(TOKEN);
    expect((await apns.send(TOKEN.toUpperCase(), hello)).token).toBe(TOKEN);
  });

  it("throws Rejected for a refusal, with the outcome", async () => {
    server.devices.unregister(tokenOf(410), 1_700_000_000_000);
    await using apns = await openClient(server);
    const error = await failure<Rejected>(apns.send(tokenOf(410), hello));
    expect(error).toBeInstanceOf(Rejected);
    expect(error.message).toBe(
      "APNs answered 410 Unregistered: the device token is not active for the topic any more",
    );
    expect(error.outcome).toMatchObject({
      result: "rejected",
      reason: "Unregistered",
      tokenIsDead: true,
      timestamp: 1_700_000_000_000,
    });
  });

  it("throws the engine's error where there was no answer, which says whether it may have arrived", async () => {
    server.inject({ kind: "stall", times: 1 });
    await using apns = await openClient(server);
    const error = await failure<{ name: string; delivery: string }>(
      apns.send(TOKEN, hello, { timeout: 100 }),
    );
    expect([error.name, error.delivery]).toEqual(["Timeout", "unknown"]);
  });

  it("ends with the signal", async () => {
    server.inject({ kind: "stall", times: 1 });
    await using apns = await openClient(server);
    const abort = new AbortController();
    const sending = failure<Error>(apns.send(TOKEN, hello, { signal: abort.signal }));
    await until(() => server.ledger.totals.arrived === 1, "the server has it");
    abort.abort(new Error("enough"));
    expect(await sending).toMatchObject({
      name: "AbortError",
      delivery: "unknown",
      cause: { message: "enough" },
    });
  });

  it("keeps the apns-id over attempts, and counts them", async () => {
    server.inject({ kind: "reset", code: "REFUSED_STREAM", times: 1 });
    await using apns = await openClient(server);
    const { attempts, apnsId } = await apns.send(TOKEN, hello);
    expect(attempts).toBe(2);
    const ids = server.ledger.entries({ kind: "push" }).map((entry) => entry.apnsId);
    expect(ids).toEqual([apnsId, apnsId]);
  });

  it("sends the notification's own id, and reports it in lower case however APNs spells it", async () => {
    await using shouting = await MockApns.start({ upperCaseEcho: true });
    await using apns = await openClient(shouting);
    const id = "f4121b12-e0bf-3266-f079-d9253e98bf49";
    expect((await apns.send(TOKEN, hello.with({ id }))).apnsId).toBe(id);
  });

  it("sends again what may have arrived only when it is idempotent", async () => {
    await using apns = await openClient(server);
    const ends = async (notification: Notification, idempotent?: boolean) => {
      server.inject({ kind: "reset", code: "INTERNAL_ERROR", times: 1 });
      const { result, attempts } = await apns.trySend(TOKEN, notification, idempotent ? { idempotent } : {});
      return [result, attempts];
    };
    expect(await ends(hello)).toEqual(["unknown", 1]);
    expect(await ends(hello, true)).toEqual(["accepted", 2]);
    expect(await ends(hello.with({ collapseId: collapseIdFor("order", 7) }))).toEqual(["accepted", 2]);
  });

  it("takes the client's timeout unless it has one of its own", async () => {
    server.inject({ kind: "stall", times: 2 });
    await using apns = await openClient(server, { timeout: 50 });
    expect(await apns.trySend(TOKEN, hello)).toMatchObject({ error: { code: "ERR_APNS_TIMEOUT" } });
    const abort = new AbortController();
    const patient = apns.trySend(TOKEN, hello, { timeout: 600_000, signal: abort.signal });
    await until(() => server.ledger.entries({ kind: "push" }).length === 2, "the second has arrived");
    abort.abort();
    expect(await patient).toMatchObject({ error: { code: "ERR_APNS_ABORTED" } });
  });

  it("refuses options that it does not know, and signals that are none", async () => {
    await using apns = await openClient(server);
    await expect(apns.send(TOKEN, hello, { timout: 1 } as object)).rejects.toThrow('unknown option "timout"');
    await expect(apns.send(TOKEN, hello, { signal: {} } as never)).rejects.toThrow("must be an AbortSignal");
    await expect(apns.send(TOKEN, hello, { timeout: -1 })).rejects.toThrow("timeout must be milliseconds");
    expect(server.ledger.totals.arrived).toBe(0);
  });

  it("after close fails as unsent", async () => {
    const apns = await openClient(server);
    await apns.close();
    expect(await failure(apns.send(TOKEN, hello))).toMatchObject({ name: "Closed", delivery: "unsent" });
    expect(await apns.trySend(TOKEN, hello)).toMatchObject({
      result: "unsent",
      attempts: 0,
      retryable: true,
    });
    expect(() => apns.sendMany([])).toThrow("closed");
  });
});

describe("close", () => {
  it("with drain lets what is in flight finish", async () => {
    server.setLatency(50);
    const apns = await openClient(server);
    const sending = Array.from({ length: 20 }, (_, n) => apns.send(tokenOf(n), hello));
    await apns.close({ drain: 10_000 });
    expect((await Promise.all(sending)).every(({ result }) => result === "accepted")).toBe(true);
  });

  it("is done by ApnsClient.with, whatever happens inside", async () => {
    let kept: ApnsClient | undefined;
    const failing = ApnsClient.with(optionsFor(server), async (apns) => {
      kept = apns;
      await apns.send(TOKEN, hello);
      throw new Error("inside");
    });
    await expect(failing).rejects.toThrow("inside");
    expect(kept!.stats().push.state).toBe("closed");
  });
});

describe("sendMany", () => {
  it("sends one notification to many tokens, and says which outcome belongs to which", async () => {
    await using apns = await openClient(server);
    const outcomes = await all(
      apns.sendMany(
        Array.from({ length: 300 }, (_, n) => tokenOf(n)),
        hello,
      ),
    );
    expect(outcomes).toHaveLength(300);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ result: "accepted", token: tokenOf(outcome.index!) });
    expect(new Set(outcomes.map(({ apnsId }) => apnsId)).size).toBe(300);
    expect(server.ledger.totals).toMatchObject({ arrived: 300, acted: 300 });
  });

  it("sends pairs from an async iterable", async () => {
    async function* pairs() {
      for (let n = 0; n < 50; n++) yield [tokenOf(n), alert({ title: `number ${n}` })] as const;
    }
    await using apns = await openClient(server);
    const outcomes = await all(apns.sendMany(pairs()));
    expect(outcomes.filter(({ result }) => result === "accepted")).toHaveLength(50);
    const titles = server.ledger
      .entries({ kind: "push" })
      .map(({ payload }) => JSON.parse(payload!).aps.alert.title);
    expect(new Set(titles).size).toBe(50);
  });

  it("makes outcomes of what is wrong with one, and goes on", async () => {
    server.devices.unregister(tokenOf(410));
    await using apns = await openClient(server);
    const pairs: unknown[] = [
      [TOKEN, hello],
      ["not hexadecimal", hello],
      [new Uint8Array(0), hello],
      [TOKEN, { title: "not made by alert()" }],
      [TOKEN],
      undefined,
      [tokenOf(410), hello],
      [TOKEN, hello],
    ];
    const outcomes = await all(apns.sendMany(pairs as never));
    const byIndex = outcomes.toSorted((a, b) => a.index! - b.index!);
    const words = byIndex.map((outcome) =>
      outcome.result === "accepted"
        ? "accepted"
        : outcome.result === "rejected"
          ? outcome.reason
          : outcome.error.code,
    );
    expect(words).toEqual([
      "accepted",
      "ERR_APNS_INVALID_DEVICE_TOKEN",
      "ERR_APNS_INVALID_DEVICE_TOKEN",
      "ERR_APNS_INVALID_NOTIFICATION",
      "ERR_APNS_INVALID_NOTIFICATION",
      "ERR_APNS_INVALID_DEVICE_TOKEN",
      "Unregistered",
      "accepted",
    ]);
    for (const outcome of outcomes) expect(JSON.parse(JSON.stringify(outcome))).toEqual(outcome);
    expect(byIndex.filter(({ result }) => result === "unsent").every(({ retryable }) => !retryable)).toBe(
      true,
    );
  });

  it("refuses at once what would be wrong with every one", async () => {
    await using apns = await openClient(server);
    await using aimless = await ApnsClient.open({ ...optionsFor(server), topic: undefined });
    expect(() => aimless.sendMany([TOKEN], hello)).toThrow("topic: neither");
    expect(() => apns.sendMany(TOKEN as never, hello)).toThrow("received string");
    expect(() => apns.sendMany(undefined as never)).toThrow("received undefined");
    expect(() => apns.sendMany([], { concurrency: 0 })).toThrow(
      /concurrency must be an integer from 1 .*received 0/,
    );
    expect(() => apns.sendMany([], { timeout: Number.NaN })).toThrow("timeout");
  });

  it("pulls no more than may be under way or wait to be read", async () => {
    await using apns = await openClient(server);
    let pulled = 0;
    function* tokens() {
      for (let n = 0; n < 500; n++) {
        pulled++;
        yield tokenOf(n);
      }
    }
    let read = 0;
    let most = 0;
    for await (const _ of apns.sendMany(tokens(), hello, { concurrency: 10 })) {
      read++;
      most = Math.max(most, pulled - read);
    }
    expect([read, pulled]).toEqual([500, 500]);
    expect(most).toBeLessThanOrEqual(10);
  });

  it("stops with the signal, and still says what became of everything", async () => {
    server.setLatency(5);
    await using apns = await openClient(server);
    const abort = new AbortController();
    let pulled = 0;
    function* endless() {
      for (;;) yield tokenOf(pulled++);
    }
    const outcomes: Outcome[] = [];
    for await (const outcome of apns.sendMany(endless(), hello, { concurrency: 50, signal: abort.signal })) {
      outcomes.push(outcome);
      if (outcomes.length === 100) abort.abort();
    }
    expect(outcomes).toHaveLength(pulled);
    const { accepted, errors } = await summarise(outcomes);
    expect(accepted).toBeGreaterThanOrEqual(100);
    expect(Object.keys(errors)).toEqual(["ERR_APNS_ABORTED"]);
  });

  it("passes on what the source throws, behind all outcomes", async () => {
    await using apns = await openClient(server);
    function* tokens() {
      yield TOKEN;
      throw new Error("database gone");
    }
    const seen: string[] = [];
    const run = (async () => {
      for await (const { result } of apns.sendMany(tokens(), hello)) seen.push(result);
    })();
    await expect(run).rejects.toThrow("database gone");
    expect(seen).toEqual(["accepted"]);
  });
});
