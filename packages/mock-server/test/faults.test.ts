import { once } from "node:events";
import { connect, constants } from "node:http2";
import { connect as connectTcp } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Fault, MockApns } from "../src/index.ts";
import { Client, closed, type Reply, TOKEN, TOPIC } from "./support/client.ts";
import { RawClient } from "./support/raw-client.ts";

const SLOW = "cc".repeat(32);
const LONG = 60_000;

let server: MockApns;
let client: Client;

beforeEach(async () => {
  server = await MockApns.start({ auth: "anything" });
  client = await Client.open(server);
});

afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await server.close();
});

/** Starts a push that stays in flight, and waits until the server has it. */
async function inFlight(latency = LONG): Promise<{ reply: Promise<Reply | string> }> {
  const { id } = server.inject({ kind: "latency", latency, token: SLOW });
  const before = server.ledger.totals.arrived;
  const reply = outcome(client.push({ ":path": `/3/device/${SLOW}` }));
  while (server.ledger.totals.arrived === before) await pong(client);
  server.removeFault(id);
  return { reply };
}

/** A round trip, after which all that was sent before has been read. */
function pong(through: Client): Promise<void> {
  return new Promise((resolve, reject) =>
    through.session.ping((error) => (error ? reject(error) : resolve())),
  );
}

/** The reply, or what went wrong. */
function outcome(reply: Promise<Reply>): Promise<Reply | string> {
  return reply.catch((error: Error) => error.message);
}

function status(reply: Reply | string): number | string {
  return typeof reply === "string" ? reply : reply.status;
}

describe("an answer fault", () => {
  test("gives the reason to the next N, and then is over", async () => {
    server.inject({ kind: "answer", reason: "ServiceUnavailable", times: 2 });
    const replies = [await client.push(), await client.push(), await client.push()];
    expect(replies.map((reply) => reply.status)).toEqual([503, 503, 200]);
    expect(server.faults).toEqual([]);
    expect(server.ledger.entries().map(({ fault, acted }) => [fault, acted])).toEqual([
      ["answer", false],
      ["answer", false],
      [undefined, true],
    ]);
  });

  test("hits one device token, one topic or one connection only", async () => {
    server.inject({ kind: "answer", reason: "TooManyRequests", token: SLOW.toUpperCase() });
    server.inject({ kind: "answer", reason: "Shutdown", topic: "com.example.other" });
    await using other = await Client.open(server);
    server.inject({ kind: "answer", reason: "InternalServerError", connection: 2 });
    expect((await client.push({ ":path": `/3/device/${SLOW}` })).status).toBe(429);
    expect((await client.push({ "apns-topic": "com.example.other" })).reason).toBe("Shutdown");
    expect((await client.push()).status).toBe(200);
    expect((await other.push()).status).toBe(500);
  });

  test("sticks to its connection if told so", async () => {
    server.inject({ kind: "answer", reason: "InternalServerError", sticky: true, times: 1 });
    for (let i = 0; i < 3; i++) expect((await client.push()).status).toBe(500);
    await using other = await Client.open(server);
    expect((await other.push()).status).toBe(200);
  });

  test("may hide that the push was acted on, and may carry a retry-after", async () => {
    server.inject({ kind: "answer", reason: "InternalServerError", acted: true, retryAfter: 7 });
    expect((await client.push()).headers["retry-after"]).toBe("7");
    expect(server.ledger.totals).toMatchObject({ arrived: 1, acted: 1, refused: 1 });
  });

  test("has a timestamp with a 410", async () => {
    server.inject({ kind: "answer", reason: "Unregistered", timestamp: 1_700_000_000_000 });
    expect(await client.push()).toMatchObject({ status: 410, timestamp: 1_700_000_000_000 });
  });

  test("hits the same requests again with the same seed, and others with another", async () => {
    const run = async (seed: number) => {
      const fault: Fault = { kind: "answer", reason: "ServiceUnavailable", share: 0.3 };
      await using seeded = await MockApns.start({ auth: "anything", seed, faults: [fault] });
      await using connection = await Client.open(seeded);
      const statuses: number[] = [];
      for (let i = 0; i < 100; i++) statuses.push((await connection.push()).status);
      return statuses.join();
    };
    const first = await run(7);
    expect(await run(7)).toBe(first);
    expect(await run(8)).not.toBe(first);
    const hits = first.split(",").filter((code) => code === "503").length;
    expect(hits).toBeGreaterThan(15);
    expect(hits).toBeLessThan(45);
  });

  test("ends when it is removed", async () => {
    const { id } = server.inject({ kind: "answer", reason: "Shutdown" });
    expect((await client.push()).status).toBe(503);
    expect(server.faults).toMatchObject([{ id, hits: 1 }]);
    expect(server.removeFault(id)).toBe(true);
    expect(server.removeFault(id)).toBe(false);
    expect((await client.push()).status).toBe(200);
  });
});

