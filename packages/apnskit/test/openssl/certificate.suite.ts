import { createPrivateKey, X509Certificate } from "node:crypto";
import { connect, createServer, type TLSSocket } from "node:tls";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { ManualClock } from "@apnskit/testkit";
import { afterAll, describe, expect, it } from "vitest";
import { requireAuth } from "../../src/credentials/auth.ts";
import { type CertificateOptions, certificate, InvalidCredentials, providerToken } from "../../src/index.ts";
import { DAY } from "../kit/durations.ts";
import { appleExtensions, hasLegacyProvider, OpenSsl } from "../kit/openssl.ts";

const openssl = new OpenSsl();
afterAll(() => openssl[Symbol.dispose]());

const APP = "com.example.app";
const SUBJECT = `/UID=${APP}/CN=Apple Push Services: ${APP}/OU=DEF123GHIJ/C=US`;
const TOPICS = {
  [APP]: ["app"],
  [`${APP}.voip`]: ["voip"],
  [`${APP}.complication`]: ["complication"],
  [`${APP}.voip-ptt`]: ["ptt"],
};
openssl.certificate("universal", { subject: SUBJECT, extensions: appleExtensions(TOPICS) });
openssl.certificate("elliptic", {
  algorithm: "ec",
  subject: SUBJECT,
  extensions: appleExtensions({ [APP]: ["app"] }),
});
openssl.certificate("other", { subject: "/CN=Other" });

const cert = openssl.text("universal.crt");
const key = openssl.text("universal.key");

function pfx(name: string, source: string, ...options: string[]): Buffer {
  const files = ["-inkey", `${source}.key`, "-in", `${source}.crt`, "-out", name];
  openssl.run("pkcs12", "-export", ...files, ...options);
  return openssl.bytes(name);
}

function refusal(attempt: () => unknown): InvalidCredentials {
  try {
    attempt();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidCredentials);
    return error as InvalidCredentials;
  }
  throw new Error("nothing was thrown");
}

/** The identity is right when it is byte for byte what OpenSSL made, whatever it was wrapped in. */
function expectIdentity(options: CertificateOptions, source = "universal"): void {
  const { tls } = certificate(options);
  expect(new X509Certificate(tls.cert).raw).toEqual(new X509Certificate(openssl.text(`${source}.crt`)).raw);
  expect(createPrivateKey(tls.key).equals(createPrivateKey(openssl.text(`${source}.key`)))).toBe(true);
}

