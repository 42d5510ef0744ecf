import { once } from "node:events";
import http2 from "node:http2";
import { connect as connectTcp } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import {
  clientCertificate,
  ScriptedPeer,
  type ScriptedPeerOptions,
  type ScriptedSession,
} from "../src/index.ts";
import { failOnLeaks } from "../src/leaks.ts";

failOnLeaks();

/** A peer, and a client of nghttp2 that has received its SETTINGS. */
async function meet(options: ScriptedPeerOptions = {}) {
  const peer = await ScriptedPeer.listen(options);
  const client = http2.connect(peer.origin, { ca: peer.ca });
  client.on("error", () => {});
  const session = await peer.session();
  return {
    peer,
    client,
    session,
    async [Symbol.asyncDispose]() {
      client.destroy();
      await session.whenClosed();
      await peer.close();
    },
  };
}

function post(client: http2.ClientHttp2Session, path = "/3/device/abc", body: string | Buffer = "") {
  const stream = client.request({ ":method": "POST", ":path": path });
  stream.on("error", () => {});
  stream.end(body);
  return stream;
}

async function answerTo(stream: http2.ClientHttp2Stream) {
  const [headers] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
  return { status: headers[":status"], headers, body: Buffer.concat(await stream.toArray()).toString() };
}

/** Code of the RST_STREAM that a stream ended with. */
async function resetOf(stream: http2.ClientHttp2Stream): Promise<number> {
  if (!stream.closed) await new Promise((resolve) => stream.once("close", resolve));
  return stream.rstCode;
}

test("reads a request and answers it", async () => {
  await using scene = await meet();
  const stream = post(scene.client, "/3/device/abc", '{"aps":{}}');
  const request = await scene.session.request();
  expect([request.streamId, request.path, request.json()]).toEqual([1, "/3/device/abc", { aps: {} }]);
  request.respond({ status: 429, headers: { "apns-id": "1" }, body: { reason: "TooManyRequests" } });
  const answer = await answerTo(stream);
  expect(answer).toMatchObject({ status: 429, body: '{"reason":"TooManyRequests"}' });
  expect(answer.headers["apns-id"]).toBe("1");
});

test("sends a body in several DATA frames, interim answers, padding and trailers", async () => {
  await using scene = await meet();
  const stream = post(scene.client);
  const interim = once(stream, "headers");
  const trailers = once(stream, "trailers");
  const { streamId } = await scene.session.request();
  scene.session.headers(streamId, { ":status": 103 });
  scene.session.headers(streamId, { ":status": 200 }, { padding: 50, continuation: 1 });
  scene.session.data(streamId, "one", { padding: 255 });
  scene.session.data(streamId, "two");
  scene.session.headers(streamId, { "x-end": "1" }, { endStream: true });
  expect((await interim)[0][":status"]).toBe(103);
  expect(await answerTo(stream)).toMatchObject({ status: 200, body: "onetwo" });
  expect((await trailers)[0]["x-end"]).toBe("1");
});

test("respond() writes each element of a list as a DATA frame, and trailers", async () => {
  await using scene = await meet();
  const stream = post(scene.client);
  const trailers = once(stream, "trailers");
  (await scene.session.request()).respond({ body: ["a", "", "b"], trailers: { "x-end": "2" } });
  expect((await answerTo(stream)).body).toBe("ab");
  expect((await trailers)[0]["x-end"]).toBe("2");
});

test("an answer larger than the client's windows waits for them", async () => {
  await using scene = await meet();
  const body = "x".repeat(300_000);
  const stream = post(scene.client);
  (await scene.session.request()).respond({ body });
  expect((await answerTo(stream)).body).toBe(body);
  expect(scene.session.frames.some((frame) => frame.type === "WINDOW_UPDATE")).toBe(true);
});

test("answers automatically, for the whole peer and for requests that already wait", async () => {
  await using scene = await meet();
  const streams = [post(scene.client), post(scene.client)];
  await scene.session.requests(2);
  scene.session.autoRespond((request) => ({ headers: { "x-stream": request.streamId } }));
  const answers = await Promise.all([...streams, post(scene.client)].map(answerTo));
  expect(answers.map((answer) => answer.headers["x-stream"])).toEqual(["1", "3", "5"]);
});

