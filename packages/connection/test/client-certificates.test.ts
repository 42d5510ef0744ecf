import { createPrivateKey, X509Certificate } from "node:crypto";
import { clientCertificate, ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, test } from "vitest";
import { type ConnectFailed, Connection, type InvalidOption, type TlsOptions } from "../src/index.ts";
import { connectTo, failureOf, outcomeOf, push } from "./support/index.ts";
import { pfx, pfxPassphrase } from "./support/pfx.ts";

failOnLeaks();

/** The common name of the certificate that the server got to see. */
async function presented(tls: TlsOptions): Promise<string | undefined> {
  await using peer = await ScriptedPeer.listen({ tls: { clientCertificate: "requested" } });
  await using to = await connectTo(peer, { tls });
  const certificate = to.session.clientCertificate;
  return certificate && new X509Certificate(certificate).subject;
}

/** What is wrong with these options, told before anything is connected. */
function refused(tls: object): Promise<InvalidOption> {
  return failureOf<InvalidOption>(Connection.open("https://127.0.0.1:1", { tls: tls as TlsOptions }));
}

describe("credentials that are read", () => {
  test("certificate and key as strings", async () => {
    expect(await presented(await clientCertificate())).toContain("com.example.app");
  });

  test("certificate and key as buffers", async () => {
    const { cert, key } = await clientCertificate();
    expect(await presented({ cert: Buffer.from(cert), key: Buffer.from(key) })).toContain("com.example.app");
  });

  test("an encrypted key with its passphrase", async () => {
    const { cert, key } = await clientCertificate();
    expect(await presented({ cert, key: encrypted(key, "secret"), passphrase: "secret" })).toContain(
      "com.example.app",
    );
  });

  test("PFX with its passphrase", async () => {
    expect(await presented({ pfx, passphrase: pfxPassphrase })).toContain("CN=pfx client");
  });

  test("none: a server that asks for one is content without", async () => {
    expect(await presented({})).toBeUndefined();
  });
});

describe("credentials that are refused, each with a clear error", () => {
  test("wrong key for the certificate", async () => {
    const { cert } = await clientCertificate();
    const { key } = await clientCertificate({ uid: "other" });
    expect(await refused({ cert, key })).toMatchObject({
      name: "InvalidOption",
      code: "ERR_APNS_INVALID_OPTION",
      option: "tls",
      message: "the TLS credentials cannot be used: the key does not belong to the certificate",
    });
  });

  test("an encrypted key without its passphrase, or with a wrong one", async () => {
    const { cert, key } = await clientCertificate();
    for (const passphrase of [undefined, "wrong"]) {
      const error = await refused({ cert, key: encrypted(key, "secret"), ...(passphrase && { passphrase }) });
      expect(error.message).toContain("the key is encrypted and the passphrase is wrong or missing");
    }
  });

  test("PFX with a wrong passphrase, and what is no PFX", async () => {
    expect((await refused({ pfx, passphrase: "wrong" })).message).toContain("passphrase is wrong");
    expect((await refused({ pfx: Buffer.from("nonsense") })).message).toMatch(
      /^the TLS credentials cannot be used: /,
    );
  });

  test("a path instead of PEM", async () => {
    const error = await refused({ cert: "/etc/apns/cert.pem", key: "/etc/apns/key.pem" });
    expect(error.message).toContain("not PEM");
  });

  test("a certificate without a key, a key without a certificate, both with PFX", async () => {
    const { cert, key } = await clientCertificate();
    expect(await refused({ cert })).toMatchObject({ option: "tls.key" });
    expect(await refused({ key })).toMatchObject({ option: "tls.cert" });
    expect(await refused({ cert, key, pfx })).toMatchObject({ option: "tls.pfx" });
  });

  test.each([
    ["rejectUnauthorized", { rejectUnauthorized: false }],
    ["ALPNProtocols", { ALPNProtocols: ["http/1.1"] }],
    ["certs", { certs: "x" }],
  ])("unknown option %s", async (option, tls) => {
    expect(await refused(tls)).toMatchObject({ option, message: `unknown TLS option "${option}"` });
  });

  test.each([
    ["tls.minVersion", { minVersion: "TLSv1.1" }],
    ["tls.maxVersion", { maxVersion: "TLSv1" }],
    ["tls.minVersion", { minVersion: "TLSv1.3", maxVersion: "TLSv1.2" }],
    ["tls.servername", { servername: 5 }],
    ["tls.checkServerIdentity", { checkServerIdentity: true }],
    ["tls", { cert: 5, key: 5 }],
  ])("%s %o", async (option, tls) => {
    expect(await refused(tls)).toMatchObject({ name: "InvalidOption", option });
  });

  test("no error shows a key or a passphrase", async () => {
    const { cert, key } = await clientCertificate();
    const lines = key.split("\n").slice(1, -2);
    const error = await refused({ cert, key: encrypted(key, "hunter2"), passphrase: "hunter3" });
    const { inspect } = await import("node:util");
    const shown = inspect(error, { depth: 10, showHidden: true });
    for (const secret of [...lines, "hunter2", "hunter3"]) expect(shown).not.toContain(secret);
  });
});