describe("a certificate is read from", () => {
  it("PEM text with both parts, in either order", () => {
    expectIdentity({ pem: cert + key });
    expectIdentity({ pem: key + cert });
  });

  it("PEM text with the lines that Keychain and OpenSSL write around the blocks", () => {
    const attributes = `Bag Attributes\n    friendlyName: Apple Push Services: ${APP}\nsubject=UID = ${APP}\n`;
    expectIdentity({ pem: `${attributes}${cert}${attributes}Key Attributes: <No Attributes>\n${key}` });
  });

  it("two PEM texts, buffers or files", () => {
    expectIdentity({ cert, key });
    expectIdentity({ cert: Buffer.from(cert), key: new TextEncoder().encode(key) });
    expectIdentity({
      cert: { file: openssl.path("universal.crt") },
      key: { file: pathToFileURL(openssl.path("universal.key")) },
    });
  });

  it("a key encrypted as PKCS#8", () => {
    openssl.run(
      "pkcs8",
      "-topk8",
      "-in",
      "universal.key",
      "-out",
      "pkcs8.key",
      "-v2",
      "aes-256-cbc",
      "-passout",
      "pass:sesame",
    );
    expectIdentity({ cert, key: openssl.text("pkcs8.key"), passphrase: "sesame" });
  });

  it("a key encrypted in OpenSSL's own older form", () => {
    openssl.run(
      "rsa",
      "-traditional",
      "-des3",
      "-in",
      "universal.key",
      "-out",
      "old.key",
      "-passout",
      "pass:sesame",
    );
    expect(openssl.text("old.key")).toContain("Proc-Type: 4,ENCRYPTED");
    expectIdentity({ pem: cert + openssl.text("old.key"), passphrase: "sesame" });
  });

  it("a PFX with today's ciphers (AES-256, PBES2)", () => {
    expectIdentity({ pfx: pfx("modern.p12", "universal", "-passout", "pass:sesame"), passphrase: "sesame" });
  });

  it("a PFX with AES-128 and SHA-512 for its MAC", () => {
    const file = pfx(
      "aes128.p12",
      "universal",
      "-keypbe",
      "AES-128-CBC",
      "-certpbe",
      "AES-128-CBC",
      "-macalg",
      "sha512",
      "-passout",
      "pass:sesame",
    );
    expectIdentity({ pfx: file, passphrase: "sesame" });
  });

  it("a PFX with 3DES for both parts", () => {
    const file = pfx(
      "des.p12",
      "universal",
      "-keypbe",
      "PBE-SHA1-3DES",
      "-certpbe",
      "PBE-SHA1-3DES",
      "-macalg",
      "sha1",
      "-passout",
      "pass:sesame",
    );
    expectIdentity({ pfx: file, passphrase: "sesame" });
  });

  it.skipIf(!hasLegacyProvider())("a PFX with RC2-40 and 3DES, as Keychain writes it", () => {
    const file = pfx("legacy.p12", "universal", "-legacy", "-passout", "pass:sesame");
    expectIdentity({ pfx: file, passphrase: "sesame" });
  });

  it("a PFX without a passphrase, in a file or as base64", () => {
    const file = pfx("empty.p12", "universal", "-passout", "pass:");
    expectIdentity({ pfx: file });
    expectIdentity({ pfx: { file: openssl.path("empty.p12") } });
    expectIdentity({ pfx: file.toString("base64") });
  });

  it("a PFX of old ciphers with a passphrase beyond ASCII", () => {
    const passphrase = "schlüssel-鍵";
    const old = ["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES"];
    expectIdentity({
      pfx: pfx("umlaut.p12", "universal", ...old, "-passout", `pass:${passphrase}`),
      passphrase,
    });
  });

  it("a PFX with AES and a passphrase beyond ASCII", () => {
    const passphrase = "schlüssel-鍵";
    expectIdentity({
      pfx: pfx("umlaut-aes.p12", "universal", "-passout", `pass:${passphrase}`),
      passphrase,
    });
  });

  it("a PFX or PEM with an elliptic key", () => {
    expectIdentity(
      { pfx: pfx("ec.p12", "elliptic", "-passout", "pass:sesame"), passphrase: "sesame" },
      "elliptic",
    );
    expectIdentity({ pem: openssl.text("elliptic.crt") + openssl.text("elliptic.key") }, "elliptic");
  });

  it("a chain, of which the one that belongs to the key comes first", () => {
    const { tls } = certificate({ cert: openssl.text("other.crt") + cert, key });
    const chain = tls.cert.split(/(?<=-----END CERTIFICATE-----\n)/);
    expect(chain.map((one) => new X509Certificate(one).subject)).toEqual([
      new X509Certificate(cert).subject,
      "CN=Other",
    ]);
  });
});

describe("what a universal push certificate says", () => {
  const universal = certificate({ cert, key });

  it("its names, dates and fingerprint", () => {
    const x509 = new X509Certificate(cert);
    expect(universal).toMatchObject({
      kind: "certificate",
      id: `certificate:${x509.fingerprint256}`,
      commonName: `Apple Push Services: ${APP}`,
      serialNumber: x509.serialNumber,
      fingerprint: x509.fingerprint256,
      notBefore: new Date(x509.validFrom),
      notAfter: new Date(x509.validTo),
    });
  });

  it("its environments, topics with purposes, push types and default topic", () => {
    expect(universal.environments).toEqual(["production", "sandbox"]);
    expect(universal.topics).toEqual([
      { topic: APP, purposes: ["app"] },
      { topic: `${APP}.voip`, purposes: ["voip"] },
      { topic: `${APP}.complication`, purposes: ["complication"] },
      { topic: `${APP}.voip-ptt`, purposes: ["ptt"] },
    ]);
    expect(universal.pushTypes).toEqual(["alert", "background", "voip", "complication", "pushtotalk"]);
    expect(universal.defaultTopic).toBe(APP);
  });

  it("allows its topics, and refuses others before anything is sent", () => {
    expect(() => universal.assertAllows(`${APP}.voip`, "voip")).not.toThrow();
    const error = refusal(() => universal.assertAllows("com.example.other", "alert"));
    expect(error.code).toBe("ERR_APNS_CERTIFICATE_TOPIC");
    expect(error.message).toContain("com.example.other");
    expect(error.message).toContain(APP);
  });

  it.each(["liveactivity", "location"])("refuses %s, which needs a provider token", (pushType) => {
    const error = refusal(() => universal.assertAllows(APP, pushType));
    expect(error.code).toBe("ERR_APNS_CERTIFICATE_PUSH_TYPE");
    expect(error.message).toContain("provider token only");
  });

  it.each(["production", "sandbox"] as const)("serves for %s", (environment) => {
    expect(() => universal.assertEnvironment(environment)).not.toThrow();
  });
});