test("shows a request before its body is complete", async () => {
  await using scene = await meet({
    settings: { initialWindowSize: 100 },
    automatic: { windowUpdates: false },
  });
  await scene.session.nextFrame("SETTINGS", (frame) => frame.ack);
  const stream = post(scene.client, "/", "b".repeat(4096));
  const request = await scene.session.requestHead();
  await scene.session.nextFrame("DATA");
  await scene.session.roundTrip();
  expect([request.complete, request.body.length]).toEqual([false, 100]);
  scene.session.windowUpdate(request.streamId, 3_996);
  await scene.session.request();
  expect([request.complete, request.body.length]).toEqual([true, 4096]);
  request.respond();
  expect((await answerTo(stream)).status).toBe(200);
});

test("returns windows automatically, so that megabytes can arrive", async () => {
  await using scene = await meet();
  post(scene.client, "/", Buffer.alloc(2_000_000, 7));
  expect((await scene.session.request()).body.length).toBe(2_000_000);
});

test("each frame is taken once; waiting for one type leaves other types in place", async () => {
  await using scene = await meet();
  post(scene.client, "/", "body");
  const data = await scene.session.nextFrame("DATA");
  expect(data.data.toString()).toBe("body");
  expect((await scene.session.nextFrame("HEADERS")).streamId).toBe(data.streamId);
  expect(scene.session.frames.map((frame) => frame.type)).toContain("HEADERS");
});

test("resets streams by name or number of the code", async () => {
  await using scene = await meet();
  const streams = [post(scene.client), post(scene.client)];
  const [first, second] = await scene.session.requests(2);
  first!.reset("REFUSED_STREAM");
  second!.reset(11);
  expect(await Promise.all(streams.map(resetOf))).toEqual([7, 11]);
  expect(scene.session.openStreams).toEqual([]);
});

test("sends GOAWAY with a last id, a code and a JSON reason", async () => {
  await using scene = await meet();
  const goaway = once(scene.client, "goaway");
  post(scene.client);
  await scene.session.request();
  scene.session.goaway({ code: "ENHANCE_YOUR_CALM", debug: { reason: "Shutdown" } });
  const [code, lastStreamId, debug] = (await goaway) as [number, number, Buffer];
  expect([code, lastStreamId, debug.toString()]).toEqual([11, 1, '{"reason":"Shutdown"}']);
});

test("answers nothing above the last id of its GOAWAY", async () => {
  await using scene = await meet();
  const streams = [post(scene.client), post(scene.client)];
  await scene.session.requests(2);
  scene.session.goaway({ lastStreamId: 1 });
  scene.session.autoRespond();
  expect((await answerTo(streams[0]!)).status).toBe(200);
  expect(scene.session.openStreams).not.toContain(1);
  expect(await resetOf(streams[1]!)).toBe(7); // nghttp2 refuses it by itself
});

test("writes a batch as one piece", async () => {
  await using peer = await ScriptedPeer.listen({ tls: false, settings: false, tolerant: true });
  const socket = connectTcp(peer.port, "127.0.0.1");
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  const session = await peer.session();
  session.batch(() => {
    for (let i = 0; i < 3; i++) session.goaway();
  });
  const [chunk] = (await once(socket, "data")) as [Buffer];
  expect(chunk.length).toBe(3 * 17);
  socket.destroy();
});

test("acknowledges SETTINGS and PING automatically, unless switched off", async () => {
  await using scene = await meet({ automatic: { pingAck: false } });
  let answered = false;
  const opaque = Buffer.from("12345678");
  scene.client.ping(opaque, () => {
    answered = true;
  });
  const ping = await scene.session.nextFrame("PING");
  await scene.session.roundTrip();
  expect(answered).toBe(false);
  scene.session.acknowledgePing(ping.opaque);
  await expect.poll(() => answered).toBe(true);
});

