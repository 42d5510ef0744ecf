import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type TLSSocket } from "node:tls";
import { describe, expect, test } from "vitest";
import {
  decodeTopics,
  PRODUCTION_OID,
  SANDBOX_OID,
  TOPICS_OID,
} from "../src/credentials/certificate-extensions.ts";
import { X509Certificate as ParsedCertificate } from "../src/credentials/x509.ts";
import { CertificateAuthority } from "../src/index.ts";

describe("a certificate authority", () => {
  test("signs server certificates for localhost and both loopback addresses", async () => {
    const authority = await CertificateAuthority.create();
    const { cert, key } = await authority.issue();
    const certificate = new X509Certificate(cert);
    expect(certificate.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(certificate.checkHost("localhost")).toBe("localhost");
    expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect(certificate.checkIP("::1")).toBe("::1");
    expect(certificate.checkHost("example.com")).toBeUndefined();
  });

  test.each(["EC", "RSA"] as const)(
    "with %s keys passes OpenSSL's verification in a TLS handshake",
    async (keyType) => {
      const authority = await CertificateAuthority.create({ keyType });
      const issued = await authority.issue({ keyType });
      const client = await authority.issue({ keyType, usage: "client", uid: "com.example.app" });
      const server = createServer({
        ...issued,
        ca: authority.certificate,
        requestCert: true,
        rejectUnauthorized: true,
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as { port: number };
      const socket = connect({ port, host: "127.0.0.1", ca: authority.certificate, ...client });
      const [[peer]] = await Promise.all([once(server, "secureConnection"), once(socket, "secureConnect")]);
      expect(socket.authorized).toBe(true);
      expect((peer as TLSSocket).authorized).toBe(true);
      expect((peer as TLSSocket).getPeerCertificate().subject).toMatchObject({ UID: "com.example.app" });
      socket.destroy();
      server.close();
      await once(server, "close");
    },
  );

  test("writes topics, purposes and environments as Apple does", async () => {
    const authority = await CertificateAuthority.create();
    const { cert } = await authority.issue({
      usage: "client",
      uid: "com.example.app",
      topics: ["com.example.app", { topic: "com.example.app.voip", purposes: ["app", "voip"] }],
      environments: ["sandbox"],
    });
    const parsed = new ParsedCertificate(cert);
    expect(decodeTopics(new Uint8Array(parsed.getExtension(TOPICS_OID)!.value))).toEqual([
      { topic: "com.example.app", purposes: ["app"] },
      { topic: "com.example.app.voip", purposes: ["app", "voip"] },
    ]);
    expect(parsed.getExtension(SANDBOX_OID)).not.toBeNull();
    expect(parsed.getExtension(PRODUCTION_OID)).toBeNull();
  });

  test("issues expired certificates when asked, and refuses a validity that ends before it begins", async () => {
    const authority = await CertificateAuthority.create();
    const notAfter = new Date(Date.now() - 60_000);
    const { cert } = await authority.issue({ notAfter });
    expect(Date.parse(new X509Certificate(cert).validTo)).toBeLessThan(Date.now());
    await expect(authority.issue({ notBefore: new Date(), notAfter })).rejects.toMatchObject({
      code: "ERR_APNS_MOCK_INVALID_INPUT",
    });
  });

  test("can be taken up again from its PEM", async () => {
    const first = await CertificateAuthority.create();
    const again = await CertificateAuthority.load(first);
    const { cert } = await again.issue();
    expect(new X509Certificate(cert).verify(new X509Certificate(first.certificate).publicKey)).toBe(true);
    await expect(CertificateAuthority.load({ certificate: "no", key: "no" })).rejects.toMatchObject({
      code: "ERR_APNS_MOCK_INVALID_CREDENTIALS",
    });
  });
});
