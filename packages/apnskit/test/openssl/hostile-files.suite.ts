import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { certificate, InvalidCredentials, providerToken } from "../../src/index.ts";
import { contents, der, indefinite, integer, oid } from "../kit/der.ts";
import { OpenSsl } from "../kit/openssl.ts";

// A service takes files of its customers: none may stop the event loop, whatever it holds. An attempt that is not
// bounded ends these tests by their time limit.

const openssl = new OpenSsl();
afterAll(() => openssl[Symbol.dispose]());

openssl.certificate("push", { subject: "/UID=com.example.app/CN=Push" });
const cert = openssl.text("push.crt");
const key = openssl.text("push.key");
const file = ["-inkey", "push.key", "-in", "push.crt", "-passout", "pass:sesame"];
openssl.run("pkcs12", "-export", ...file, "-out", "push.p12");
openssl.run(
  "pkcs12",
  "-export",
  ...file,
  "-keypbe",
  "NONE",
  "-certpbe",
  "NONE",
  "-nomac",
  "-out",
  "clear.p12",
);
const p8 = openssl.p8("AuthKey.p8");
const ids = { keyId: "ABC123DEFG", teamId: "DEF123GHIJ" };

const SALT = der(0x04, Buffer.alloc(8));
const DATA = "1.2.840.113549.1.7.1";

function refusal(attempt: () => unknown): InvalidCredentials {
  try {
    attempt();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidCredentials);
    return error as InvalidCredentials;
  }
  throw new Error("nothing was thrown");
}

function pfxOf(safe: Buffer, ...mac: Buffer[]): Buffer {
  return der(0x30, integer(3), der(0x30, oid(DATA), der(0xa0, der(0x04, safe))), ...mac);
}

function pfxWithMac(iterations: Buffer): Buffer {
  const digest = der(0x30, der(0x30, oid("1.3.14.3.2.26"), der(0x05)), der(0x04, Buffer.alloc(20)));
  return pfxOf(der(0x30), der(0x30, digest, SALT, iterations));
}

function pfxWithKey(algorithm: Buffer): Buffer {
  const bag = der(0x30, algorithm, der(0x04, Buffer.alloc(16)));
  const bags = der(0x30, der(0x30, oid("1.2.840.113549.1.12.10.1.2"), der(0xa0, bag)));
  return pfxOf(der(0x30, der(0x30, oid(DATA), der(0xa0, der(0x04, bags)))));
}

const old = (iterations: Buffer, scheme = 3) =>
  der(0x30, oid(`1.2.840.113549.1.12.1.${scheme}`), der(0x30, SALT, iterations));
const pbes2 = (id: string, ...parameters: Buffer[]) => {
  const cipher = der(0x30, oid("2.16.840.1.101.3.4.1.42"), der(0x04, Buffer.alloc(16)));
  const derivation = der(0x30, oid(id), der(0x30, SALT, ...parameters));
  return der(0x30, oid("1.2.840.113549.1.5.13"), der(0x30, derivation, cipher));
};
const pbkdf2 = (iterations: Buffer) => pbes2("1.2.840.113549.1.5.12", iterations);
const scrypt = (...cost: number[]) => pbes2("1.3.6.1.4.1.11591.4.11", ...cost.map(integer));
const big = der(0x02, Buffer.from("7fffffffffffffffffff", "hex"));