test("counts open streams and enforces its announced limit", async () => {
  await using scene = await meet({ settings: { maxConcurrentStreams: 2 } });
  await scene.session.nextFrame("SETTINGS", (frame) => frame.ack);
  const streams = Array.from({ length: 10 }, () => post(scene.client));
  await scene.session.requests(2);
  await scene.session.roundTrip();
  expect(scene.session.openStreams).toEqual([1, 3]);
  scene.session.autoRespond();
  await Promise.all(streams.map(answerTo));
  expect(scene.session.maxOpenStreams).toBe(2);
});

test("creates one session per connection, and passes each to the script", async () => {
  const told: number[] = [];
  await using peer = await ScriptedPeer.listen({
    respond: (request) => ({ headers: { session: peer.sessions.indexOf(request.session) } }),
    onSession: (_, number) => void told.push(number),
  });
  for (const expected of ["0", "1"]) {
    const client = http2.connect(peer.origin, { ca: peer.ca });
    expect((await answerTo(post(client))).headers.session).toBe(expected);
    await new Promise<void>((resolve) => client.close(resolve));
  }
  expect(told).toEqual([0, 1]);
  expect(peer.connectionCount).toBe(2);
  expect(peer.received.map((request) => request.path)).toHaveLength(2);
  expect(await peer.requests(2)).toHaveLength(2);
});

test("drops the connection by a reset, or half-closes it and still reads", async () => {
  await using scene = await meet();
  scene.session.destroy();
  await scene.session.whenClosed();

  await using peer = await ScriptedPeer.listen({ tolerant: true });
  const socket = connectTls({
    port: peer.port,
    ca: peer.ca,
    ALPNProtocols: ["h2"],
    ...{ allowHalfOpen: true },
  });
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  const session = await peer.session();
  session.end();
  await once(socket.resume(), "end");
  socket.write(Buffer.from("000000040000000000", "hex"));
  await session.nextFrame("SETTINGS");
  socket.end();
  await session.whenClosed();
});

test("stops reading on request, until it resumes", async () => {
  await using scene = await meet();
  await scene.session.roundTrip();
  scene.session.stopReading();
  const seen = scene.session.frames.length;
  const stream = post(scene.client);
  await once(stream, "finish");
  expect(scene.session.frames.length).toBe(seen);
  scene.session.resumeReading();
  await scene.session.request();
});

// Violations by a client that the peer finds

async function misbehave(frames: string, options: ScriptedPeerOptions = {}): Promise<ScriptedSession> {
  await using peer = await ScriptedPeer.listen({
    tls: false,
    tolerant: true,
    automatic: { windowUpdates: false },
    ...options,
  });
  const socket = connectTcp(peer.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.resume(); // otherwise it never sees the end, and stays open
  socket.write(Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Buffer.from(frames, "hex")]));
  const session = await peer.session();
  socket.end();
  await session.whenClosed();
  return session;
}

const settings = "000000040000000000";
const settingsAck = "000000040100000000";
/** POST without END_STREAM. */
const headers = (id: number) => `0000030104${id.toString(16).padStart(8, "0")}838784`;
const data = (id: number, length: number, flags = "00") =>
  `${length.toString(16).padStart(6, "0")}00${flags}${id.toString(16).padStart(8, "0")}${"61".repeat(length)}`;
const reset = (id: number) => `0000040300${id.toString(16).padStart(8, "0")}00000008`;

