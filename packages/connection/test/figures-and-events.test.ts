import { once } from "node:events";
import { inspect } from "node:util";
import { ScriptedPeer, settle } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { expect, test } from "vitest";
import { body, connectTo, outcomeOf, outcomesOf, push } from "./support/index.ts";

failOnLeaks();

test("the figures through the life of a connection", async () => {
  await using peer = await ScriptedPeer.listen({
    settings: { maxConcurrentStreams: 3, initialWindowSize: 10 },
    automatic: { windowUpdates: false },
  });
  await using to = await connectTo(peer);
  await to.session.roundTrip();
  await settle();
  const idle = {
    state: "active",
    inflight: 0,
    capacity: 3,
    buffered: 0,
    pending: 0,
    blocked: false,
    answered: 0,
  };
  expect(to.connection.stats()).toEqual(idle);

  const outcomes = outcomesOf([to.connection.post(body(5, 1)), to.connection.post(body(30, 2))]);
  expect(to.connection.stats()).toMatchObject({ inflight: 2, capacity: 1, buffered: 20, blocked: false });
  expect(to.connection.stats().pending).toBeGreaterThan(15);
  (await to.session.request()).respond();
  await to.session.roundTrip();
  await settle();
  expect(to.connection.stats()).toEqual({ ...idle, inflight: 1, capacity: 2, buffered: 20, answered: 1 });

  to.session.goaway({ lastStreamId: 3 });
  await to.session.roundTrip();
  expect(to.connection.stats()).toMatchObject({ state: "draining", inflight: 1, capacity: 0, blocked: true });
  to.session.respond(3);
  expect(await outcomes).toEqual([200, 200]);
  await to.session.whenClosed();
  await to.connection.close();
  expect(to.connection.stats()).toEqual({
    ...idle,
    state: "closed",
    capacity: 0,
    blocked: true,
    answered: 2,
  });
});

test("answers of every status are counted, failures are not", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const outcomes = outcomesOf([1, 2, 3].map((number) => to.connection.post(push(number))));
  const [first, second, third] = await to.session.requests(3);
  first!.respond();
  second!.respond({ status: 503 });
  third!.reset("CANCEL");
  await outcomes;
  expect(to.connection.stats().answered).toBe(2);
});

test("events come in order, each once", async () => {
  await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 1 } });
  await using to = await connectTo(peer);
  const events: unknown[] = [];
  to.connection.on("capacity", () => events.push("capacity"));
  to.connection.on("draining", (reason) => events.push(["draining", reason, to.connection.state]));
  to.connection.on("closed", (reason) => events.push(["closed", reason, to.connection.inflight]));
  const first = outcomeOf(to.connection.post(push(1)));
  expect(await outcomeOf(to.connection.post(push(2)))).toBe("Blocked unsent");
  (await to.session.request()).respond();
  await first;
  const last = outcomeOf(to.connection.post(push(3)));
  await to.session.request();
  to.session.goaway({ lastStreamId: 3, debug: { reason: "Shutdown" } });
  to.session.destroy();
  expect(await last).toBe("Closed unknown");
  await to.connection.close();
  expect(events).toEqual(["capacity", ["draining", "Shutdown", "draining"], ["closed", "Shutdown", 0]]);
});

test("Blocked says what is missing", async () => {
  await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 1 } });
  await using to = await connectTo(peer);
  const posted = outcomeOf(to.connection.post(push()));
  await expect(to.connection.post(push())).rejects.toThrow("no stream is free: 1 are open");
  (await to.session.request()).respond();
  await posted;
  to.transport.probe();
  await expect(to.connection.post(push())).rejects.toThrow("waiting for a sign of life");
});

test("room() is what capacity promises, and 0 once nothing is taken", async () => {
  await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 7 } });
  await using to = await connectTo(peer);
  expect([to.transport.room(push()), to.connection.capacity]).toEqual([7, 7]);
  await to.connection.close();
  expect([to.transport.room(push()), to.connection.capacity]).toEqual([0, 0]);
});