describe("what other certificates say", () => {
  const make = (name: string, subject: string, extensions = "") => {
    openssl.certificate(name, { subject, extensions });
    return certificate({ pem: openssl.text(`${name}.crt`) + openssl.text(`${name}.key`) });
  };

  it.each([
    ["sandbox", "1.2.840.113635.100.6.3.1", "production"],
    ["production", "1.2.840.113635.100.6.3.2", "sandbox"],
  ] as const)("one for %s only is refused for the other environment", (own, oid, other) => {
    const single = make(`only-${own}`, `/UID=${APP}/CN=Push`, `${oid}=DER:0500`);
    expect(single.environments).toEqual([own]);
    expect(() => single.assertEnvironment(own)).not.toThrow();
    const error = refusal(() => single.assertEnvironment(other));
    expect(error.code).toBe("ERR_APNS_CERTIFICATE_ENVIRONMENT");
    expect(error.message).toBe(`The certificate 'Push' is for ${own}, not for ${other}`);
  });

  it.each([
    ["com.apple.mgmt.External.1234", ["mdm"]],
    ["pass.com.example.card", ["background"]],
    ["web.com.example", ["alert"]],
    [APP, ["alert", "background"]],
    [`${APP}.push-type.liveactivity`, []],
  ])("without a topic list, %s in the subject is the topic and tells the push types", (uid, pushTypes) => {
    const single = make(`uid-${uid}`, `/UID=${uid}/CN=Push`);
    expect(single.defaultTopic).toBe(uid);
    expect(single.topics).toEqual([{ topic: uid, purposes: [] }]);
    expect(single.pushTypes).toEqual(pushTypes);
    expect(() => single.assertAllows(`${uid}.anything`, "alert")).not.toThrow();
  });

  it("one issued by an authority has its own identifier, not the authority's", () => {
    openssl.certificate("authority", { subject: "/UID=com.example.authority/CN=Authority" });
    openssl.certificate("leaf", { subject: `/UID=${APP}/CN=Leaf` });
    openssl.run("req", "-new", "-key", "leaf.key", "-subj", `/UID=${APP}/CN=Leaf`, "-out", "leaf.csr");
    const issuer = ["-CA", "authority.crt", "-CAkey", "authority.key", "-CAcreateserial"];
    openssl.run("x509", "-req", "-in", "leaf.csr", ...issuer, "-days", "30", "-out", "issued.crt");
    const issued = certificate({ cert: openssl.text("issued.crt"), key: openssl.text("leaf.key") });
    expect(issued).toMatchObject({ defaultTopic: APP, commonName: "Leaf" });
  });

  it("one without anything of Apple's, such as a test server's, is limited to nothing", () => {
    const plain = make("plain", "/CN=Client");
    expect(plain).toMatchObject({ environments: [], topics: [], pushTypes: [], defaultTopic: undefined });
    expect(() => plain.assertEnvironment("production")).not.toThrow();
    expect(() => plain.assertAllows(APP, "alert")).not.toThrow();
  });
});