test.each<[string, string, ScriptedPeerOptions, RegExp]>([
  ["a first frame that is not SETTINGS", headers(1), {}, /first frame is HEADERS/],
  [
    "more streams than the acknowledged limit",
    settings + settingsAck + headers(1) + headers(3),
    { settings: { maxConcurrentStreams: 1 } },
    /stream 3 made 2 open, the limit is 1/,
  ],
  ["an even stream id", settings + headers(2), {}, /stream 2 opened/],
  [
    "a stream id below an earlier one",
    settings + headers(3) + headers(1),
    {},
    /stream 1 opened after stream 3/,
  ],
  ["DATA on an idle stream", settings + data(1, 1), {}, /DATA on idle stream 1/],
  [
    "DATA after END_STREAM",
    settings + headers(1) + data(1, 1, "01") + data(1, 1),
    {},
    /DATA on closed stream 1/,
  ],
  ["DATA after its own reset", settings + headers(1) + reset(1) + data(1, 1), {}, /DATA on closed stream 1/],
  ["a reset of an idle stream", settings + reset(1), {}, /RST_STREAM on idle stream 1/],
  [
    "DATA over the stream's window",
    settings + settingsAck + headers(1) + data(1, 11),
    { settings: { initialWindowSize: 10 } },
    /DATA on stream 1 is 1 bytes over its window/,
  ],
  [
    "DATA over the connection's window",
    settings + headers(1) + data(1, 16_384).repeat(4),
    {},
    /DATA on stream 1 is 1 bytes over the connection window/,
  ],
  ["a frame over the maximum size", settings + headers(1) + data(1, 16_385), {}, /DATA frame of 16385 bytes/],
  ["an unexpected acknowledgement", settings + settingsAck + settingsAck, {}, /never sent/],
  ["an unreadable header block", `${settings}0000010105000000018${"0"}`, {}, /unreadable: index 0/],
  [
    "a frame inside a header block",
    `${settings}000003010000000001838784${settings}`,
    {},
    /inside the header block/,
  ],
  ["a malformed frame", `${settings}000003030000000001000000`, {}, /RST_STREAM of 3 bytes/],
])("notices %s", async (_, frames, options, violation) => {
  expect((await misbehave(frames, options)).violations.join("\n")).toMatch(violation);
});

test("applies the old limits until a SETTINGS frame is acknowledged", async () => {
  const session = await misbehave(settings + headers(1) + headers(3) + data(1, 100), {
    settings: { maxConcurrentStreams: 1, initialWindowSize: 10 },
  });
  expect(session.violations).toEqual([]);
});

test("fails the test by its close() if the client broke the protocol", async () => {
  const peer = await ScriptedPeer.listen({ tls: false });
  const socket = connectTcp(peer.port, "127.0.0.1");
  socket.write(`PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${"\0".repeat(9)}`);
  const session = await peer.session();
  await session.nextFrame("DATA");
  socket.destroy();
  await expect(peer.close()).rejects.toThrow(/session 0: first frame is DATA/);
});