describe("latency", () => {
  test("delays answers and adds up with the server's own, which can be changed", async () => {
    server.setLatency(20);
    server.inject({ kind: "latency", latency: 30, times: 1 });
    const started = performance.now();
    await client.push();
    expect(performance.now() - started).toBeGreaterThanOrEqual(49);
    server.setLatency(0);
    expect((await client.push()).status).toBe(200);
  });

  test("lets what a client cancels go without acting on it", async () => {
    server.setLatency(LONG);
    const stream = client.session.request({
      ":method": "POST",
      ":path": `/3/device/${TOKEN}`,
      "apns-topic": TOPIC,
    });
    stream.end("{}");
    while (server.ledger.totals.arrived === 0) await pong(client);
    stream.close(constants.NGHTTP2_CANCEL);
    const [entry] = await server.received();
    expect(entry).toMatchObject({ acted: false, status: undefined });
  });
});

describe("a GOAWAY", () => {
  test("has Apple's JSON, lets everything that came finish, and then closes", async () => {
    const slow = await inFlight(50);
    server.inject({ kind: "goaway", reason: "Shutdown", times: 1 });
    const gone = closed(client.session);
    expect((await client.push()).status).toBe(200);
    expect(status(await slow.reply)).toBe(200);
    await gone;
    expect(client.goaways).toEqual([{ code: 0, last: 3, debug: '{"reason":"Shutdown"}' }]);
  });

  test("with last stream 0 gives up everything, and nothing of it was acted on", async () => {
    const slow = await inFlight();
    server.inject({ kind: "goaway", reason: "InternalServerError", lastStreamId: 0, times: 1 });
    const gone = closed(client.session);
    const replies = [await outcome(client.push()), await slow.reply];
    expect(replies.every((reply) => typeof reply === "string")).toBe(true);
    await gone;
    expect(client.goaways[0]).toMatchObject({ last: 0 });
    expect(server.ledger.totals).toMatchObject({ arrived: 2, acted: 0, unanswered: 2 });
  });

  test("at the last stream acted on keeps what is below it, and gives up what is above", async () => {
    const slow = await inFlight(50);
    expect((await client.push()).status).toBe(200);
    server.inject({ kind: "goaway", lastStreamId: "acted", times: 1 });
    expect(typeof (await outcome(client.push()))).toBe("string");
    expect(status(await slow.reply)).toBe(200);
    expect(client.goaways).toMatchObject([{ last: 3 }]);
    expect(server.ledger.totals).toMatchObject({ arrived: 3, acted: 2, unanswered: 1 });
  });

  test("never overtakes an answer that it would make void", async () => {
    server.inject({ kind: "goaway", lastStreamId: 0, token: SLOW });
    const burst = Array.from({ length: 200 }, (_, i) =>
      outcome(client.push(i === 150 ? { ":path": `/3/device/${SLOW}` } : {})),
    );
    const replies = await Promise.all(burst);
    expect(replies.filter((reply) => status(reply) === 200)).toHaveLength(server.ledger.totals.acted);
  });

  test("may come with another code and with text, as APNs's own has been seen", async () => {
    const text = "Maximum active streams violated for this endpoint.";
    const gone = closed(client.session);
    expect(server.strike({ kind: "goaway", text, code: 7 })).toBe(1);
    await gone;
    expect(client.goaways).toEqual([{ code: 7, last: 0, debug: text }]);
  });

  test("may be followed by an empty one", async () => {
    await using raw = await RawClient.open(server.port, server.ca, { ALPNProtocols: ["h2"] });
    raw.socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
    await raw.frame(4);
    const ended = once(raw.socket, "end");
    server.strike({ kind: "goaway", reason: "Shutdown", twice: true });
    await ended;
    const goaways = raw.frames.filter((frame) => frame.type === 7);
    expect(goaways.map((frame) => frame.payload.subarray(8).toString())).toEqual([
      '{"reason":"Shutdown"}',
      "",
    ]);
  });

  test("may be announced by one with 2³¹−1, and serves what comes between the two", async () => {
    await using raw = await RawClient.open(server.port, server.ca, { ALPNProtocols: ["h2"] });
    raw.socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
    await raw.frame(4);
    const ended = once(raw.socket, "end");
    server.strike({ kind: "goaway", announce: 20 });
    await raw.frame(7);
    const block = "\x83\x87\x01\x01a\x04\x0c/3/device/aa";
    raw.socket.write(
      Buffer.from(`\0\0${String.fromCharCode(block.length)}\x01\x05\0\0\0\x01${block}`, "latin1"),
    );
    await ended;
    const last = raw.frames.filter((frame) => frame.type === 7).map((frame) => frame.payload.readUInt32BE(0));
    expect(last).toEqual([2 ** 31 - 1, 1]);
    expect(raw.frames.some((frame) => frame.type === 1 && frame.stream === 1)).toBe(true);
  });

  test("takes no more requests, and acts on none that come too late", async () => {
    await inFlight(50);
    server.strike({ kind: "goaway" });
    const late = outcome(client.push());
    expect(typeof (await late)).toBe("string");
    expect(server.ledger.totals).toMatchObject({ arrived: 1 });
  });

  test("can be sent to one connection", async () => {
    await using other = await Client.open(server);
    expect(server.strike({ kind: "goaway" }, 2)).toBe(1);
    await closed(other.session);
    expect((await client.push()).status).toBe(200);
  });
});

