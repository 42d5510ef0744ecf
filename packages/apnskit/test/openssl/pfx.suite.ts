import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { certificate, InvalidCredentials } from "../../src/index.ts";
import { contents, der, indefinite, integer, oid, split } from "../kit/der.ts";
import { hasLegacyProvider, OpenSsl } from "../kit/openssl.ts";

const openssl = new OpenSsl();
afterAll(() => openssl[Symbol.dispose]());

openssl.certificate("push", { subject: "/UID=com.example.app/CN=Push" });
const cert = openssl.text("push.crt");
const { fingerprint } = certificate({ cert, key: openssl.text("push.key") });
const legacy = hasLegacyProvider() ? ["-provider", "legacy", "-provider", "default"] : [];

function pfx(...options: string[]): Buffer {
  openssl.run("pkcs12", "-export", "-inkey", "push.key", "-in", "push.crt", "-out", "push.p12", ...options);
  return openssl.bytes("push.p12");
}

function encryptedKey(...options: string[]): string {
  return openssl.run("pkcs8", "-topk8", "-in", "push.key", "-passout", "pass:sesame", ...options);
}

const opened = (options: Parameters<typeof certificate>[0]) => certificate(options).fingerprint;

function refusal(options: Parameters<typeof certificate>[0]): InvalidCredentials {
  try {
    certificate(options);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidCredentials);
    return error as InvalidCredentials;
  }
  throw new Error("nothing was thrown");
}

/** A PFX without MAC, with another MacData in its place. */
function withMac(file: Buffer, mac: (safe: Buffer) => Buffer): Buffer {
  const [version, info] = split(contents(file)) as [Buffer, Buffer];
  const safe = contents(contents(split(contents(info))[1]!));
  return der(0x30, version, info, mac(safe));
}

describe("a PFX opens with", () => {
  it.each<[string, string[]]>([
    ["AES-192", ["-keypbe", "AES-192-CBC", "-certpbe", "AES-192-CBC"]],
    ["AES-256", ["-keypbe", "AES-256-CBC", "-certpbe", "AES-256-CBC"]],
    ["3DES by PBES2", ["-keypbe", "DES-EDE3-CBC", "-certpbe", "DES-EDE3-CBC"]],
    ["3DES of two keys", ["-keypbe", "PBE-SHA1-2DES", "-certpbe", "PBE-SHA1-2DES", ...legacy]],
    ["a MAC of SHA-1", ["-macalg", "sha1"]],
    ["a MAC of SHA-224", ["-macalg", "sha224"]],
    ["a MAC of SHA-384", ["-macalg", "sha384"]],
    ["a MAC of SHA-512", ["-macalg", "sha512"]],
    ["no MAC", ["-nomac"]],
    ["nothing encrypted", ["-keypbe", "NONE", "-certpbe", "NONE"]],
    ["one round", ["-iter", "1"]],
    ["a MAC of one round", ["-nomaciter"]],
    ["a hundred thousand rounds by PBKDF2", ["-iter", "100000", "-nomaciter"]],
    ["a name in another script", ["-name", "プッシュ"]],
  ])("%s", (_, options) => {
    expect(opened({ pfx: pfx(...options, "-passout", "pass:sesame"), passphrase: "sesame" })).toBe(
      fingerprint,
    );
  });

  it.skipIf(legacy.length === 0).each<[string, string[]]>([
    ["RC2-40 for the certificate", ["-certpbe", "PBE-SHA1-RC2-40", "-keypbe", "PBE-SHA1-3DES"]],
    ["RC2-40 for both", ["-certpbe", "PBE-SHA1-RC2-40", "-keypbe", "PBE-SHA1-RC2-40"]],
    ["RC2-128 for both", ["-certpbe", "PBE-SHA1-RC2-128", "-keypbe", "PBE-SHA1-RC2-128"]],
  ])("%s", (_, options) => {
    const file = pfx(...options, "-macalg", "sha1", ...legacy, "-passout", "pass:sesame");
    expect(opened({ pfx: file, passphrase: "sesame" })).toBe(fingerprint);
  });

  it("a MAC by PBKDF2 (RFC 9579)", () => {
    const salt = randomBytes(16);
    const hmac = der(0x30, oid("1.2.840.113549.2.9"), der(0x05));
    const kdf = [oid("1.2.840.113549.1.5.12"), der(0x30, der(0x04, salt), integer(2048), integer(32), hmac)];
    const algorithm = der(0x30, oid("1.2.840.113549.1.5.14"), der(0x30, der(0x30, ...kdf), hmac));
    const file = withMac(pfx("-nomac", "-passout", "pass:sesame"), (safe) => {
      const key = pbkdf2Sync("sesame", salt, 2048, 32, "sha256");
      const digest = der(0x04, createHmac("sha256", key).update(safe).digest());
      return der(0x30, der(0x30, algorithm, digest), der(0x04, Buffer.alloc(8)), integer(1));
    });
    expect(opened({ pfx: file, passphrase: "sesame" })).toBe(fingerprint);
    expect(refusal({ pfx: file, passphrase: "other" }).code).toBe("ERR_APNS_PASSPHRASE_WRONG");
  });

  it("indefinite lengths and split strings, which BER allows", () => {
    const [version, info, mac] = split(contents(pfx("-passout", "pass:sesame"))) as [Buffer, Buffer, Buffer];
    const [type, wrapped] = split(contents(info)) as [Buffer, Buffer];
    const safe = contents(contents(wrapped));
    const pieces = [safe.subarray(0, 100), safe.subarray(100, 1000), safe.subarray(1000)];
    const string = indefinite(0x24, ...pieces.map((piece) => der(0x04, piece)));
    const file = indefinite(0x30, version, indefinite(0x30, type, indefinite(0xa0, string)), mac);
    expect(opened({ pfx: file, passphrase: "sesame" })).toBe(fingerprint);
  });

  it("bytes behind its end", () => {
    const file = Buffer.concat([pfx("-passout", "pass:sesame"), Buffer.from("\n\n")]);
    expect(opened({ pfx: file, passphrase: "sesame" })).toBe(fingerprint);
  });
});