test("notices a client that does not speak HTTP/2", async () => {
  const peer = await ScriptedPeer.listen({ tls: false });
  const socket = connectTcp(peer.port, "127.0.0.1").resume();
  socket.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
  await new Promise((resolve) => socket.once("close", resolve));
  expect(peer.sessions).toEqual([]);
  await expect(peer.close()).rejects.toThrow(/connection preface is "GET \/ HTTP/);
});

test("fails the test by its close() if a callback of the script threw", async () => {
  const peer = await ScriptedPeer.listen({
    onSession: () => Promise.reject(new Error("mistake in the script")),
  });
  const client = http2.connect(peer.origin, { ca: peer.ca });
  await peer.session();
  client.destroy();
  await expect(peer.close()).rejects.toThrow("mistake in the script");
});

test("a failed wait names the expected event and the events that came instead", async () => {
  await using scene = await meet({ patience: 30 });
  await scene.session.nextFrame("SETTINGS", (frame) => frame.ack);
  await expect(scene.session.nextFrame("GOAWAY")).rejects.toThrow(
    /waited for a GOAWAY frame: nothing within 30 ms; received so far: .*SETTINGS/,
  );
  const pending = scene.session.request();
  scene.session.destroy();
  await expect(pending).rejects.toThrow(/waited for a request: the connection closed/);
  await expect(scene.session.request()).rejects.toThrow(/the connection closed/);
});

// Broken TLS

type Fate = { protocol: string | false | null; secured: boolean; code: string | undefined };

/** Connects a TLS client, which reads until an error or the end. */
async function dial(peer: ScriptedPeer, options: object = {}): Promise<Fate> {
  const socket: TLSSocket = connectTls({
    port: peer.port,
    host: "127.0.0.1",
    ca: peer.ca,
    ALPNProtocols: ["h2"],
    ...options,
  });
  const fate: Fate = { protocol: null, secured: false, code: undefined };
  socket.on("secureConnect", () => {
    fate.secured = true;
    fate.protocol = socket.alpnProtocol;
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    fate.code = error.code;
  });
  socket.resume();
  await new Promise((resolve) => socket.once("close", resolve).once("secureConnect", () => socket.end()));
  if (!socket.destroyed) await new Promise((resolve) => socket.once("close", resolve));
  return fate;
}

test("negotiates h2, ignores ALPN, or speaks only another protocol", async () => {
  await using good = await ScriptedPeer.listen({ settings: false });
  expect(await dial(good)).toMatchObject({ secured: true, protocol: "h2" });
  await using none = await ScriptedPeer.listen({ settings: false, tls: { alpn: false } });
  expect(await dial(none)).toMatchObject({ secured: true, protocol: false });
  await using other = await ScriptedPeer.listen({ tls: { alpn: ["http/1.1"] } });
  expect(await dial(other)).toMatchObject({
    secured: false,
    code: "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL",
  });
});

test("speaks TLS 1.2 at most", async () => {
  await using peer = await ScriptedPeer.listen({ tls: { maxVersion: "TLSv1.2" } });
  expect(await dial(peer, { minVersion: "TLSv1.3" })).toMatchObject({
    secured: false,
    code: "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
  });
});

test("cuts in the handshake, or never ends it", async () => {
  await using cutting = await ScriptedPeer.listen({ tls: { handshake: "is cut" } });
  expect(await dial(cutting)).toMatchObject({ secured: false, code: "ECONNRESET" });
  await using silent = await ScriptedPeer.listen({ tls: { handshake: "never ends" } });
  const socket = connectTls({ port: silent.port, ca: silent.ca });
  await silent.connection();
  socket.destroy();
});

test("gives each connection the TLS from the script", async () => {
  await using peer = await ScriptedPeer.listen({
    tls: (n) => (n === 0 ? { handshake: "is cut" } : {}),
    settings: false,
  });
  expect((await dial(peer)).secured).toBe(false);
  expect((await dial(peer)).secured).toBe(true);
});

test.each(["TLSv1.2", "TLSv1.3"] as const)(
  "refuses a client without a certificate by a %s alert",
  async (maxVersion) => {
    await using peer = await ScriptedPeer.listen({ tls: { maxVersion, clientCertificate: "required" } });
    const { code } = await dial(peer);
    expect(code).toMatch(/^ERR_SSL_.*ALERT.*(HANDSHAKE_FAILURE|CERTIFICATE_REQUIRED)$/);
  },
);

test("sees the certificate that a client presents", async () => {
  await using peer = await ScriptedPeer.listen({ tls: { clientCertificate: "required" } });
  const client = http2.connect(peer.origin, { ca: peer.ca, ...(await clientCertificate()) });
  const session = await peer.session();
  expect(session.clientCertificate?.length).toBeGreaterThan(100);
  client.destroy();
});

test.each([
  ["TLSv1.2", "certificate_revoked", "ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED", false],
  ["TLSv1.2", "unknown_ca", "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", false],
  ["TLSv1.3", "certificate_expired", "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED", true],
  ["TLSv1.3", "certificate_unknown", "ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN", true],
] as const)(
  "%s: refuses a client's certificate by the alert %s",
  async (maxVersion, refusedWith, code, secured) => {
    await using peer = await ScriptedPeer.listen({ tls: { maxVersion, clientCertificate: { refusedWith } } });
    expect(await dial(peer, await clientCertificate())).toMatchObject({ code, secured });
  },
);

test("listens on ::1, and without TLS", async () => {
  await using peer = await ScriptedPeer.listen({ host: "::1", tls: false, respond: () => ({}) });
  expect(peer.origin).toBe(`http://[::1]:${peer.port}`);
  const client = http2.connect(peer.origin);
  expect((await answerTo(post(client))).status).toBe(200);
  client.destroy();
});
