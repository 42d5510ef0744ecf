import { once } from "node:events";
import { createServer } from "node:net";
import { TLSSocket } from "node:tls";
import { CertificateAuthority } from "@apnskit/mock-server";
import { BlackHole, ManualClock, ScriptedPeer, serverCertificate, TcpProxy } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type ConnectFailed, Connection, type ConnectionOptions } from "../src/index.ts";
import { Dialer, Transport } from "../src/internal.ts";
import { connectTo, failureOf, outcomeOf, push } from "./support/index.ts";

failOnLeaks();

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function opening(origin: string, options: ConnectionOptions & { signal?: AbortSignal } = {}) {
  return failureOf<ConnectFailed>(Connection.open(origin, options));
}

describe("what keeps a connection from being opened has a name", () => {
  test("refused: nothing listens", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    server.close();
    const failure = await opening(`https://127.0.0.1:${port}`);
    expect(failure).toMatchObject({
      name: "ConnectFailed",
      code: "ERR_APNS_CONNECT",
      failure: "unreachable",
      delivery: "unsent",
      reason: undefined,
    });
    expect(failure.message).toBe(`cannot connect to 127.0.0.1:${port}: nobody answers there (ECONNREFUSED)`);
    expect(failure.cause).toMatchObject({ code: "ECONNREFUSED" });
  });

  test("DNS failure", async () => {
    const lookup: ConnectionOptions["lookup"] = (host, _options, done) =>
      done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: "ENOTFOUND" }), "", 4);
    expect(await opening("https://push.example", { lookup })).toMatchObject({
      failure: "dns",
      message: "cannot connect to push.example: the host name does not resolve (ENOTFOUND)",
    });
  });

  test("handshake that never ends", async () => {
    await using peer = await ScriptedPeer.listen({ tls: { handshake: "never ends" } });
    const clock = new ManualClock();
    const failure = opening(peer.origin, { tls: { ca: peer.ca }, clock, connectTimeout: 3_000 });
    await peer.connection();
    expect(clock.delays).toEqual([3_000]);
    await clock.advanceAsync(3_000);
    expect(await failure).toMatchObject({
      failure: "timeout",
      message: `cannot connect to ${new URL(peer.origin).host}: not open within 3000 ms`,
    });
  });

  test("TLS, and then no SETTINGS", async () => {
    await using peer = await ScriptedPeer.listen({ settings: false, automatic: { settingsAck: false } });
    const clock = new ManualClock();
    const failure = opening(peer.origin, { tls: { ca: peer.ca }, clock });
    const session = await peer.session();
    await clock.advanceAsync(10_000);
    expect(await failure).toMatchObject({ failure: "timeout" });
    await session.whenClosed();
  });

  test("an address where connecting never ends", async () => {
    await using hole = await BlackHole.listen();
    const clock = new ManualClock();
    const failure = opening(`https://127.0.0.1:${hole.port}`, { clock });
    await clock.advanceAsync(10_000);
    expect(await failure).toMatchObject({ failure: "timeout" });
  });

  test("untrusted: an authority that nobody knows", async () => {
    await using peer = await ScriptedPeer.listen();
    expect(await opening(peer.origin)).toMatchObject({
      failure: "untrusted",
      message: expect.stringContaining("the server's certificate is not trusted"),
    });
  });

  test("untrusted: another authority than the one asked for", async () => {
    const { certificate } = await CertificateAuthority.create();
    await using peer = await ScriptedPeer.listen();
    expect(await opening(peer.origin, { tls: { ca: certificate } })).toMatchObject({ failure: "untrusted" });
  });

  test("expired", async () => {
    const certificate = await serverCertificate({ notAfter: new Date(Date.now() - 1_000) });
    await using peer = await ScriptedPeer.listen({ tls: { certificate } });
    expect(await opening(peer.origin, { tls: { ca: peer.ca } })).toMatchObject({
      failure: "untrusted",
      cause: { code: "CERT_HAS_EXPIRED" },
    });
  });

  test("not yet valid", async () => {
    const certificate = await serverCertificate({ notBefore: new Date(Date.now() + 3_600_000) });
    await using peer = await ScriptedPeer.listen({ tls: { certificate } });
    expect(await opening(peer.origin, { tls: { ca: peer.ca } })).toMatchObject({ failure: "untrusted" });
  });

  test("wrong host", async () => {
    const certificate = await serverCertificate({ altNames: ["push.example"] });
    await using peer = await ScriptedPeer.listen({ tls: { certificate } });
    expect(await opening(peer.origin, { tls: { ca: peer.ca } })).toMatchObject({
      failure: "untrusted",
      cause: { code: "ERR_TLS_CERT_ALTNAME_INVALID" },
    });
  });

  test("NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment changes nothing", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    await using peer = await ScriptedPeer.listen();
    expect(await opening(peer.origin)).toMatchObject({ failure: "untrusted" });
    const certificate = await serverCertificate({ altNames: ["push.example"] });
    await using wrong = await ScriptedPeer.listen({ tls: { certificate } });
    expect(await opening(wrong.origin, { tls: { ca: wrong.ca } })).toMatchObject({ failure: "untrusted" });
  });

  test("HTTP/1.1-only server: another ALPN", async () => {
    await using peer = await ScriptedPeer.listen({ tls: { alpn: ["http/1.1"] } });
    expect(await opening(peer.origin, { tls: { ca: peer.ca } })).toMatchObject({ failure: "alpn" });
  });

  test("a server without ALPN", async () => {
    await using peer = await ScriptedPeer.listen({ tls: { alpn: false } });
    expect(await opening(peer.origin, { tls: { ca: peer.ca } })).toMatchObject({
      failure: "alpn",
      message: expect.stringContaining(
        `cannot connect to ${new URL(peer.origin).host}: the server does not speak HTTP/2`,
      ),
    });
  });

  test("a server that promises HTTP/2 and speaks HTTP/1.1", async () => {
    await using peer = await ScriptedPeer.listen({
      settings: false,
      onSession: (session) =>
        session.raw(Buffer.from("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")),
    });
    expect(await opening(peer.origin, { tls: { ca: peer.ca } })).toMatchObject({ failure: "http2" });
  });

  test("TLS 1.1 only", async () => {
    await using peer = await ScriptedPeer.listen({ tls: { minVersion: "TLSv1.1", maxVersion: "TLSv1.1" } });
    expect(await opening(peer.origin, { tls: { ca: peer.ca } })).toMatchObject({ failure: "tls" });
  });

  test("plain TCP server that talks", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.resume().end("220 mail.example ESMTP\r\n");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const failure = await opening(`https://127.0.0.1:${(server.address() as { port: number }).port}`);
    server.close();
    expect(failure).toMatchObject({ failure: "tls" });
  });

  test("plain TCP server that hangs up", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end());
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const failure = await opening(`https://127.0.0.1:${(server.address() as { port: number }).port}`);
    server.close();
    expect(failure).toMatchObject({ failure: "unreachable" });
  });
});