describe("a certificate that cannot work is refused when it is loaded", () => {
  const valid = new X509Certificate(cert);
  const at = (epoch: number) => ({ cert, key, clock: new ManualClock({ epoch }) });
  const encrypted = () => {
    openssl.run("pkcs8", "-topk8", "-in", "universal.key", "-out", "locked.key", "-passout", "pass:sesame");
    return openssl.text("locked.key");
  };

  it.each<[string, () => unknown, string, RegExp]>([
    [
      "expired",
      () => at(Date.parse(valid.validTo) + 1),
      "ERR_APNS_CERTIFICATE_EXPIRED",
      /expired on 20\d\d-/,
    ],
    [
      "not yet valid",
      () => at(Date.parse(valid.validFrom) - 1),
      "ERR_APNS_CERTIFICATE_NOT_YET_VALID",
      /valid from 20\d\d-/,
    ],
    [
      "the key of another",
      () => ({ cert, key: openssl.text("other.key") }),
      "ERR_APNS_CERTIFICATE_KEY_MISMATCH",
      /does not belong/,
    ],
    ["no credentials", () => ({}), "ERR_APNS_CREDENTIALS_MISSING", /nothing is given/],
    [
      "a certificate without key",
      () => ({ cert }),
      "ERR_APNS_CREDENTIALS_MISSING",
      /cert is given without key/,
    ],
    [
      "a key without certificate",
      () => ({ key }),
      "ERR_APNS_CREDENTIALS_MISSING",
      /key is given without cert/,
    ],
    [
      "PEM and PFX at once",
      () => ({ pem: cert + key, pfx: Buffer.alloc(1) }),
      "ERR_APNS_CREDENTIALS_AMBIGUOUS",
      /not several/,
    ],
    ["a PEM without certificate", () => ({ pem: key }), "ERR_APNS_CERTIFICATE_UNREADABLE", /no certificate/],
    ["a PEM without key", () => ({ pem: cert }), "ERR_APNS_KEY_UNREADABLE", /no private key/],
    ["text that is no PEM", () => ({ pem: "push.pem" }), "ERR_APNS_CERTIFICATE_UNREADABLE", /not PEM text/],
    [
      "a file that is not there",
      () => ({ pfx: { file: "/nowhere/push.p12" } }),
      "ERR_APNS_CERTIFICATE_UNREADABLE",
      /cannot be read/,
    ],
    ["a number", () => ({ pfx: 12 }), "ERR_APNS_CERTIFICATE_UNREADABLE", /not number/],
    [
      "a PFX of rubbish",
      () => ({ pfx: Buffer.from("rubbish") }),
      "ERR_APNS_CERTIFICATE_UNREADABLE",
      /not a PFX/,
    ],
    [
      "a PFX that is an ASN.1 structure of another kind",
      () => ({ pfx: valid.raw }),
      "ERR_APNS_CERTIFICATE_UNREADABLE",
      /decoded/,
    ],
    [
      "a truncated PFX",
      () => ({ pfx: pfx("whole.p12", "universal", "-passout", "pass:").subarray(0, 400) }),
      "ERR_APNS_CERTIFICATE_UNREADABLE",
      /pfx/,
    ],
    [
      "a wrong passphrase for a PFX",
      () => ({ pfx: pfx("a.p12", "universal", "-passout", "pass:sesame"), passphrase: "wrong" }),
      "ERR_APNS_PASSPHRASE_WRONG",
      /does not open it/,
    ],
    [
      "a missing passphrase for a PFX",
      () => ({ pfx: pfx("b.p12", "universal", "-passout", "pass:sesame") }),
      "ERR_APNS_PASSPHRASE_WRONG",
      /needs one/,
    ],
    [
      "a wrong passphrase for a PFX without a MAC",
      () => ({ pfx: pfx("d.p12", "universal", "-nomac", "-passout", "pass:sesame"), passphrase: "wrong" }),
      "ERR_APNS_PASSPHRASE_WRONG",
      /does not decrypt it/,
    ],
    [
      "a wrong passphrase for a key",
      () => ({ cert, key: encrypted(), passphrase: "wrong" }),
      "ERR_APNS_PASSPHRASE_WRONG",
      /decrypted/,
    ],
    [
      "a missing passphrase for a key",
      () => ({ cert, key: encrypted() }),
      "ERR_APNS_PASSPHRASE_WRONG",
      /needs a passphrase/,
    ],
    [
      "a damaged certificate",
      () => ({ cert: cert.replace(/\n[^\n]{64}\n/, "\n"), key }),
      "ERR_APNS_CERTIFICATE_UNREADABLE",
      /cannot be read/,
    ],
  ])("%s", (_, options, code, message) => {
    const error = refusal(() => certificate(options() as CertificateOptions));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).not.toMatch(/sesame|wrong$|PRIVATE/);
  });

  it("a PFX that holds a certificate but no key", () => {
    openssl.run(
      "pkcs12",
      "-export",
      "-nokeys",
      "-in",
      "universal.crt",
      "-out",
      "keyless.p12",
      "-passout",
      "pass:",
    );
    const error = refusal(() => certificate({ pfx: openssl.bytes("keyless.p12") }));
    expect(error.message).toContain("holds no private key");
  });

  it("but not on its last day", () => {
    expect(certificate(at(Date.parse(valid.validTo))).notAfter.getTime() - Date.parse(valid.validFrom)).toBe(
      365 * DAY,
    );
  });
});

