import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Control, MockApns, type MockApnsOptions } from "../src/index.ts";
import { Client, PAYLOAD, TOKEN, TOPIC } from "./support/client.ts";
import { EventReader } from "./support/events.ts";

let server: MockApns;
let control: Control;

async function start(options: MockApnsOptions = {}): Promise<void> {
  server = await MockApns.start({ auth: "anything", ...options });
  control = await Control.listen(server, 0, { ui: false });
}

beforeEach(() => start());

afterEach(async () => {
  await control.close();
  await server.close();
});

/** Enters so many pushes into the ledger, without a client. */
function fill(count: number, settle = true) {
  return Array.from({ length: count }, () => {
    const entry = server.ledger.open({
      ...{ kind: "push", connection: 1, stream: 1, method: "POST", path: `/3/device/${TOKEN}`, token: TOKEN },
      ...{
        topic: TOPIC,
        pushType: "alert",
        priority: undefined,
        expiration: undefined,
        collapseId: undefined,
      },
      ...{ apnsId: "x", bytes: PAYLOAD.length, payload: PAYLOAD },
    });
    if (settle) server.ledger.settle(entry, 200);
    return entry;
  });
}

describe("the events", () => {
  test("begin with what the ledger keeps, and go on with what arrives", async () => {
    fill(3);
    using reader = await EventReader.open(control);
    await reader.until(() => reader.entries.size === 3);
    await using client = await Client.open(server);
    await client.push();
    await reader.until(() => reader.entries.get(4)?.status === 200);
    expect([...reader.entries.keys()]).toEqual([1, 2, 3, 4]);
    expect(reader.events[0]).toMatchObject({ event: "hello", data: { lastId: 3, clearedUpTo: 0 } });
    await reader.until(() =>
      reader.named("state").some(({ data }) => JSON.stringify(data).includes('"arrived":4')),
    );
  });

  test("tell of a request when it arrives, and again when it has its answer", async () => {
    using reader = await EventReader.open(control);
    const [entry] = fill(1, false);
    await reader.until(() => reader.entries.has(1));
    expect(reader.entries.get(1)).not.toHaveProperty("settledAt");
    server.ledger.settle(entry!, 400, "BadPriority");
    await reader.until(() => reader.entries.get(1)?.status === 400);
  });

  test("have ids up to which nothing is missing, and go on behind Last-Event-ID without a gap", async () => {
    const [, waiting] = [...fill(1), ...fill(1, false)];
    fill(1);
    let last: string;
    {
      using reader = await EventReader.open(control);
      await reader.until(() => reader.entries.size === 3);
      last = reader.events.at(-1)!.id;
    }
    // The second one has no answer yet, so a page that comes back must be told of it again.
    expect(last).toBe("1");
    server.ledger.settle(waiting!, 200);
    fill(2);
    using reader = await EventReader.open(control, "/events", { "last-event-id": last });
    await reader.until(() => reader.entries.size === 4);
    expect([...reader.entries.keys()]).toEqual([2, 3, 4, 5]);
    expect([...reader.entries.values()].every(({ status }) => status === 200)).toBe(true);
  });

  test("miss nothing while the reader comes and goes under load", async () => {
    const seen = new Map<number, number | undefined>();
    let last = "0";
    for (let round = 0; round < 5; round++) {
      fill(700);
      using reader = await EventReader.open(control, "/events", { "last-event-id": last });
      await reader.until(() => reader.entries.size >= 400);
      for (const { id, status } of reader.entries.values()) seen.set(id, status);
      last = reader.events.at(-1)!.id;
    }
    using reader = await EventReader.open(control, "/events", { "last-event-id": last });
    await reader.until(() => Math.max(0, ...reader.entries.keys(), ...seen.keys()) === 3500);
    for (const { id, status } of reader.entries.values()) seen.set(id, status);
    expect(seen.size).toBe(3500);
    expect([...seen.values()].every((status) => status === 200)).toBe(true);
  });

  test("take `after` where there is no Last-Event-ID, and an id of another server for none", async () => {
    fill(5);
    using some = await EventReader.open(control, "/events?after=3");
    await some.until(() => some.entries.size === 2);
    using all = await EventReader.open(control, "/events?after=400");
    await all.until(() => all.entries.size === 5);
  });

  test("say how many entries the ledger lost before they could be told", async () => {
    await control.close();
    await server.close();
    await start({ ledger: { capacity: 10 } });
    fill(25);
    using reader = await EventReader.open(control);
    await reader.until(() => reader.entries.size === 10);
    expect(reader.named("entries")[0]!.data.forgotten).toBe(15);
  });

  test("say that the ledger was cleared, also to a page that was away", async () => {
    using reader = await EventReader.open(control);
    fill(2);
    await reader.until(() => reader.entries.size === 2);
    server.ledger.clear();
    await reader.until(() => reader.named("cleared").length === 1);
    expect(reader.named("cleared")[0]!.data.upTo).toBe(2);
    fill(1);
    await reader.until(() => reader.entries.has(3));
    using late = await EventReader.open(control, "/events?after=1");
    await late.until(() => late.entries.size === 1);
    expect(late.events[0]!.data).toMatchObject({ clearedUpTo: 2 });
    expect([...late.entries.keys()]).toEqual([3]);
  });

  test("name another run for another server at the same place", async () => {
    using first = await EventReader.open(control);
    await first.until(() => first.events.length > 0);
    const port = control.port;
    await control.close();
    control = await Control.listen(server, port, { ui: false });
    using second = await EventReader.open(control);
    await second.until(() => second.events.length > 0);
    expect(second.events[0]!.data.run).not.toBe(first.events[0]!.data.run);
  });

  test("refuse a Last-Event-ID that is none", async () => {
    using reader = await EventReader.open(control, "/events", { "last-event-id": "latest" });
    expect(reader.status).toBe(400);
  });
});

describe("pages that listen", () => {
  test("are bounded: of 1,000 at once 32 are served, the others get 503, and there is room again later", async () => {
    const readers: EventReader[] = [];
    while (readers.length < 1_000) {
      const more = Array.from({ length: 100 }, () => EventReader.open(control));
      readers.push(...(await Promise.all(more)));
    }
    const statuses = readers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(32);
    expect(statuses.filter((status) => status === 503)).toHaveLength(968);
    expect(control.listeners).toBe(32);
    fill(1);
    const served = readers.filter(({ status }) => status === 200);
    await Promise.all(served.map((reader) => reader.until(() => reader.entries.size === 1)));
    for (const reader of readers) reader[Symbol.dispose]();
    for (;;) {
      using again = await EventReader.open(control);
      if (again.status === 200) break;
    }
  });

  test("that do not read cost bounded memory, and get all when they do", async () => {
    await control.close();
    await server.close();
    await start({ ledger: { capacity: 20_000 } });
    const socket = connect(control.port, "127.0.0.1");
    socket.pause();
    socket.write("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await once(socket, "connect");
    for (const entry of fill(20_000, false)) server.ledger.settle(entry, 200);
    // Another one is told meanwhile, so the server has had its turns.
    using reader = await EventReader.open(control);
    await reader.until(() => reader.entries.size === 20_000);
    let text = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      text = (text + chunk).slice(-4000);
    });
    socket.resume();
    while (!text.includes('"id":20000,')) await once(socket, "data");
    socket.destroy();
  });

  test("end when the endpoint closes", async () => {
    using reader = await EventReader.open(control);
    await control.close();
    await expect(reader.until(() => false)).rejects.toThrow("ended");
  });
});