describe("giving up", () => {
  test("before it began", async () => {
    await using peer = await ScriptedPeer.listen();
    const failure = await opening(peer.origin, { signal: AbortSignal.abort("no more") });
    expect(failure).toMatchObject({ failure: "aborted", cause: "no more", delivery: "unsent" });
    expect(peer.connectionCount).toBe(0);
  });

  test("in the handshake", async () => {
    await using peer = await ScriptedPeer.listen({ tls: { handshake: "never ends" } });
    const giveUp = new AbortController();
    const failure = opening(peer.origin, { tls: { ca: peer.ca }, signal: giveUp.signal });
    await peer.connection();
    giveUp.abort();
    expect(await failure).toMatchObject({ failure: "aborted" });
  });

  test("while SETTINGS are awaited", async () => {
    await using peer = await ScriptedPeer.listen({ settings: false, automatic: { settingsAck: false } });
    const giveUp = new AbortController();
    const failure = opening(peer.origin, { tls: { ca: peer.ca }, signal: giveUp.signal });
    const session = await peer.session();
    giveUp.abort();
    expect(await failure).toMatchObject({ failure: "aborted" });
    await session.whenClosed();
  });

  test("between the handshake and the connection's first step", async () => {
    await using peer = await ScriptedPeer.listen({ settings: false });
    const giveUp = new AbortController();
    const checkServerIdentity = (): undefined => {
      queueMicrotask(() => giveUp.abort());
    };
    const failure = opening(peer.origin, {
      tls: { ca: peer.ca, checkServerIdentity },
      signal: giveUp.signal,
    });
    expect(await failure).toMatchObject({ failure: "aborted" });
  });

  test("after it is open a signal has no effect any more", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
    const giveUp = new AbortController();
    await using connection = await Connection.open(peer.origin, {
      tls: { ca: peer.ca },
      signal: giveUp.signal,
    });
    giveUp.abort();
    expect(await outcomeOf(connection.post(push()))).toBe(200);
  });

  test("a signal that is none is refused", async () => {
    expect(await failureOf(Connection.open("https://127.0.0.1", { signal: 5 as never }))).toMatchObject({
      name: "InvalidOption",
      option: "signal",
    });
  });
});

