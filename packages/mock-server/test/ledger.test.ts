import { describe, expect, test } from "vitest";
import { InvalidMockInput } from "../src/errors.ts";
import { Ledger, type LedgerOptions } from "../src/ledger/ledger.ts";

let stream = 1;

function open(
  ledger: Ledger,
  about: { token?: string; topic?: string; collapseId?: string; apnsId?: string } = {},
) {
  return ledger.open({
    kind: "push",
    connection: 1,
    stream: stream++,
    method: "POST",
    path: `/3/device/${about.token ?? "aa"}`,
    token: "aa",
    topic: "com.example.app",
    pushType: "alert",
    priority: undefined,
    expiration: undefined,
    collapseId: undefined,
    apnsId: "ID",
    bytes: 2,
    payload: "{}",
    ...about,
  });
}

function accept(ledger: Ledger, about: Parameters<typeof open>[1] = {}) {
  const entry = open(ledger, about);
  ledger.act(entry);
  ledger.settle(entry, 200);
  return entry;
}

describe("the ledger", () => {
  test("tells when a request arrived, was settled, and whether it was acted on", () => {
    let now = 1000;
    const ledger = new Ledger({}, () => now);
    const entry = open(ledger);
    expect(entry).toMatchObject({
      id: 1,
      arrivedAt: 1000,
      settledAt: undefined,
      acted: false,
      status: undefined,
    });
    now = 1025;
    ledger.act(entry);
    ledger.settle(entry, 200);
    expect(ledger.entries()).toEqual([entry]);
    expect(entry).toMatchObject({ settledAt: 1025, acted: true, status: 200 });
  });

  test("counts an effect and an outcome once each", () => {
    const ledger = new Ledger();
    const entry = accept(ledger);
    ledger.act(entry);
    ledger.settle(entry, undefined);
    expect(ledger.totals).toEqual({
      arrived: 1,
      acted: 1,
      refused: 0,
      unanswered: 0,
      refusedStreams: 0,
      reasons: {},
    });
    expect(entry.status).toBe(200);
  });

  test("keeps the latest entries only, in order, and all totals", () => {
    const ledger = new Ledger({ capacity: 3 });
    for (let i = 0; i < 8; i++) accept(ledger);
    expect(ledger.entries().map(({ id }) => id)).toEqual([6, 7, 8]);
    expect(ledger.totals.acted).toBe(8);
  });

  test("keeps none with a capacity of 0", () => {
    const ledger = new Ledger({ capacity: 0 });
    accept(ledger);
    expect(ledger.entries()).toEqual([]);
    expect(ledger.totals.arrived).toBe(1);
  });

  test.each([-1, 1.5, Number.NaN])("refuses a capacity of %d", (capacity) => {
    expect(() => new Ledger({ capacity })).toThrow(InvalidMockInput);
  });

  test("is queried by any field, by age and by whether it is settled", () => {
    const ledger = new Ledger();
    accept(ledger, { topic: "one" });
    accept(ledger, { topic: "two", collapseId: "c" });
    const refused = open(ledger, { topic: "two" });
    ledger.settle(refused, 400, "BadPriority");
    open(ledger, { topic: "two" });
    const ids = (query: Parameters<Ledger["entries"]>[0]) => ledger.entries(query).map(({ id }) => id);
    expect(ids({ topic: "two" })).toEqual([2, 3, 4]);
    expect(ids({ topic: "two", acted: true })).toEqual([2]);
    expect(ids({ reason: "BadPriority" })).toEqual([3]);
    expect(ids({ status: 200, after: 1 })).toEqual([2]);
    expect(ids({ collapseId: "c" })).toEqual([2]);
    expect(ids({ settled: false })).toEqual([4]);
    expect(ledger.count({ topic: "two" })).toBe(3);
    expect(ledger.totals).toMatchObject({ refused: 1, reasons: { BadPriority: 1 } });
  });

  test("forgets everything when cleared, and goes on counting ids up", () => {
    const ledger = new Ledger({ tally: ["apns-id"] });
    accept(ledger);
    ledger.clear();
    expect(ledger.entries()).toEqual([]);
    expect(ledger.totals.arrived).toBe(0);
    expect(ledger.apnsIds?.get("ID")).toEqual({ arrived: 0, acted: 0 });
    expect(accept(ledger).id).toBe(2);
  });

  test("tells subscribers of each settled request until they have enough", () => {
    const ledger = new Ledger();
    const heard: number[] = [];
    const stop = ledger.subscribe(({ id }) => heard.push(id));
    accept(ledger);
    open(ledger);
    stop();
    accept(ledger);
    expect(heard).toEqual([1]);
  });
});

describe("waiting for requests", () => {
  test("ends at once if enough are there, and otherwise when they come", async () => {
    const ledger = new Ledger();
    accept(ledger, { topic: "one" });
    await expect(ledger.received({ topic: "one" })).resolves.toMatchObject([{ id: 1 }]);
    const two = ledger.received({ topic: "one", count: 2 });
    accept(ledger, { topic: "other" });
    accept(ledger, { topic: "one" });
    await expect(two).resolves.toMatchObject([{ id: 1 }, { id: 3 }]);
  });

  test("outlasts a ring that forgets", async () => {
    const ledger = new Ledger({ capacity: 2 });
    const five = ledger.received({ count: 5 });
    for (let i = 0; i < 5; i++) accept(ledger);
    await expect(five).resolves.toHaveLength(5);
  });

  test("fails after its time, and says how far it came", async () => {
    const ledger = new Ledger();
    accept(ledger);
    const waiting = ledger.received({ count: 2, acted: true, timeout: 10 });
    await expect(waiting).rejects.toThrow('Only 1 of 2 requests came within 10 ms that match {"acted":true}');
  });

  test("fails when the server closes", async () => {
    const ledger = new Ledger();
    const waiting = ledger.received({ timeout: Infinity });
    ledger.close();
    await expect(waiting).rejects.toThrow("closed");
  });
});

describe("tallies", () => {
  const options: LedgerOptions = { capacity: 0, tally: ["apns-id", "collapse-id"] };

  test("count each id's arrivals and effects, whatever the ring forgets", () => {
    const ledger = new Ledger(options);
    accept(ledger, { apnsId: "A", collapseId: "order-1" });
    accept(ledger, { apnsId: "A", collapseId: "order-1" });
    open(ledger, { apnsId: "B" });
    expect(ledger.apnsIds?.get("A")).toEqual({ arrived: 2, acted: 2 });
    expect(ledger.apnsIds?.get("B")).toEqual({ arrived: 1, acted: 0 });
    expect(ledger.apnsIds?.summary()).toEqual({ ids: 2, arrived: 3, acted: 2, repeated: 1, neverActed: 1 });
    expect(ledger.collapseIds?.get("order-1")).toEqual({ arrived: 2, acted: 2 });
    expect(ledger.collapseIds?.get("order-2")).toEqual({ arrived: 0, acted: 0 });
  });

  test("are not made unless asked for", () => {
    const ledger = new Ledger();
    expect([ledger.apnsIds, ledger.collapseIds]).toEqual([undefined, undefined]);
  });
});