describe("a reset", () => {
  test.each([
    ["REFUSED_STREAM", 7],
    [5, 5],
    ["ENHANCE_YOUR_CALM", 11],
  ])("with %j arrives as error %i, and the connection goes on", async (code, number) => {
    server.inject({ kind: "reset", code, times: 1 });
    const stream = client.session.request({ ":method": "POST", ":path": `/3/device/${TOKEN}` });
    stream.on("error", () => {});
    stream.end("{}");
    await closed(stream);
    expect(stream.rstCode).toBe(number);
    expect(server.ledger.totals).toMatchObject({ arrived: 1, acted: 0, unanswered: 1 });
    expect((await client.push()).status).toBe(200);
  });

  test("may come after the push was acted on", async () => {
    server.inject({ kind: "reset", code: "INTERNAL_ERROR", acted: true });
    await outcome(client.push());
    expect(server.ledger.totals).toMatchObject({ acted: 1, unanswered: 1 });
  });
});

describe("a change of the stream limit", () => {
  test("comes with a request, which is answered, or at once", async () => {
    server.inject({ kind: "settings", maxConcurrentStreams: 3, times: 1 });
    expect((await client.push()).status).toBe(200);
    expect(client.limits).toEqual([1000, 3]);
    server.strike({ kind: "settings", maxConcurrentStreams: 0 });
    await pong(client);
    expect(client.limits).toEqual([1000, 3, 0]);
    expect(server.connections[0]?.streamLimit).toBe(0);
  });
});

