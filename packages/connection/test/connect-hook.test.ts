import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type Duplex, PassThrough, Readable } from "node:stream";
import { ManualClock, ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import { type Connect, ConnectFailed, Connection, type ConnectionOptions } from "../src/index.ts";
import { Dialer, Transport } from "../src/internal.ts";
import { connectTo, failureOf, Gate, outcomeOf, push } from "./support/index.ts";

failOnLeaks();

function opening(peer: ScriptedPeer, connect: Connect, more: object = {}) {
  return failureOf<ConnectFailed>(Connection.open(peer.origin, { tls: { ca: peer.ca }, connect, ...more }));
}

test("TLS is put on top of the socket that the hook returns", async () => {
  await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
  const targets: unknown[] = [];
  const connections: Socket[] = [];
  await using to = await connectTo(peer, {
    via: "https://localhost:2197",
    connect: async ({ host, port, signal }) => {
      targets.push({ host, port }, signal.aborted);
      const socket = connect(peer.port, "127.0.0.1");
      connections.push(socket);
      await once(socket, "connect");
      return socket;
    },
  });
  expect(await outcomeOf(to.connection.post(push()))).toBe(200);
  expect(targets).toEqual([{ host: "localhost", port: 2197 }, false]);
  expect(peer.received[0]!.headers[":authority"]).toBe("localhost:2197");
  await to.connection.close();
  expect(connections[0]!.destroyed).toBe(true);
});

test("any duplex stream will do, and it is destroyed with the connection", async () => {
  await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
  const gate = await Gate.to(peer.port);
  await using to = await connectTo(peer, { connect: () => gate });
  for (let i = 0; i < 3; i++) expect(await outcomeOf(to.connection.post(push(i)))).toBe(200);
  await to.connection.close();
  expect(gate.destroyed).toBe(true);
});

test("the server's certificate is checked all the same", async () => {
  await using peer = await ScriptedPeer.listen();
  const gate = await Gate.to(peer.port);
  expect(await failureOf(Connection.open(peer.origin, { connect: () => gate }))).toMatchObject({
    failure: "untrusted",
  });
});

test("a hook that fails, by a throw or a rejection, is a connection that failed", async () => {
  await using peer = await ScriptedPeer.listen();
  const refused = Object.assign(new Error("proxy says no"), { code: "ECONNREFUSED" });
  for (const hook of [
    () => Promise.reject(refused),
    (): Duplex => {
      throw refused;
    },
  ]) {
    expect(await opening(peer, hook)).toMatchObject({ failure: "unreachable", cause: refused });
  }
});

test("a hook that says itself what went wrong is believed", async () => {
  await using peer = await ScriptedPeer.listen();
  const refused = new ConnectFailed("proxy", "the proxy wants a password");
  expect(await opening(peer, () => Promise.reject(refused))).toBe(refused);
});

test("a hook that returns no stream is told so", async () => {
  await using peer = await ScriptedPeer.listen();
  expect(await opening(peer, () => undefined as never)).toMatchObject({
    name: "InvalidOption",
    option: "connect",
  });
});

test("a hook that never comes back does not outlast connectTimeout, and what it returns later is destroyed", async () => {
  await using peer = await ScriptedPeer.listen();
  const clock = new ManualClock();
  let comeBack: (stream: Duplex) => void = () => {};
  const hook = () => new Promise<Duplex>((resolve) => (comeBack = resolve));
  const failure = opening(peer, hook, { clock, connectTimeout: 500 });
  await clock.advanceAsync(500);
  expect(await failure).toMatchObject({ failure: "timeout" });
  const late = await Gate.to(peer.port);
  comeBack(late);
  await once(late, "close");
  expect(late.destroyed).toBe(true);
});

test("a hook that fails after it was given up on disturbs nobody", async () => {
  await using peer = await ScriptedPeer.listen();
  const giveUp = new AbortController();
  const hook: Connect = ({ signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("late"))));
  const failure = opening(peer, hook, { signal: giveUp.signal });
  giveUp.abort();
  expect(await failure).toMatchObject({ failure: "aborted" });
});

test("it is not called for a connection that is given up before it began", async () => {
  await using peer = await ScriptedPeer.listen();
  let calls = 0;
  const hook = () => {
    calls++;
    return Gate.to(peer.port);
  };
  expect(await opening(peer, hook, { signal: AbortSignal.abort() })).toMatchObject({ failure: "aborted" });
  expect(calls).toBe(0);
});

test("a goodbye that comes with the handshake leaves no socket behind", async () => {
  await using peer = await ScriptedPeer.listen({
    settings: false,
    onSession: (session) => session.goaway({ debug: { reason: "BadCertificate" } }),
  });
  const gate = await Gate.to(peer.port);
  expect(await opening(peer, () => gate)).toMatchObject({ failure: "http2", reason: "BadCertificate" });
  if (!gate.destroyed) await once(gate, "close");
});

