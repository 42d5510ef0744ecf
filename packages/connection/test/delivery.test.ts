import { ScriptedPeer, settle } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import type { Closed, StreamReset } from "../src/index.ts";
import {
  bareConnection,
  body,
  connectTo,
  failureOf,
  Gate,
  outcomeOf,
  outcomesOf,
  path,
  push,
} from "./support/index.ts";

failOnLeaks();

describe("unsent: the server cannot have acted on it", () => {
  test("what is closed in the turn in which it was posted never leaves", async () => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    const posted = outcomeOf(to.connection.post(push(1)));
    const closed = to.connection.close();
    expect(await posted).toBe("Closed unsent");
    await closed;
    await to.session.whenClosed();
    expect(peer.received).toEqual([]);
    expect(to.session.frames.at(-1)).toMatchObject({ type: "GOAWAY", lastStreamId: 0 });
  });

  test("what gathers behind a write that does not get through never leaves, when the connection dies", async () => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    to.session.windowUpdate(0, 2 ** 30);
    await to.session.roundTrip();
    to.session.stopReading();
    const large: Promise<unknown>[] = [];
    // Until the kernel takes no more: then the write stays under way.
    do {
      for (let i = 0; i < 50; i++) large.push(outcomeOf(to.connection.post(body(65_000, i))));
      await settle(50);
    } while (to.connection.stats().pending === 0);
    const late = [outcomeOf(to.connection.post(push(7_001))), outcomeOf(to.connection.post(push(7_002)))];
    await settle();
    to.session.destroy();
    expect(await Promise.all(late)).toEqual(["Closed unsent", "Closed unsent"]);
    // They leave in pieces, oldest first: up to some request they are unknown, from then on unsent.
    const outcomes = await Promise.all(large);
    const handedOver =
      outcomes.indexOf("Closed unsent") < 0 ? outcomes.length : outcomes.indexOf("Closed unsent");
    expect(handedOver).toBeGreaterThan(0);
    expect(new Set(outcomes.slice(0, handedOver))).toEqual(new Set(["Closed unknown"]));
    expect(new Set(outcomes.slice(handedOver))).not.toContain("Closed unknown");
    expect(peer.received.some((request) => request.path === path(7_001))).toBe(false);
  });

  test("what gathers behind a write that fails never leaves", async () => {
    await using peer = await ScriptedPeer.listen({ tls: false });
    const gate = await Gate.to(peer.port);
    // Without TLS in between, which would notice the failure first.
    await using bare = bareConnection("https://127.0.0.1");
    const { connection, transport } = bare;
    gate.on("data", transport.receive);
    await transport.start(gate as never);
    const session = await peer.session();
    await session.roundTrip();
    gate.hold();
    const first = outcomeOf(connection.post(push(1)));
    await settle();
    const second = outcomeOf(connection.post(push(2)));
    gate.fail(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
    expect([await first, await second]).toEqual(["Closed unknown", "Closed unsent"]);
    expect(peer.received).toEqual([]);
  });

  test("a stream above the last id of a GOAWAY", async () => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    const posted = [push(1), push(2)].map((request) => to.connection.post(request));
    await to.session.requests(2);
    to.session.goaway({ lastStreamId: 1, debug: { reason: "Shutdown" } });
    expect(await failureOf<Closed>(posted[1]!)).toMatchObject({
      name: "Closed",
      code: "ERR_APNS_CLOSED",
      delivery: "unsent",
      reason: "Shutdown",
    });
    to.session.respond(1);
    expect(await outcomeOf(posted[0]!)).toBe(200);
  });

  test("a refused stream", async () => {
    await using peer = await ScriptedPeer.listen({ respond: (request) => request.reset("REFUSED_STREAM") });
    await using to = await connectTo(peer);
    expect(await failureOf<StreamReset>(to.connection.post(push()))).toMatchObject({
      name: "StreamReset",
      code: "ERR_APNS_STREAM_RESET",
      delivery: "unsent",
      errorCode: 7,
    });
  });

  test("what is turned away: blocked, closed, past its deadline, aborted before it began", async () => {
    await using peer = await ScriptedPeer.listen({ settings: { maxConcurrentStreams: 1 } });
    await using to = await connectTo(peer);
    const first = to.connection.post(push(1));
    expect(await outcomeOf(to.connection.post(push(2)))).toBe("Blocked unsent");
    expect(await outcomeOf(to.connection.post(push(3, { timeout: 0 })))).toBe("Timeout unsent");
    expect(await outcomeOf(to.connection.post(push(4), { signal: AbortSignal.abort() }))).toBe(
      "AbortError unsent",
    );
    (await to.session.request()).respond();
    await first;
    await to.connection.close();
    expect(await outcomeOf(to.connection.post(push(5)))).toBe("Closed unsent");
    expect(peer.received.map((request) => request.path)).toEqual([path(1)]);
  });
});