describe("a file that asks for many rounds of key derivation is refused before they are computed", () => {
  it.each<[string, Buffer]>([
    ["a MAC of a million rounds", pfxWithMac(integer(1_000_000))],
    ["a MAC of 2³¹ rounds", pfxWithMac(integer(2 ** 31))],
    ["a MAC of more rounds than a number holds", pfxWithMac(big)],
    ["a key of 2³¹ rounds of PKCS#12", pfxWithKey(old(integer(2 ** 31)))],
    ["a key of 2³¹ rounds of RC2's", pfxWithKey(old(integer(2 ** 31), 6))],
    ["a key of 2³¹ rounds of PBKDF2", pfxWithKey(pbkdf2(integer(2 ** 31)))],
    ["a key of 2⁴⁷ rounds of PBKDF2", pfxWithKey(pbkdf2(integer(2 ** 47)))],
    ["a key of scrypt with N = 2³⁰", pfxWithKey(scrypt(2 ** 30, 8, 1))],
    ["a key of scrypt with p = 2³⁰", pfxWithKey(scrypt(2, 1, 2 ** 30))],
    ["a key of scrypt with r = 2⁴⁰", pfxWithKey(scrypt(2, 2 ** 40, 1))],
  ])("%s", (_, pfx) => {
    expect(pfx.length).toBeLessThan(200);
    const error = refusal(() => certificate({ pfx, passphrase: "sesame" }));
    expect(error.code).toBe("ERR_APNS_CERTIFICATE_UNREADABLE");
    expect(error.message).toMatch(/too much key derivation \(over 600,000 rounds|a number is out of range/);
  });

  it.each<[string, Buffer]>([
    ["PBKDF2", pbkdf2(integer(2 ** 31))],
    ["scrypt", scrypt(2 ** 30, 8, 1)],
    ["PKCS#12", old(integer(2 ** 31))],
  ])("an encrypted PEM key with %s", (_, algorithm) => {
    const body = der(0x30, algorithm, der(0x04, Buffer.alloc(48))).toString("base64");
    const pem = `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${body}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
    const error = refusal(() => certificate({ cert, key: pem, passphrase: "sesame" }));
    expect(error.code).toBe("ERR_APNS_KEY_UNREADABLE");
    expect(error.message).toMatch(/too much key derivation|out of range/);
  });

  it("many keys with few rounds each", () => {
    const bag = der(0x30, pbkdf2(integer(100_000)), der(0x04, Buffer.alloc(16)));
    const one = der(0x30, oid("1.2.840.113549.1.12.10.1.2"), der(0xa0, bag));
    const bags = der(0x30, ...Array.from({ length: 500 }, () => one));
    const pfx = pfxOf(der(0x30, der(0x30, oid(DATA), der(0xa0, der(0x04, bags)))));
    // The first key's padding is wrong, which is the end.
    expect(refusal(() => certificate({ pfx, passphrase: "sesame" })).code).toMatch(
      /PASSPHRASE_WRONG|UNREADABLE/,
    );
  });

  it("no round at all", () => {
    expect(refusal(() => certificate({ pfx: pfxWithKey(pbkdf2(integer(0))) })).message).toContain(
      "out of range",
    );
    expect(refusal(() => certificate({ pfx: pfxWithKey(scrypt(0, 0, 0)) })).message).toContain(
      "out of range",
    );
    const negative = der(0x02, Buffer.from([0xff]));
    expect(refusal(() => certificate({ pfx: pfxWithMac(negative) })).message).toContain("out of range");
  });
});

describe("a text that is large costs time in proportion", () => {
  const fill = (part: string) => part.repeat(Math.floor(250_000 / part.length));

  it.each<[string, string]>([
    ["BEGIN lines", fill("-----BEGIN CERTIFICATE-----\n")],
    ["BEGIN lines and one END line", `${fill("-----BEGIN CERTIFICATE-----\n")}-----END CERTIFICATE-----`],
    ["BEGIN lines without dashes", fill("-----BEGIN ")],
    ["END lines", fill("-----END CERTIFICATE-----\n")],
    ["hyphens", fill("-")],
    ["blocks without content", fill("-----BEGIN A-----\n-----END A-----\n")],
    ["blocks with little content", fill("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n")],
    ["backslashes", fill("\\")],
    ["escapes", fill("\\u0041")],
    ["blanks", fill(" ")],
    ["blanks in a block", `-----BEGIN CERTIFICATE-----${fill(" ")}x-----END CERTIFICATE-----`],
    ["quotes", fill('"')],
    ["percent signs", fill("%41")],
    ["equals signs", fill("=")],
    ["base64", fill("AAAA")],
    ["base64 with equals signs", `${fill("A=")}`],
    ["hexadecimal", `30${fill("00")}`],
    [
      "base64 of base64",
      Buffer.from(Buffer.from(fill("A")).toString("base64"))
        .toString("base64")
        .slice(0, 250_000),
    ],
    ["zeros", fill("\0")],
    ["a header", `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n${fill("DEK-Info:")}`],
    ["a long label", `-----BEGIN ${fill("A ")}-----`],
  ])("%s", (_, text) => {
    for (const source of [text, Buffer.from(text)]) {
      refusal(() => providerToken({ key: source, ...ids }));
      refusal(() => certificate({ pem: source }));
      refusal(() => certificate({ pfx: source }));
      refusal(() => certificate({ cert, key: source, passphrase: "sesame" }));
    }
  });

  it("over 256 KiB it is refused", () => {
    for (const source of [fill("A").repeat(2), Buffer.alloc(300_000, "A")]) {
      expect(refusal(() => certificate({ pem: source })).message).toContain("longer than 262144 bytes");
    }
  });
});

describe("DER that is deep or wide is refused", () => {
  const deep = (wrap: (inner: Buffer) => Buffer, levels: number) => {
    let inner = der(0x04);
    for (let level = 0; level < levels; level++) inner = wrap(inner);
    return inner;
  };
  const wide = Buffer.alloc(240_000, der(0x30));

  it.each<[string, Buffer]>([
    ["10,000 levels of sequences", pfxOf(deep((inner) => der(0x30, inner), 10_000))],
    ["100,000 levels without lengths", pfxOf(Buffer.alloc(200_000, Buffer.from([0x30, 0x80])))],
    ["a file without lengths", deep((inner) => indefinite(0x30, inner), 10_000)],
    ["10,000 levels of split strings", deep((inner) => der(0x24, inner), 10_000)],
    ["a safe of 120,000 elements", pfxOf(der(0x30, wide))],
    ["120,000 elements at the top", der(0x30, wide)],
    ["nested bags", pfxOf(der(0x30, der(0x30, oid(DATA), der(0xa0, der(0x04, nestedBags(200))))))],
    ["a split string in a split string", pfxOf(deep((inner) => der(0x24, inner), 500))],
    ["a length of 4 GB", Buffer.from("3084ffffffff020103", "hex")],
    ["a length of lengths", Buffer.from("30ff0102", "hex")],
  ])("%s", (_, pfx) => {
    for (const source of [pfx, pfx.toString("base64")]) {
      if (source.length > 262_144) continue;
      expect(refusal(() => certificate({ pfx: source, passphrase: "a" })).code).toBe(
        "ERR_APNS_CERTIFICATE_UNREADABLE",
      );
      refusal(() => certificate({ pem: source, passphrase: "a" }));
      refusal(() => providerToken({ key: source, ...ids }));
    }
  });

  it("more than 100 certificates and keys", () => {
    expect(refusal(() => certificate({ pem: cert.repeat(120) + key })).message).toContain("more than 100");
  });

  it("a certificate or key of many kilobytes", () => {
    const body = (content: Buffer) => content.toString("base64");
    const large = der(
      0x30,
      integer(0),
      der(0x30, oid("1.2.840.113549.1.1.1")),
      der(0x04, Buffer.alloc(100_000)),
    );
    const pem = `-----BEGIN PRIVATE KEY-----\n${body(large)}\n-----END PRIVATE KEY-----`;
    expect(refusal(() => certificate({ cert, key: pem })).code).toBe("ERR_APNS_KEY_UNREADABLE");
    const fat = der(
      0x30,
      der(0x30, ...Array.from({ length: 7 }, () => der(0x04, Buffer.alloc(20_000)))),
      der(0x30),
      der(0x03),
    );
    expect(
      refusal(() =>
        certificate({ pem: `${p8}-----BEGIN CERTIFICATE-----\n${body(fat)}\n-----END CERTIFICATE-----` }),
      ).message,
    ).toContain("longer than 65536 bytes");
  });
});

describe("whatever is in a file", () => {
  const seeds = [
    openssl.bytes("push.p12"),
    openssl.bytes("clear.p12"),
    Buffer.from(cert + key),
    Buffer.from(p8),
  ];
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 8,
  });

  it("ends with credentials or InvalidCredentials", () => {
    const property = fc.property(fc.constantFrom(...seeds), damage, fc.nat(), (seed, changes, cut) => {
      const bytes = Buffer.from(seed.subarray(0, cut % 3 === 0 ? cut % seed.length : seed.length));
      for (const [at, value] of changes) bytes[at % Math.max(1, bytes.length)] = value;
      for (const attempt of [
        () => certificate({ pfx: bytes, passphrase: "sesame" }),
        () => certificate({ pem: bytes }),
        () => providerToken({ key: bytes, ...ids }),
      ]) {
        try {
          attempt();
        } catch (error) {
          if (!(error instanceof InvalidCredentials)) throw error;
        }
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  it("the contents of a good file are found", () => {
    expect(contents(seeds[0]!).length).toBeGreaterThan(1_000);
    expect(certificate({ pfx: seeds[1]! }).commonName).toBe("Push");
  });
});

function nestedBags(levels: number): Buffer {
  let bags = der(0x30);
  for (let level = 0; level < levels; level++) {
    bags = der(0x30, der(0x30, oid("1.2.840.113549.1.12.10.1.6"), der(0xa0, bags)));
  }
  return bags;
}