describe("addresses", () => {
  test("an IPv6 address that is dead beside an IPv4 one that works", async () => {
    await using peer = await ScriptedPeer.listen();
    await using _hole = await BlackHole.listen({ host: "::1", port: peer.port });
    const lookup: ConnectionOptions["lookup"] = (_host, _options, done) =>
      done(null, [
        { address: "::1", family: 6 },
        { address: "127.0.0.1", family: 4 },
      ]);
    await using to = await connectTo(peer, {
      via: `https://localhost:${peer.port}`,
      lookup,
      attemptTimeout: 20,
    });
    expect(to.connection.state).toBe("active");
  });

  test("all addresses refuse: the last one's trouble is named", async () => {
    await using peer = await ScriptedPeer.listen();
    await using proxy = await TcpProxy.listen({ target: peer.port });
    proxy.refuse();
    const lookup: ConnectionOptions["lookup"] = (_host, _options, done) =>
      done(null, [
        { address: "127.0.0.1", family: 4 },
        { address: "127.0.0.2", family: 4 },
      ]);
    const failure = await opening(`https://localhost:${proxy.port}`, { lookup });
    expect(failure).toMatchObject({ failure: "unreachable" });
    expect(failure.message).toContain("ECONNREFUSED");
  });

  test("DNS is resolved afresh for each connection", async () => {
    await using peer = await ScriptedPeer.listen();
    const asked: string[] = [];
    const lookup: ConnectionOptions["lookup"] = (host, _options, done) => {
      asked.push(host);
      done(null, [{ address: "127.0.0.1", family: 4 }]);
    };
    const dialer = new Dialer(`https://localhost:${peer.port}`, { tls: { ca: peer.ca }, lookup });
    for (let i = 0; i < 3; i++) await (await dialer.dial((setup) => new Transport(setup))).close();
    expect(asked).toEqual(["localhost", "localhost", "localhost"]);
  });

  test("an IPv6 origin", async () => {
    await using peer = await ScriptedPeer.listen({ host: "::1", respond: () => ({}) });
    await using to = await connectTo(peer);
    await to.connection.post(push());
    expect(to.session.received[0]!.headers[":authority"]).toBe(`[::1]:${peer.port}`);
  });
});

test("small requests leave at once: the socket does not wait for more to send", async () => {
  const setNoDelay = vi.spyOn(TLSSocket.prototype, "setNoDelay");
  await using peer = await ScriptedPeer.listen();
  await using _to = await connectTo(peer);
  expect(setNoDelay).toHaveBeenCalledWith(true);
});

test("the name that the server must prove can be another than the host", async () => {
  const certificate = await serverCertificate({ altNames: ["push.example"] });
  await using peer = await ScriptedPeer.listen({ tls: { certificate } });
  await using to = await connectTo(peer, { tls: { servername: "push.example" } });
  expect(to.connection.state).toBe("active");
});

describe("checkServerIdentity replaces the check of the name", () => {
  test("and lets another name pass", async () => {
    const certificate = await serverCertificate({ altNames: ["push.example"] });
    await using peer = await ScriptedPeer.listen({ tls: { certificate } });
    const seen: string[] = [];
    await using _to = await connectTo(peer, {
      tls: {
        checkServerIdentity: (host, { subject }) => {
          seen.push(host, String(subject.CN));
          return undefined;
        },
      },
    });
    expect(seen).toEqual(["127.0.0.1", "push.example"]);
  });

  test.each([
    ["returns", (): Error => new Error("wrong pin")],
    [
      "throws",
      (): Error => {
        throw new Error("wrong pin");
      },
    ],
  ])("an error that it %s is the server's fault, not the network's", async (_title, checkServerIdentity) => {
    await using peer = await ScriptedPeer.listen();
    const failure = await opening(peer.origin, { tls: { ca: peer.ca, checkServerIdentity } });
    expect(failure).toMatchObject({ failure: "untrusted", cause: { message: "wrong pin" } });
  });
});

test("Connection.with closes what it opened, also after a throw", async () => {
  await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
  const options = { tls: { ca: peer.ca } };
  let used: Connection | undefined;
  const status = await Connection.with(peer.origin, options, async (connection) => {
    used = connection;
    return (await connection.post(push())).status;
  });
  expect([status, used?.state]).toEqual([200, "closed"]);
  await expect(
    Connection.with(peer.origin, options, (connection) => {
      used = connection;
      throw new Error("inside");
    }),
  ).rejects.toThrow("inside");
  expect(used?.state).toBe("closed");
});