test.each(["TLSv1.2", "TLSv1.3"] as const)(
  "a refused client certificate over a stream, %s",
  async (maxVersion) => {
    await using peer = await ScriptedPeer.listen({
      tls: { maxVersion, clientCertificate: { refusedWith: "certificate_revoked" } },
    });
    const gate = await Gate.to(peer.port);
    expect(await opening(peer, () => gate)).toMatchObject({ failure: "client-certificate" });
  },
);

describe("a hook that returns no usable stream", () => {
  const streamless: [string, () => unknown][] = [
    ["undefined", () => undefined],
    ["null", () => null],
    ["a plain object", () => ({})],
    ["the result of the socks package", () => ({ socket: new PassThrough() })],
    ["a readable stream", () => new Readable({ read() {} })],
    ["a text", () => "socket"],
    ["a destroyed stream", () => new PassThrough().destroy()],
    ["an ended stream", () => new PassThrough().end()],
  ];

  test.each(streamless)(
    "%s: the dialer rejects with a ConnectFailed, open with the mistake",
    async (_name, hook) => {
      await using peer = await ScriptedPeer.listen();
      const connect = hook as Connect;
      const dialer = new Dialer(peer.origin, { tls: { ca: peer.ca }, connect });
      const failure = await failureOf<ConnectFailed>(dialer.dial((setup) => new Transport(setup)));
      expect(failure).toMatchObject({ name: "ConnectFailed", failure: "connect-hook", delivery: "unsent" });
      expect(failure.cause).toMatchObject({ name: "InvalidOption", option: "connect" });
      expect(await opening(peer, connect)).toMatchObject({ name: "InvalidOption", option: "connect" });
    },
  );

  test("a socket inside of an object is named", async () => {
    await using peer = await ScriptedPeer.listen();
    const failure = await opening(peer, () => ({ socket: new PassThrough() }) as never);
    expect(failure.message).toBe(
      "connect must return a duplex stream; received an object with a `socket`: return that one",
    );
  });

  test("a stream of another realm carries TLS", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
    const gate = await Gate.to(peer.port);
    // Not an instance of any class of this realm.
    const foreign = new Proxy(gate, {
      getPrototypeOf: () => null,
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    await using to = await connectTo(peer, { connect: () => foreign });
    expect(await outcomeOf(to.connection.post(push()))).toBe(200);
  });
});

test("an error of the hook without a code is shown, and is the cause", async () => {
  await using peer = await ScriptedPeer.listen();
  const error = new Error("the tunnel\nis \u001b[31mclosed");
  const failure = await opening(peer, () => Promise.reject(error));
  expect(failure).toMatchObject({ failure: "connect-hook", cause: error });
  expect(failure.message).toMatch(/^cannot connect to .*: `connect` failed: the tunnel is {2}\[31mclosed$/);
});

describe("a lookup function that misbehaves", () => {
  type Lookup = NonNullable<ConnectionOptions["lookup"]>;
  const bug = new Error("no resolver today");
  const open = (lookup: unknown) =>
    failureOf<ConnectFailed>(Connection.open("https://push.example", { lookup: lookup as Lookup }));

  test.each<[string, unknown]>([
    [
      "throws",
      () => {
        throw bug;
      },
    ],
    ["rejects", () => Promise.reject(bug)],
    [
      "calls back with an error",
      (_host: string, _options: object, done: (error: Error) => void) => done(bug),
    ],
  ])("%s: its error is the cause, and shown", async (_name, lookup) => {
    const failure = await open(lookup);
    expect(failure).toMatchObject({ name: "ConnectFailed", failure: "unreachable", cause: bug });
    expect(failure.message).toBe("cannot connect to push.example: `lookup` failed: no resolver today");
  });

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["no addresses", []],
    ["what is no address", [{ address: "push.example", family: 4 }]],
    ["text", "not an address"],
    ["null", [null]],
  ])("calls back with %s: the host does not resolve", async (_name, found) => {
    const failure = await open((_host: string, _options: object, done: (...found: unknown[]) => void) =>
      done(null, found),
    );
    expect(failure).toMatchObject({ failure: "dns" });
  });

  test("returns a promise of addresses: it is told to call back, at once", async () => {
    const failure = await open(async () => ({ address: "127.0.0.1", family: 4 }));
    expect(failure).toMatchObject({ code: "ERR_APNS_INVALID_OPTION", option: "lookup" });
    expect(failure.message).toContain("`lookup` must call its callback");
  });

  test("is async and calls back: its addresses are used", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
    const lookup = (async (_host: string, _options: object, done: (...found: unknown[]) => void) => {
      await Promise.resolve();
      done(null, [{ address: "127.0.0.1", family: 4 }]);
    }) as unknown as Lookup;
    await using to = await connectTo(peer, { via: `https://localhost:${peer.port}`, lookup });
    expect(await outcomeOf(to.connection.post(push()))).toBe(200);
  });

  test("one address where a list is asked for, and a second call back, do no harm", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
    const lookup = ((_host: string, _options: object, done: (...found: unknown[]) => void) => {
      done(null, "127.0.0.1", 4);
      done(bug);
    }) as unknown as Lookup;
    await using to = await connectTo(peer, { via: `https://localhost:${peer.port}`, lookup });
    expect(await outcomeOf(to.connection.post(push()))).toBe(200);
  });
});