describe("credentials for a client", () => {
  const token = providerToken({ key: openssl.p8("k.p8"), keyId: "ABC123DEFG", teamId: "DEF123GHIJ" });
  const universal = certificate({ cert, key });

  it("are a provider token or a certificate", () => {
    expect(requireAuth(token)).toBe(token);
    expect(requireAuth(universal)).toBe(universal);
  });

  it.each<[string, unknown, string]>([
    ["none", undefined, "ERR_APNS_CREDENTIALS_MISSING"],
    ["null", null, "ERR_APNS_CREDENTIALS_MISSING"],
    ["both", { token, universal }, "ERR_APNS_CREDENTIALS_AMBIGUOUS"],
    ["both in an array", [token, universal], "ERR_APNS_CREDENTIALS_AMBIGUOUS"],
    [
      "options that were not made into credentials",
      { key, keyId: "ABC123DEFG" },
      "ERR_APNS_CREDENTIALS_MISSING",
    ],
    ["a string", "secret-key", "ERR_APNS_CREDENTIALS_MISSING"],
  ])("are refused when there are %s", (_, auth, code) => {
    const error = refusal(() => requireAuth(auth));
    expect(error.code).toBe(code);
    expect(error.message).not.toMatch(/secret-key|PRIVATE/);
  });
});

describe("secrets", () => {
  it("show neither in inspect nor in JSON nor among the values, however deep", () => {
    const one = certificate({
      pfx: pfx("s.p12", "universal", "-passout", "pass:sesame"),
      passphrase: "sesame",
    });
    for (const value of [one, { one }, [one]]) {
      for (const shown of [
        inspect(value, { depth: 10, showHidden: true, getters: true }),
        inspect(value, { depth: 10, showHidden: true, getters: true, customInspect: false }),
        JSON.stringify(value),
      ]) {
        expect(shown).toContain(one.fingerprint);
        expect(shown).not.toMatch(/PRIVATE|BEGIN|sesame/);
      }
    }
    expect(Object.keys(one)).not.toContain("tls");
  });
});

describe("in a TLS handshake", () => {
  it.skipIf(!hasLegacyProvider())(
    "a PFX of old ciphers, which TLS itself would refuse, proves who the client is",
    async () => {
      const { tls } = certificate({
        pfx: pfx("tls.p12", "universal", "-legacy", "-passout", "pass:sesame"),
        passphrase: "sesame",
      });
      const server = createServer({
        cert: openssl.text("other.crt"),
        key: openssl.text("other.key"),
        requestCert: true,
        rejectUnauthorized: false,
      });
      const seen = new Promise<string>((resolve) => {
        server.on("secureConnection", (socket: TLSSocket) => {
          resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? "none");
          socket.end();
        });
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as { port: number };
      const socket = connect({
        host: "127.0.0.1",
        port,
        ...tls,
        ca: openssl.text("other.crt"),
        checkServerIdentity: () => undefined,
      });
      expect(await seen).toBe(new X509Certificate(cert).fingerprint256);
      socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  );
});
