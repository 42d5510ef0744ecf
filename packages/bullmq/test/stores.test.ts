import { inspect } from "node:util";
import { TcpProxy } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, it } from "vitest";
import {
  PostgresStore,
  RedisStore,
  SharedProviderToken,
  SharedRateLimit,
  StoreNotPrepared,
} from "../src/index.ts";
import { ids, p8 } from "./kit/key.ts";
import { describeStores } from "./kit/stores.ts";

failOnLeaks();

describeStores("the provider tokens of a store", (bench) => {
  it("are read with their age, by the store's clock", async () => {
    await using store = bench().openStore();
    expect(await store.tokens.read("aged")).toBeUndefined();
    expect(await store.tokens.replace("aged", undefined, "one")).toMatchObject({ value: "one" });
    const first = (await store.tokens.read("aged"))!;
    expect(first.value).toBe("one");
    expect(first.age).toBeGreaterThanOrEqual(0);
    expect(first.age).toBeLessThan(60_000);
    const second = (await store.tokens.read("aged"))!;
    expect(second.age).toBeGreaterThanOrEqual(first.age);
  });

  it("are replaced by the one who knows the last, and the others get what is stored", async () => {
    await using store = bench().openStore();
    await using other = bench().openStore();
    await store.tokens.replace("raced", undefined, "one");
    expect(await other.tokens.replace("raced", undefined, "late")).toMatchObject({ value: "one" });
    expect(await other.tokens.replace("raced", "one", "two")).toMatchObject({ value: "two" });
    expect(await store.tokens.replace("raced", "one", "stale")).toMatchObject({ value: "two" });
    expect(await store.tokens.read("raced")).toMatchObject({ value: "two" });
    // The same call again, as after a lost connection.
    expect(await other.tokens.replace("raced", "one", "two")).toMatchObject({ value: "two" });
  });

  it("are one, however many processes start at the same moment", async () => {
    const key = p8();
    const stores = Array.from({ length: 6 }, () => bench().openStore());
    const all = await Promise.all(
      stores.map((store) => SharedProviderToken.open({ key, ...ids, store: store.tokens })),
    );
    expect(new Set(all.map(({ auth }) => auth.current().authorization)).size).toBe(1);
    await Promise.all([...all, ...stores].map((one) => one.close()));
  });

  it("are stored without anything that APNs would accept", async () => {
    await using store = bench().openStore();
    const key = p8();
    await using shared = await SharedProviderToken.open({ key, ...ids, store: store.tokens });
    const held = (await store.tokens.read(shared.auth.id))!;
    for (const part of shared.auth.current().authorization.slice(7).split(".")) {
      expect(held.value).not.toContain(part);
      expect(Buffer.from(held.value, "base64url").toString("latin1")).not.toContain(part);
    }
  });
});

describeStores("a rate that processes keep together", (bench) => {
  it("gives a burst at once, and each one after that its own time", async () => {
    await using store = bench().openStore();
    await using other = bench().openStore();
    expect(await store.rates.take("slow", 10, 1, 10)).toBe(0);
    const waits = [await other.rates.take("slow", 5, 1, 10), await store.rates.take("slow", 5, 1, 10)];
    // Each call is made a little later than the one before.
    expect(waits[0]).toBeGreaterThan(4_000);
    expect(waits[0]).toBeLessThanOrEqual(5_000);
    expect(waits[1]).toBeGreaterThan(9_000);
    expect(waits[1]).toBeLessThanOrEqual(10_000);
    expect(await store.rates.take("another", 1, 1, 10)).toBe(0);
  });

  it("that is so low that nothing is due today has no overflow", async () => {
    await using store = bench().openStore();
    expect(await store.rates.take("rare", 1, 0.00001, 1)).toBe(0);
    const wait = await store.rates.take("rare", 1, 0.00001, 1);
    expect(wait).toBeGreaterThan(99_000_000);
    expect(wait).toBeLessThanOrEqual(100_000_000);
  });

  it("is waited for, and not when the signal is aborted", async () => {
    await using store = bench().openStore();
    const limit = new SharedRateLimit({ store: store.rates, name: "waited", perSecond: 0.001 });
    await limit.take(1);
    const stop = new AbortController();
    const waiting = limit.take(1, stop.signal);
    const refused = expect(waiting).rejects.toMatchObject({ code: "ERR_APNS_ABORTED" });
    stop.abort();
    await refused;
    await expect(limit.take(1, stop.signal)).rejects.toMatchObject({ code: "ERR_APNS_ABORTED" });
  });
});

describeStores("a store behind a network that fails", (bench) => {
  it("is waited for, at the start and in the middle, and nothing is lost", async () => {
    await using proxy = await TcpProxy.listen({ target: bench().use.target });
    proxy.refuse();
    const store = bench().openStore(proxy.port);
    const stored = store.tokens.replace("away", undefined, "one");
    await proxy.accept();
    expect(await stored).toMatchObject({ value: "one" });
    proxy.refuse();
    proxy.cut();
    const replaced = store.tokens.replace("away", "one", "two");
    await proxy.accept();
    expect(await replaced).toMatchObject({ value: "two" });
    await store.close();
  });
});

describe("the options of a store", () => {
  it.each([
    [{}, "connection"],
    [{ connection: {}, prefix: "a b" }, "prefix"],
    [{ connection: {}, prefix: "" }, "prefix"],
    [{ connection: {}, schema: "x" }, "schema"],
    [{ connection: {}, logger: 1 }, "logger"],
    [null, "options"],
  ])("of Redis: %j is refused", (options, option) => {
    expect(() => new RedisStore(options as never)).toThrow(expect.objectContaining({ option }));
  });

  it.each([
    [{}, "connection"],
    [{ connection: "postgres://localhost", schema: 'a"b' }, "schema"],
    [{ connection: "postgres://localhost", schema: "a".repeat(64) }, "schema"],
    [{ connection: "postgres://localhost", prefix: "x" }, "prefix"],
  ])("of PostgreSQL: %j is refused", (options, option) => {
    expect(() => new PostgresStore(options as never)).toThrow(expect.objectContaining({ option }));
  });
});

describeStores("a store", (bench) => {
  it("shows neither its password nor its connection", async () => {
    const store = bench().openStore();
    await store.ready();
    const shown = inspect(store, { depth: 1 });
    expect(shown).toContain(bench().use.namespace);
    expect(shown).not.toContain("127.0.0.1");
    expect(JSON.stringify(store)).not.toContain("127.0.0.1");
    await store.close();
  });

  it("that was not prepared says so and what to do", async () => {
    const { kind, use } = bench();
    if (kind === "redis") return;
    await using store = new PostgresStore({ connection: use.url, schema: "nothing_here" });
    await expect(store.ready()).rejects.toThrow(StoreNotPrepared);
    await expect(store.ready()).rejects.toThrow(/call migrate\(\)/);
  });
});