describe("unknown: the server may have acted on it", () => {
  test("handed to the socket when the connection is lost", async () => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    const posted = to.connection.post(push());
    await to.session.request();
    to.session.destroy();
    expect(await outcomeOf(posted)).toBe("Closed unknown");
  });

  test("handed to the socket when the connection is closed", async () => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    const posted = outcomeOf(to.connection.post(push()));
    await to.session.request();
    await to.connection.close();
    expect(await posted).toBe("Closed unknown");
  });

  test("what is given up in the turn in which it was posted never leaves", async () => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    const giveUp = new AbortController();
    const given = outcomeOf(to.connection.post(push(1), { signal: giveUp.signal }));
    const kept = outcomeOf(to.connection.post(push(2)));
    giveUp.abort();
    expect(await given).toBe("AbortError unsent");
    const second = await to.session.request();
    expect([second.path, second.streamId]).toEqual([path(2), 3]);
    second.respond();
    expect(await kept).toBe(200);
    expect(to.session.received.map(({ streamId }) => streamId)).toEqual([3]);
  });

  test("given up, timed out, reset otherwise, answered wrongly or at too great a length", async () => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer, { limits: { maxBodyLength: 10 } });
    const giveUp = new AbortController();
    const posted = [
      to.connection.post(push(0), { signal: giveUp.signal }),
      to.connection.post(push(1, { timeout: 500 })),
      ...[2, 3, 4, 5].map((number) => to.connection.post(push(number))),
    ];
    const outcomes = outcomesOf(posted);
    const requests = await to.session.requests(6);
    giveUp.abort();
    requests[2]!.reset("CANCEL");
    requests[3]!.respond({ headers: { "content-length": "x" } });
    requests[4]!.respond({ body: "01234567890" });
    to.session.headers(requests[5]!.streamId, [[":status", "200"]]);
    requests[5]!.reset("REFUSED_STREAM");
    expect(await outcomes).toEqual([
      "AbortError unknown",
      "Timeout unknown",
      "StreamReset unknown",
      "FormatError unknown",
      "ResponseTooLarge unknown",
      "StreamReset unknown",
    ]);
  });

  test("at or below the last id of a GOAWAY when the connection is lost", async () => {
    await using peer = await ScriptedPeer.listen();
    await using to = await connectTo(peer);
    const outcomes = outcomesOf([push(1), push(2)].map((request) => to.connection.post(request)));
    await to.session.requests(2);
    to.session.goaway({ lastStreamId: 1 });
    await to.session.roundTrip();
    to.session.destroy();
    expect(await outcomes).toEqual(["Closed unknown", "Closed unsent"]);
  });
});

test("those that come back from a dying connection come newest first, so that a queue takes them back in order", async () => {
  await using peer = await ScriptedPeer.listen();
  await using to = await connectTo(peer);
  const order: number[] = [];
  for (const number of [1, 2, 3, 4]) {
    to.connection.post(push(number)).catch(() => order.push(number));
  }
  await to.session.requests(4);
  to.session.goaway({ lastStreamId: 3 });
  await to.session.roundTrip();
  expect(order).toEqual([4, 3]);
  await to.connection.close();
  expect(order).toEqual([4, 3, 2, 1]);
});