describe.each(["TLSv1.2", "TLSv1.3"] as const)("refused by a TLS alert over %s", (maxVersion) => {
  test.each([
    "bad_certificate",
    "unsupported_certificate",
    "certificate_revoked",
    "certificate_expired",
    "certificate_unknown",
    "unknown_ca",
    "access_denied",
    "certificate_required",
  ] as const)("%s", async (refusedWith) => {
    await using peer = await ScriptedPeer.listen({ tls: { maxVersion, clientCertificate: { refusedWith } } });
    const tls = { ca: peer.ca, ...(await clientCertificate()) };
    const failure = await failureOf<ConnectFailed>(Connection.open(peer.origin, { tls }));
    expect(failure).toMatchObject({
      name: "ConnectFailed",
      failure: "client-certificate",
      delivery: "unsent",
    });
    expect(failure.message).toMatch(
      /^cannot connect to 127.0.0.1:\d+: the server refused the client certificate \(ERR_SSL_/,
    );
  });

  test("handshake_failure is TLS trouble, and says nothing about the certificate", async () => {
    await using peer = await ScriptedPeer.listen({
      tls: { maxVersion, clientCertificate: { refusedWith: "handshake_failure" } },
    });
    const tls = { ca: peer.ca, ...(await clientCertificate()) };
    const failure = await failureOf<ConnectFailed>(Connection.open(peer.origin, { tls }));
    expect(failure.failure).toBe("tls");
  });
});

describe("TLS versions", () => {
  test.each(["TLSv1.2", "TLSv1.3"] as const)("a server that speaks %s only", async (version) => {
    await using peer = await ScriptedPeer.listen({
      tls: { minVersion: version, maxVersion: version },
      respond: () => ({}),
    });
    await using to = await connectTo(peer);
    expect(await outcomeOf(to.connection.post(push()))).toBe(200);
  });

  test("minVersion and maxVersion hold", async () => {
    await using old = await ScriptedPeer.listen({ tls: { maxVersion: "TLSv1.2" } });
    const { ca } = old;
    const failing = Connection.open(old.origin, { tls: { ca, minVersion: "TLSv1.3" } });
    expect(await failureOf<ConnectFailed>(failing)).toMatchObject({ failure: "tls" });
    await using recent = await ScriptedPeer.listen({ tls: { minVersion: "TLSv1.3" } });
    const tooOld = Connection.open(recent.origin, { tls: { ca, maxVersion: "TLSv1.2" } });
    expect(await failureOf<ConnectFailed>(tooOld)).toMatchObject({ failure: "tls" });
  });
});

function encrypted(key: string, passphrase: string): string {
  const options = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase } as const;
  return createPrivateKey(key).export(options) as string;
}
