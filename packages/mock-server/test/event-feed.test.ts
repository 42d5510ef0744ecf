import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { EventFeed, type FeedTimes } from "../src/control/event-feed.ts";
import { MockApns, type MockApnsOptions } from "../src/index.ts";
import { fillLedger, openEntry } from "./support/entries.ts";
import { EventReader } from "./support/events.ts";

/** What may wait for a page: a piece is written as long as less than 1 MB waits. */
const MOST_UNREAD = (1 << 20) + (1 << 18) + 10_000;

let mock: MockApns;
let feed: EventFeed;
let http: Server;
let at: { origin: string };
let responses: ServerResponse[];

async function start(times: Partial<FeedTimes>, options: MockApnsOptions = {}): Promise<void> {
  mock = await MockApns.start({ auth: "anything", ...options });
  feed = new EventFeed(mock, "run", times);
  responses = [];
  http = createServer((request, response) => {
    responses.push(response);
    response.on("error", () => {});
    feed.listen(response, Number(request.headers["last-event-id"] ?? 0));
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  at = { origin: `http://127.0.0.1:${(http.address() as AddressInfo).port}` };
}

afterEach(async () => {
  feed.close();
  http.closeAllConnections();
  http.close();
  await once(http, "close");
  await mock.close();
});

test("a page that reads nothing costs bounded memory, is cut off, and goes on where it was", async () => {
  const count = 25_000;
  await start({ look: 5, patience: 50 }, { ledger: { capacity: count } });
  using slow = await EventReader.open(at);
  fillLedger(mock.ledger, 10);
  await slow.until(() => slow.entries.size === 10);
  slow.pause();
  fillLedger(mock.ledger, count - 10, { payload: "x".repeat(1_000) });
  using other = await EventReader.open(at);
  let most = 0;
  await other.until(() => {
    most = Math.max(most, responses[0]!.writableLength);
    return other.entries.size === count && feed.size === 1;
  });
  expect(most).toBeGreaterThan(1 << 20);
  expect(most).toBeLessThan(MOST_UNREAD);
  const last = slow.events.at(-1)!.id;
  using again = await EventReader.open(at, "/", { "last-event-id": last });
  await again.until(() => again.entries.has(count));
  const known = new Set([...slow.entries.keys(), ...again.entries.keys()]);
  expect(known.size).toBe(count);
});

test("an answer is told although the ledger has forgotten its request", async () => {
  await start({ look: 5 }, { ledger: { capacity: 10 } });
  using reader = await EventReader.open(at);
  const entry = openEntry(mock.ledger);
  await reader.until(() => reader.entries.has(entry.id));
  fillLedger(mock.ledger, 20);
  await reader.until(() => reader.entries.has(21));
  expect(mock.ledger.get(entry.id)).toBeUndefined();
  mock.ledger.settle(entry, 503, "Shutdown");
  await reader.until(() => reader.entries.get(entry.id)?.status === 503);
});

test("a thousand answers at once are told in pieces of bounded size", async () => {
  await start({ look: 5 }, { ledger: { capacity: 1_000 } });
  using reader = await EventReader.open(at);
  const payload = "x".repeat(4_000);
  const open = Array.from({ length: 1_000 }, () => openEntry(mock.ledger, { payload }));
  await reader.until(() => reader.entries.size === 1_000);
  for (const entry of open) mock.ledger.settle(entry, 200);
  await reader.until(() => [...reader.entries.values()].every(({ status }) => status === 200));
  for (const { data } of reader.named("entries")) expect(data.entries!.length).toBeLessThan(70);
});

test("pages at different places get the same entries", async () => {
  await start({ look: 5 });
  fillLedger(mock.ledger, 30);
  using early = await EventReader.open(at);
  using late = await EventReader.open(at, "/", { "last-event-id": "20" });
  fillLedger(mock.ledger, 10);
  await Promise.all([early, late].map((reader) => reader.until(() => reader.entries.has(40))));
  expect([...early.entries.keys()]).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
  for (const [id, entry] of late.entries) expect(entry).toEqual(early.entries.get(id));
  expect(late.entries.size).toBe(20);
});

test("the state is told with the next look when it was changed on purpose", async () => {
  await start({ look: 5, state: 1e9 });
  using reader = await EventReader.open(at);
  await reader.until(() => reader.named("state").length === 1);
  mock.inject({ kind: "drop" });
  feed.hurry();
  await reader.until(() => JSON.stringify(reader.named("state").at(-1)!.data).includes('"kind":"drop"'));
});

test("a silent feed gives signs of life", async () => {
  await start({ look: 5, ping: 20 });
  using reader = await EventReader.open(at);
  await reader.until(() => reader.pings > 2);
});
