import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { ScriptedPeer, serverCertificate, testAuthority } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterEach, describe, expect, test } from "vitest";
import { type ConnectFailed, Connection, type TlsOptions } from "../src/index.ts";
import { connectTo, failureOf, outcomeOf, push } from "./support/index.ts";

// Nothing that a caller gives, forgets or misunderstands switches verification off.
failOnLeaks();

describe("checkServerIdentity: only undefined says that the certificate is good", () => {
  test.each([
    ["false", () => false],
    ["null", () => null],
    ["true", () => true],
    ["a string", () => "no"],
    ["a number", () => 0],
    ["a promise", async () => undefined],
    ["a promise that rejects", () => Promise.reject(new Error("late"))],
    [
      "a throw",
      () => {
        throw new Error("no");
      },
    ],
    [
      "a throw of a string",
      () => {
        throw "no";
      },
    ],
  ])("%s is a refusal", async (_name, check) => {
    await using peer = await ScriptedPeer.listen();
    const tls = { ca: peer.ca, checkServerIdentity: check as unknown as () => undefined };
    const failure = await failureOf<ConnectFailed>(Connection.open(peer.origin, { tls }));
    expect(failure).toMatchObject({ name: "ConnectFailed", failure: "untrusted", delivery: "unsent" });
  });

  test("undefined lets the connection open", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
    await using to = await connectTo(peer, { tls: { checkServerIdentity: () => undefined } });
    expect(await outcomeOf(to.connection.post(push()))).toBe(200);
  });
});

describe("an empty value does not mean the default", () => {
  test.each([
    ["tls.ca", { ca: "" }],
    ["tls.ca", { ca: [] }],
    ["tls.ca", { ca: [""] }],
    ["tls.ca", { ca: Buffer.alloc(0) }],
    ["tls.ca", { ca: "ca.pem" }],
    ["tls.cert", { cert: "", key: "" }],
    ["tls.cert", { cert: [], key: "-----BEGIN" }],
    ["tls.key", { cert: "-----BEGIN", key: "" }],
    ["tls.pfx", { pfx: Buffer.alloc(0) }],
    ["tls.pfx", { pfx: "cert.p12" }],
    ["tls.servername", { servername: "" }],
    ["tls.passphrase", { passphrase: 1234 }],
    ["tls", null],
  ])("%s: %j", async (option, tls) => {
    const failure = failureOf(Connection.open("https://127.0.0.1:1", { tls: tls as TlsOptions }));
    expect(await failure).toMatchObject({ name: "InvalidOption", option });
  });
});

test("undefined means not given: TLS 1.2 stays the least", async () => {
  await using peer = await ScriptedPeer.listen({ tls: { minVersion: "TLSv1.1", maxVersion: "TLSv1.1" } });
  const tls = { ca: peer.ca, minVersion: undefined, maxVersion: undefined, cert: undefined, key: undefined };
  expect(await failureOf(Connection.open(peer.origin, { tls }))).toMatchObject({ failure: "tls" });
});

test("a server that renegotiates under TLS 1.2 loses the connection (RFC 9113 §9.2.1)", async () => {
  const server = createServer({
    ...(await serverCertificate()),
    maxVersion: "TLSv1.2",
    ALPNProtocols: ["h2"],
  });
  const accepted = once(server, "secureConnection") as Promise<[TLSSocket]>;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const opening = Connection.open(`https://127.0.0.1:${port}`, {
    tls: { ca: (await testAuthority()).certificate },
  });
  const [socket] = await accepted;
  socket.on("error", () => {});
  socket.resume();
  socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
  await using connection = await opening;
  const closed = once(connection, "closed");
  const renegotiated = new Promise<string>((resolve) => {
    socket.once("close", () => resolve("lost"));
    socket.renegotiate({}, (error) => resolve(error ? "refused" : "renegotiated"));
  });
  // The hello request leaves with the next bytes.
  socket.write(Buffer.from([0, 0, 0, 4, 1, 0, 0, 0, 0]));
  expect(await renegotiated).not.toBe("renegotiated");
  await closed;
  socket.destroy();
  server.close();
});

describe("a client certificate that is missing", () => {
  test("under TLS 1.2, where the server says handshake_failure: the client certificate is named", async () => {
    await using peer = await ScriptedPeer.listen({
      tls: { maxVersion: "TLSv1.2", clientCertificate: "required" },
    });
    const failure = await failureOf<ConnectFailed>(Connection.open(peer.origin, { tls: { ca: peer.ca } }));
    expect(failure.failure).toBe("client-certificate");
  });

  test("no common version is TLS trouble", async () => {
    await using peer = await ScriptedPeer.listen({ tls: { maxVersion: "TLSv1.2" } });
    const tls: TlsOptions = { ca: peer.ca, minVersion: "TLSv1.3" };
    expect(await failureOf(Connection.open(peer.origin, { tls }))).toMatchObject({ failure: "tls" });
  });
});

describe("messages that help behind a proxy", () => {
  const { HTTPS_PROXY } = process.env;
  afterEach(() => {
    if (HTTPS_PROXY === undefined) delete process.env.HTTPS_PROXY;
    else process.env.HTTPS_PROXY = HTTPS_PROXY;
  });

  test("an untrusted certificate: who issued it, and what to set", async () => {
    await using peer = await ScriptedPeer.listen();
    const failure = await failureOf<ConnectFailed>(Connection.open(peer.origin));
    expect(failure.failure).toBe("untrusted");
    expect(failure.message).toMatch(/its certificate was issued by ".+"\. Does a proxy intercept TLS\?/);
    expect(failure.message).toMatch(/`tls\.ca` or NODE_EXTRA_CA_CERTS/);
  });

  test("a certificate for another host, and a server without HTTP/2, likewise", async () => {
    await using peer = await ScriptedPeer.listen();
    const tls = { ca: peer.ca, servername: "other.example" };
    const other = await failureOf<ConnectFailed>(Connection.open(peer.origin, { tls }));
    expect(other.message).toMatch(/issued by ".+"/);
    await using old = await ScriptedPeer.listen({ tls: { alpn: false } });
    const alpn = await failureOf<ConnectFailed>(Connection.open(old.origin, { tls: { ca: old.ca } }));
    expect(alpn.message).toMatch(/does not speak HTTP\/2; its certificate was issued by ".+"/);
  });

  test("HTTPS_PROXY is set and the connection fails: it is said that it is not used", async () => {
    const port = await refusingPort();
    const open = () => failureOf<ConnectFailed>(Connection.open(`https://127.0.0.1:${port}`));
    delete process.env.HTTPS_PROXY;
    expect((await open()).message).not.toContain("HTTPS_PROXY");
    process.env.HTTPS_PROXY = "http://user:secret@proxy.example:3128";
    const { message } = await open();
    expect(message).toContain("HTTPS_PROXY is set, but not used: give the `proxy` option");
    expect(message).not.toMatch(/secret|proxy\.example/);
  });
});

/** A port where nobody listens. */
async function refusingPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
