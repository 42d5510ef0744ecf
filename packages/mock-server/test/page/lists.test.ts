import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LedgerEntry } from "../../src/index.ts";
import { EntryStore } from "../../ui/state/entry-store.ts";
import { type Filter, NO_FILTER } from "../../ui/state/filter.ts";
import { ListView } from "../../ui/state/list-view.ts";
import { scrollToShow, virtualWindow } from "../../ui/state/virtual-window.ts";
import { entryOf } from "../support/entries.ts";

const ids = (view: ListView) => Array.from({ length: view.length }, (_, at) => view.at(at)!.id);

describe("the entries that a page keeps", () => {
  test("are in the order of their ids, whatever the order in which they come", () => {
    const store = new EntryStore();
    const change = store.upsert([entryOf({ id: 3 }), entryOf({ id: 1 }), entryOf({ id: 2 })]);
    expect(change.added.map(({ id }) => id)).toEqual([3, 1, 2]);
    expect(store.rows.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(store.get(2)?.id).toBe(2);
    expect(store.get(4)).toBeUndefined();
  });

  test("are replaced by what is told later", () => {
    const store = new EntryStore();
    store.upsert([entryOf({ id: 1, settledAt: undefined, status: undefined })]);
    expect(store.get(1)!.standing).toBe("waiting");
    const { changed } = store.upsert([entryOf({ id: 1, status: 410, reason: "Unregistered" })]);
    expect(changed).toHaveLength(1);
    expect(store.get(1)!.standing).toBe("refused");
  });

  test("are bounded in number and in characters; the oldest go", () => {
    const few = new EntryStore(3);
    expect(few.upsert([1, 2, 3, 4, 5].map((id) => entryOf({ id }))).removedUpTo).toBe(2);
    expect(few.rows.map(({ id }) => id)).toEqual([3, 4, 5]);
    const small = new EntryStore(1000, 10_000);
    small.upsert(Array.from({ length: 50 }, (_, at) => entryOf({ id: at + 1, payload: "x".repeat(1000) })));
    expect(small.rows.length).toBeLessThan(10);
    expect(small.rows.at(-1)!.id).toBe(50);
  });

  test("know their duplicates, by apns-id and by collapse id of one device and app", () => {
    const store = new EntryStore();
    const same = entryOf({ id: 1, apnsId: "AA", collapseId: "c" });
    store.upsert([
      same,
      entryOf({ id: 2, apnsId: "aa", collapseId: "c" }),
      entryOf({ id: 3, apnsId: "b", collapseId: "c", token: "bb" }),
      entryOf({ id: 4, apnsId: "c" }),
    ]);
    expect([store.sameApnsId(same), store.sameCollapseId(same)]).toEqual([2, 2]);
    expect(store.sameCollapseId(store.get(4)!.entry)).toBe(0);
    store.clear(1);
    expect(store.sameApnsId(same)).toBe(1);
  });
});

describe("the list", () => {
  const entries = [
    entryOf({ id: 1, payload: '{"aps":{"alert":"Sch\\u00f6n"}}' }),
    entryOf({ id: 2, status: 410, reason: "Unregistered", acted: false, token: "bbcc" }),
    entryOf({ id: 3, status: undefined, settledAt: undefined, acted: false, topic: "com.example.other" }),
    entryOf({ id: 4, status: undefined, acted: false, fault: "drop", connection: 2 }),
    entryOf({ id: 5, kind: "broadcast", token: "", pushType: "liveactivity" }),
    entryOf({ id: 6, status: 503, reason: "Shutdown", acted: false, collapseId: "score" }),
  ];

  test.each<[Partial<Filter>, number[]]>([
    [{}, [6, 5, 4, 3, 2, 1]],
    [{ text: "schön" }, [1]],
    [{ text: "SCHÖN hello" }, []],
    [{ text: "unreg" }, [2]],
    [{ text: "bbcc" }, [2]],
    [{ text: "token:bb" }, [2]],
    [{ text: "reason:shut" }, [6]],
    [{ text: "topic:other" }, [3]],
    [{ text: "status:410" }, [2]],
    [{ text: "status:41" }, []],
    [{ text: "connection:2" }, [4]],
    [{ text: "fault:drop" }, [4]],
    [{ text: "collapse:sco" }, [6]],
    [{ text: "id:4084" }, [6, 5, 4, 3, 2, 1]],
    [{ text: "constructor:x" }, []],
    [{ text: "type:broadcast" }, []],
    [{ standing: "accepted" }, [5, 1]],
    [{ standing: "refused" }, [6, 2]],
    [{ standing: "unanswered" }, [4]],
    [{ standing: "waiting" }, [3]],
    [{ type: "broadcast" }, [5]],
    [{ type: "alert", standing: "accepted" }, [1]],
    [{ topic: "com.example.other" }, [3]],
  ])("shows of %j the rows %j", (filter, expected) => {
    const store = new EntryStore();
    store.upsert(entries);
    const view = new ListView();
    view.show({ ...NO_FILTER, ...filter }, store.rows);
    expect(ids(view)).toEqual(expected);
  });

  test("stays still while it is held, and counts what comes", () => {
    const store = new EntryStore();
    const view = new ListView();
    view.apply(store.upsert(entries.slice(0, 3)));
    view.hold();
    view.apply(store.upsert([...entries.slice(3), entryOf({ id: 3, status: 200 })]));
    expect(ids(view)).toEqual([3, 2, 1]);
    expect(view.newer).toBe(3);
    expect(view.at(0)!.standing).toBe("accepted");
    view.release();
    expect([view.length, view.newer]).toEqual([6, 0]);
  });

  test("is after any batches what the filter makes of all rows", () => {
    const entry = fc.record({
      id: fc.integer({ min: 1, max: 30 }),
      status: fc.constantFrom(200, 410, 503, undefined),
      topic: fc.constantFrom("a", "b"),
    });
    const filter = fc.record({
      standing: fc.constantFrom<Filter["standing"]>("all", "accepted", "refused"),
      topic: fc.constantFrom("", "a"),
    });
    const step = fc.oneof(
      fc.array(entry, { maxLength: 8 }).map((batch) => ({ batch })),
      filter.map((change) => ({ change })),
      fc.integer({ min: 0, max: 30 }).map((upTo) => ({ upTo })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const store = new EntryStore(12);
        const view = new ListView();
        for (const each of steps) {
          if ("batch" in each)
            view.apply(store.upsert(each.batch.map((fields) => entryOf(fields as Partial<LedgerEntry>))));
          else if ("change" in each) view.show({ ...NO_FILTER, ...each.change }, store.rows);
          else {
            store.clear(each.upTo);
            view.clear(each.upTo);
          }
        }
        const fresh = new ListView();
        fresh.show(view.filter, store.rows);
        expect(ids(view)).toEqual(ids(fresh));
        for (const [at, id] of ids(view).entries()) expect(view.indexOf(id)).toBe(at);
      }),
      { numRuns: 300 },
    );
  });
});

describe("of a long list", () => {
  test("only what can be seen is made, at any place", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100_000 }),
        fc.integer({ min: -50, max: 6_000_000 }),
        fc.integer({ min: 1, max: 2000 }),
        (length, scrollTop, viewHeight) => {
          const { first, count, offset, height } = virtualWindow(length, 58, scrollTop, viewHeight);
          expect(height).toBe(length * 58);
          expect(count).toBeLessThanOrEqual(Math.ceil(viewHeight / 58) + 18);
          expect(first + count).toBeLessThanOrEqual(length);
          expect(offset).toBe(first * 58);
          const top = Math.min(Math.max(0, scrollTop), Math.max(0, height - viewHeight));
          expect(first * 58).toBeLessThanOrEqual(top);
          expect((first + count) * 58).toBeGreaterThanOrEqual(Math.min(height, top + viewHeight));
        },
      ),
    );
  });

  test("a row is scrolled into view only if it is outside", () => {
    expect(scrollToShow(2, 50, 0, 300)).toBeUndefined();
    expect(scrollToShow(10, 50, 0, 300)).toBe(250);
    expect(scrollToShow(1, 50, 200, 300)).toBe(50);
  });
});