describe("the passphrase", () => {
  const empty = pfx("-passout", "pass:");
  const clear = pfx("-keypbe", "NONE", "-certpbe", "NONE", "-nomac", "-passout", "pass:");
  // RFC 7292 §B.2 with one round and no passphrase: one hash of the diversifier and the salt, each filled to a block.
  const absent = withMac(clear, (safe) => {
    const salt = Buffer.alloc(64, "saltsalt");
    const key = createHash("sha1").update(Buffer.alloc(64, 3)).update(salt).digest();
    const digest = der(0x04, createHmac("sha1", key).update(safe).digest());
    const algorithm = der(0x30, oid("1.3.14.3.2.26"), der(0x05));
    return der(0x30, der(0x30, algorithm, digest), der(0x04, Buffer.from("saltsalt")));
  });

  it.each([
    ["an empty one", empty],
    ["none", absent],
  ])("may be left out or empty for a file with %s", (_, file) => {
    expect(opened({ pfx: file })).toBe(fingerprint);
    expect(opened({ pfx: file, passphrase: undefined })).toBe(fingerprint);
    expect(opened({ pfx: file, passphrase: "" })).toBe(fingerprint);
    expect(refusal({ pfx: file, passphrase: "other" }).code).toBe("ERR_APNS_PASSPHRASE_WRONG");
  });

  it.each(["\n", "\r\n"])("may end with the line break of its file: %j", (end) => {
    const secret = `sesame${end}`;
    const key = encryptedKey();
    const old = openssl.run("rsa", "-traditional", "-aes256", "-in", "push.key", "-passout", "pass:sesame");
    expect(opened({ pfx: pfx("-passout", "pass:sesame"), passphrase: secret })).toBe(fingerprint);
    expect(opened({ pfx: pfx("-nomac", "-passout", "pass:sesame"), passphrase: secret })).toBe(fingerprint);
    expect(opened({ cert, key, passphrase: secret })).toBe(fingerprint);
    expect(opened({ cert, key: old, passphrase: secret })).toBe(fingerprint);
  });

  it.each(["sesame ", " sesame", "sesame\n\n", "Sesame"])("is taken as it is otherwise: %j", (passphrase) => {
    expect(refusal({ pfx: pfx("-passout", "pass:sesame"), passphrase }).code).toBe(
      "ERR_APNS_PASSPHRASE_WRONG",
    );
  });
});

describe("an encrypted key opens with", () => {
  it.each<[string, string[]]>([
    ["AES-128 and SHA-1", ["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"]],
    ["AES-192 and SHA-224", ["-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA224"]],
    ["AES-256 and SHA-384", ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA384"]],
    ["AES-256 and SHA-512", ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"]],
    ["3DES by PBES2", ["-v2", "des3"]],
    ["3DES of PKCS#12", ["-v1", "PBE-SHA1-3DES"]],
    ["scrypt", ["-scrypt"]],
  ])("%s", (_, options) => {
    const key = encryptedKey(...options);
    expect(key).toContain("BEGIN ENCRYPTED PRIVATE KEY");
    expect(opened({ cert, key, passphrase: "sesame" })).toBe(fingerprint);
    expect(refusal({ cert, key, passphrase: "other" }).code).toBe("ERR_APNS_PASSPHRASE_WRONG");
  });

  it.skipIf(legacy.length === 0)("RC2 of PKCS#12, but not with DES, which the error names", () => {
    const key = encryptedKey("-v1", "PBE-SHA1-RC2-128", ...legacy);
    expect(opened({ cert, key, passphrase: "sesame" })).toBe(fingerprint);
    const error = refusal({ cert, key: encryptedKey("-v1", "PBE-MD5-DES", ...legacy), passphrase: "sesame" });
    expect(error).toMatchObject({ code: "ERR_APNS_KEY_UNREADABLE" });
    expect(error.message).toMatch(/not supported \(1\.2\.840\.113549\.1\.5\.3\); export it with AES-256/);
  });
});