describe("a stall", () => {
  test("of a stream leaves that request without an answer, and no other", async () => {
    server.inject({ kind: "stall", token: SLOW });
    const stalled = outcome(client.push({ ":path": `/3/device/${SLOW}` }));
    expect((await client.push()).status).toBe(200);
    client.session.destroy();
    expect(typeof (await stalled)).toBe("string");
    expect(server.ledger.totals).toMatchObject({ arrived: 2, acted: 1, unanswered: 1 });
  });

  test("of a stream may end, and then answers", async () => {
    server.inject({ kind: "stall", ms: 20, times: 1 });
    expect((await client.push()).status).toBe(200);
  });

  test("of a connection leaves even a PING without an answer, and what is in flight undone", async () => {
    const slow = await inFlight(10);
    server.inject({ kind: "stall", scope: "connection", times: 1 });
    const push = outcome(client.push());
    await server.received({ connection: 1, count: 1 });
    let answered = false;
    client.session.ping((error) => {
      answered ||= error === null;
    });
    await using other = await Client.open(server);
    for (let i = 0; i < 5; i++) expect((await other.push()).status).toBe(200);
    await server.received({ connection: 1, count: 2 });
    expect(answered).toBe(false);
    client.session.destroy();
    await Promise.all([slow.reply, push]);
    expect(server.ledger.count({ connection: 1, acted: true })).toBe(0);
  });

  test("of a connection may end, and then everything goes on", async () => {
    server.inject({ kind: "stall", scope: "connection", ms: 30, times: 1 });
    const started = performance.now();
    expect((await client.push()).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThanOrEqual(29);
    await pong(client);
    expect((await client.push()).status).toBe(200);
  });
});

describe("a dropped socket", () => {
  test.each([
    [false, 0],
    [true, 2],
  ])("loses what is in flight, acted on: %j", async (acted, count) => {
    const slow = await inFlight();
    server.inject({ kind: "drop", acted, times: 1 });
    const gone = closed(client.session);
    expect(typeof (await outcome(client.push()))).toBe("string");
    expect(typeof (await slow.reply)).toBe("string");
    await gone;
    expect(client.goaways).toEqual([]);
    expect(server.ledger.totals).toMatchObject({ arrived: 2, acted: count, unanswered: 2 });
  });
});

test("a socket that is dropped with effect does not undo an answer that was given before", async () => {
  server.inject({ kind: "answer", reason: "TooManyRequests", times: 1 });
  // In the very turn in which it was answered: its stream is still open.
  const stop = server.ledger.subscribe(() => server.strike({ kind: "drop", acted: true }));
  const gone = closed(client.session);
  await outcome(client.push());
  await gone;
  stop();
  expect(server.ledger.totals).toMatchObject({ arrived: 1, acted: 0, refused: 1 });
});

describe("a refused connection", () => {
  test("is closed before TLS, and the next one is served", async () => {
    server.inject({ kind: "refuse", times: 1 });
    const session = connect(server.origin, { ca: server.ca });
    session.on("error", () => {});
    await closed(session);
    await using next = await Client.open(server);
    expect((await next.push()).status).toBe(200);
  });

  test("may be closed after the handshake", async () => {
    server.inject({ kind: "refuse", how: "close-after-handshake", times: 1 });
    await using raw = await RawClient.open(server.port, server.ca, { ALPNProtocols: ["h2"] });
    expect(raw.socket.alpnProtocol).toBe("h2");
    await closed(raw.socket);
    expect(raw.frames).toEqual([]);
  });

  test("may hang before TLS", async () => {
    server.inject({ kind: "refuse", how: "hang", times: 1 });
    const socket = connectTcp(server.port, "127.0.0.1");
    await once(socket, "connect");
    let said = false;
    socket.on("data", () => {
      said = true;
    });
    // The first bytes of a ClientHello record: a server that listens would object to what follows.
    socket.write(Buffer.from("160301000500000000ff", "hex"));
    for (let i = 0; i < 3; i++) await client.push();
    expect(said).toBe(false);
    expect(socket.destroyed).toBe(false);
    socket.destroy();
    await closed(socket);
  });
});

describe("a server that does not listen for a while", () => {
  test("refuses connections, keeps those that are open, and comes back at the same port", async () => {
    server.pauseListening();
    const socket = connectTcp(server.port, "127.0.0.1");
    const error = await new Promise((resolve) => socket.once("error", resolve));
    expect(error).toMatchObject({ code: "ECONNREFUSED" });
    expect((await client.push()).status).toBe(200);
    await server.resumeListening();
    await using next = await Client.open(server);
    expect((await next.push()).status).toBe(200);
  });

  test("can be closed", async () => {
    server.pauseListening();
    const gone = closed(client.session);
    await server.close();
    await gone;
  });
});

describe("a fault that makes no sense is refused", () => {
  test.each<[string, unknown, RegExp]>([
    ["an unknown kind", { kind: "flood" }, /`kind` of a fault must be answer, .*; received "flood"/],
    [
      "an unknown reason",
      { kind: "answer", reason: "Tired" },
      /`reason` of a fault answer must be a reason of APNs.*; received "Tired"/,
    ],
    [
      "a share above 1",
      { kind: "drop", share: 2 },
      /`share` of a fault drop must be a number from 0 to 1; received 2/,
    ],
    [
      "no times",
      { kind: "drop", times: 0 },
      /`times` of a fault drop must be a number, 1 or more; received 0/,
    ],
    [
      "an unknown code",
      { kind: "reset", code: "OOPS" },
      /`code` of a fault reset must be .* HTTP\/2 error code.*; received "OOPS"/,
    ],
    ["half a stream", { kind: "settings", maxConcurrentStreams: 0.5 }, /received 0.5/],
    [
      "an unknown scope",
      { kind: "stall", scope: "world" },
      /`scope` of a fault stall must be "stream" or "connection"; received "world"/,
    ],
    [
      "a stall of negative length",
      { kind: "stall", ms: -1 },
      /`ms` of a fault stall must be a number of milliseconds, 0 or more; received -1/,
    ],
    [
      "an unknown refusal",
      { kind: "refuse", how: "rudely" },
      /`how` of a fault refuse must be "close", .*; received "rudely"/,
    ],
    [
      "an unknown last stream",
      { kind: "goaway", lastStreamId: "first" },
      /`lastStreamId` of a fault goaway must be .*; received "first"/,
    ],
    [
      "a negative latency",
      { kind: "latency", latency: -5 },
      /`latency` of a fault latency must be .*; received -5/,
    ],
    [
      "a distribution upside down",
      { kind: "latency", latency: { min: 5, max: 1 } },
      /`min` of a latency must not be above `max`; received 5 and 1/,
    ],
    [
      "another distribution",
      { kind: "latency", latency: { shape: "odd" } },
      /`latency` of a fault latency must be milliseconds, .*; received an object/,
    ],
  ])("%s", (_what, fault, message) => {
    expect(() => server.inject(fault as Fault)).toThrow(message);
    expect(server.faults).toEqual([]);
  });
});
