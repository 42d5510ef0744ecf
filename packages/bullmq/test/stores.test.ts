import { setTimeout as pause } from "node:timers/promises";
import { inspect } from "node:util";
import { TcpProxy } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { PostgresServer } from "@apnskit/testkit/stores";
import { describe, expect, it } from "vitest";
import {
  PostgresStore,
  RedisStore,
  SharedProviderToken,
  SharedRateLimit,
  StoreNotPrepared,
} from "../src/index.ts";
import { bullMqOf } from "../src/store/bullmq-classes.ts";
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

describeStores("a log with one owner at a time", (bench) => {
  it("keeps its records in order, over owners", async () => {
    await using store = bench().openStore();
    const { logs } = store;
    const first = await logs.take("ordered");
    expect(first).toEqual({ fence: expect.any(Number), records: [] });
    const { fence } = first;
    expect(await logs.append("ordered", fence, 0, ["a", "b"])).toBe("written");
    expect(await logs.append("ordered", fence, 2, ["c"])).toBe("written");
    expect(await logs.take("ordered")).toEqual({ fence: fence + 1, records: ["a", "b", "c"] });
    expect(await logs.append("ordered", fence + 1, 3, ["d"])).toBe("written");
    expect(await logs.read(["none", "ordered"])).toEqual([[], ["a", "b", "c", "d"]]);
  });

  it("refuses what a former owner writes, from the moment on at which it is taken over", async () => {
    await using store = bench().openStore();
    await using other = bench().openStore();
    const former = await store.logs.take("fenced");
    await store.logs.append("fenced", former.fence, 0, ["a"]);
    const { fence, records } = await other.logs.take("fenced");
    expect(records).toEqual(["a"]);
    expect(await store.logs.append("fenced", former.fence, 1, ["late"])).toBe("stale");
    expect(await store.logs.rewrite("fenced", former.fence, [])).toBe("stale");
    expect(await other.logs.append("fenced", fence, 1, ["b"])).toBe("written");
    expect(await store.logs.read(["fenced"])).toEqual([["a", "b"]]);
  });

  it("has exactly the records of its owners, however many race for it", async () => {
    const stores = Array.from({ length: 4 }, () => bench().openStore());
    const written: string[][] = await Promise.all(
      stores.map(async ({ logs }, worker) => {
        const mine: string[] = [];
        for (let round = 0; round < 10; round++) {
          const { fence, records } = await logs.take("raced");
          for (let at = 0, length = records.length; at < 3; at++, length++) {
            const record = `${worker}/${round}/${at}`;
            if ((await logs.append("raced", fence, length, [record])) === "stale") break;
            mine.push(record);
          }
        }
        return mine;
      }),
    );
    const [records] = await stores[0]!.logs.read(["raced"]);
    expect([...records!].sort()).toEqual(written.flat().sort());
    await Promise.all(stores.map((store) => store.close()));
  });

  it("counts a write once that is repeated after a lost connection, and refuses one with a gap", async () => {
    await using store = bench().openStore();
    const { logs } = store;
    const { fence } = await logs.take("repeated");
    for (let i = 0; i < 3; i++) expect(await logs.append("repeated", fence, 0, ["a", "b"])).toBe("written");
    expect(await logs.read(["repeated"])).toEqual([["a", "b"]]);
    await expect(logs.append("repeated", fence, 1, ["c", "d", "e"])).rejects.toMatchObject({
      code: "ERR_APNS_LOG_CORRUPT",
    });
    for (let i = 0; i < 2; i++) expect(await logs.rewrite("repeated", fence, ["all"])).toBe("written");
    expect(await logs.append("repeated", fence, 1, ["more"])).toBe("written");
    expect(await logs.read(["repeated"])).toEqual([["all", "more"]]);
  });

  it("that was removed is gone, and its former owner cannot write", async () => {
    await using store = bench().openStore();
    const { logs } = store;
    const { fence } = await logs.take("removed");
    await logs.append("removed", fence, 0, ["a"]);
    await logs.remove(["removed", "none"]);
    expect(await logs.append("removed", fence, 1, ["b"])).toBe("stale");
    expect(await logs.read(["removed"])).toEqual([[]]);
    expect((await logs.take("removed")).fence).toBeGreaterThan(fence);
    expect(await logs.append("removed", fence, 0, ["b"])).toBe("stale");
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

describeStores(
  "a network that fails while BullMQ begins",
  (bench) => {
    it("ends no process", async () => {
      await using proxy = await TcpProxy.listen({ target: bench().use.target });
      await using store = bench().openStore(proxy.port) as PostgresStore;
      for (let delay = 0; delay < 40; delay++) {
        const queue = bullMqOf(store).queue("begins");
        queue.on("error", () => {});
        // Real time: the cut has to meet each step of the first connection.
        await pause(delay / 2);
        proxy.cut();
        await queue.close();
      }
    });
  },
  [PostgresServer],
);

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