test("room() and capacity agree while a sign of life is awaited", async () => {
  await using peer = await ScriptedPeer.listen({ automatic: { pingAck: false } });
  await using to = await connectTo(peer);
  await to.session.roundTrip();
  to.transport.probe();
  expect([to.transport.room(push()), to.connection.capacity, to.connection.stats().blocked]).toEqual([
    0,
    0,
    true,
  ]);
  to.session.acknowledgePing((await to.session.nextFrame("PING", (frame) => !frame.ack)).opaque);
  await to.session.roundTrip();
  const posted = outcomeOf(to.connection.post(push()));
  to.transport.probe();
  // Something is in flight already: another request risks nothing more.
  expect([to.transport.room(push()), to.connection.capacity, to.connection.stats().blocked]).toEqual([
    999,
    999,
    false,
  ]);
  await to.connection.close();
  await posted;
});

test("submit() tells a handler once; cancel() tells it nothing", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const heard: string[] = [];
  const handler = (name: string) => ({
    onResponse: ({ status }: { status: number }) => void heard.push(`${name} ${status}`),
    onFailure: (error: Error) => void heard.push(`${name} ${error.name}`),
  });
  to.transport.submit(push(1), handler("a"));
  const cancelled = to.transport.submit(push(2), handler("b"));
  to.transport.submit(push(3), handler("c"));
  const [first, , third] = await to.session.requests(3);
  expect([to.transport.cancel(cancelled), to.transport.cancel(cancelled)]).toEqual(["unknown", "unknown"]);
  first!.respond();
  third!.reset("REFUSED_STREAM");
  await to.session.roundTrip();
  expect(heard).toEqual(["a 200", "c StreamReset"]);
  await to.connection.close();
  expect(() => to.transport.submit(push(), handler("d"))).toThrow("closed: close");
  expect(heard).toHaveLength(2);
});

test("console.log of a connection shows nothing of its requests or credentials", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const posted = outcomeOf(to.connection.post(push(424_242)));
  const shown = inspect(to.connection, { depth: 10, showHidden: true });
  expect(shown).not.toMatch(/424242|BEGIN|com\.example/);
  await to.connection.close();
  await posted;
});

test("console.log of a connection is one line with its figures", async () => {
  await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 10 } });
  await using to = await connectTo(peer);
  const posted = [1, 2, 3].map((number) => outcomeOf(to.connection.post(push(number))));
  const { host } = new URL(peer.origin);
  expect(inspect(to.connection, { showHidden: true, getters: true })).toBe(
    `Connection { ${host}, active, inflight 3, capacity 7 }`,
  );
  await to.connection.close();
  expect(inspect(to.connection)).toBe(`Connection { ${host}, closed, inflight 0, capacity 0 }`);
  await Promise.all(posted);
});

test("capacity is emitted after it was read as 0, without any post", async () => {
  await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 1 } });
  await using to = await connectTo(peer);
  const posted = outcomeOf(to.connection.post(push()));
  const request = await to.session.request();
  expect(to.connection.capacity).toBe(0);
  const room = once(to.connection, "capacity");
  request.respond();
  await room;
  expect(to.connection.capacity).toBe(1);
  await posted;
});

test("an aborted request asks whether the server is still there, as one that times out does", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const giveUp = new AbortController();
  const posted = outcomeOf(to.connection.post(push(), { signal: giveUp.signal }));
  await to.session.request();
  giveUp.abort();
  expect(await posted).toBe("AbortError unknown");
  // An abort is no suspicion: the connection takes requests meanwhile.
  expect([to.transport.doubtful, to.connection.capacity]).toEqual([true, 1_000]);
  await to.session.nextFrame("PING", (frame) => !frame.ack);
});

test.each([[new AbortController()], [new EventTarget()], [{ aborted: false }], [{}], ["signal"], [null]])(
  "a signal that is none is refused: %o",
  async (signal) => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    const refused = to.connection.post(push(), { signal: signal as never });
    await expect(refused).rejects.toMatchObject({ name: "InvalidOption", option: "signal" });
    expect(to.connection.inflight).toBe(0);
  },
);

test.each([[undefined], [{}], ["/3/device/1"]])(
  "post of what is no Request is refused: %o",
  async (request) => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    await expect(to.connection.post(request as never)).rejects.toMatchObject({
      name: "InvalidRequest",
      field: "request",
    });
  },
);
