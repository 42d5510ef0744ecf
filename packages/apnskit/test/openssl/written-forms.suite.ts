import { writeFileSync } from "node:fs";
import { inspect } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { certificate, InvalidCredentials, providerToken } from "../../src/index.ts";
import { OpenSsl } from "../kit/openssl.ts";

const openssl = new OpenSsl();
afterAll(() => openssl[Symbol.dispose]());

const ids = { keyId: "ABC123DEFG", teamId: "DEF123GHIJ" };
const p8 = openssl.p8("AuthKey.p8");
openssl.run("pkcs8", "-topk8", "-nocrypt", "-in", "AuthKey.p8", "-outform", "DER", "-out", "AuthKey.der");
openssl.run("ec", "-in", "AuthKey.p8", "-out", "sec1.pem");
const der = openssl.bytes("AuthKey.der");
openssl.certificate("push", { subject: "/UID=com.example.app/CN=Push" });
const cert = openssl.text("push.crt");
const key = openssl.text("push.key");
openssl.run("x509", "-in", "push.crt", "-trustout", "-out", "trusted.crt");
openssl.run(
  "pkcs12",
  "-export",
  "-inkey",
  "push.key",
  "-in",
  "push.crt",
  "-passout",
  "pass:",
  "-out",
  "push.p12",
);
const pfx = openssl.bytes("push.p12");
const old = ["-traditional", "-aes128", "-passout", "pass:sesame"];
openssl.run("rsa", ...old, "-in", "push.key", "-out", "old.key");
openssl.run(
  "rsa",
  "-traditional",
  "-des3",
  "-passout",
  "pass:sesame",
  "-in",
  "push.key",
  "-out",
  "old3des.key",
);

const expected = providerToken({ key: p8, ...ids }).id;
const fingerprint = certificate({ cert, key }).fingerprint;

const base64 = (text: string | Buffer) => Buffer.from(text).toString("base64");
const base64url = (text: string | Buffer) => Buffer.from(text).toString("base64url");
const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, "utf16le");

/** What becomes of the text of a file on its way through shells, editors and secret stores. */
const FORMS: readonly (readonly [string, (text: string) => string | Buffer])[] = [
  ["as it is", (text) => text],
  ["with a byte order mark", (text) => `\uFEFF${text}`],
  ["with a byte order mark in bytes", (text) => Buffer.from(`\uFEFF${text}`)],
  ["in quotes", (text) => `"${text}"`],
  ["in single quotes", (text) => `'${text}'`],
  ["as JSON", (text) => JSON.stringify(text)],
  ["as JSON in JSON", (text) => JSON.stringify(JSON.stringify(text))],
  ["as JSON of PHP, which escapes slashes", (text) => JSON.stringify(text).replaceAll("/", "\\/")],
  ["as JSON of gson, which escapes equals signs", (text) => JSON.stringify(text).replaceAll("=", "\\u003d")],
  ["inside a JSON object", (text) => JSON.stringify({ key: text })],
  ["as a JSON array of lines", (text) => JSON.stringify(text.split("\n"))],
  ["with blanks in place of line breaks", (text) => text.replaceAll("\n", " ")],
  ["without line breaks", (text) => text.replaceAll("\n", "")],
  ["without any blanks", (text) => text.replace(/\s/g, "")],
  ["indented, as in YAML", (text) => text.replaceAll("\n", "\n    ").replace(/^/, "|\n    ")],
  ["with tabs", (text) => text.replaceAll("\n", "\n\t")],
  ["with \\n spelt out", (text) => text.replaceAll("\n", "\\n")],
  ["with \\n spelt out twice", (text) => text.replaceAll("\n", "\\\\n")],
  ["with \\r\\n spelt out", (text) => text.replaceAll("\n", "\\r\\n")],
  ["with backslashes at the ends of lines", (text) => text.replaceAll("\n", "\\\n")],
  ["with Windows line ends", (text) => text.replaceAll("\n", "\r\n")],
  ["with the line ends of old Macs", (text) => text.replaceAll("\n", "\r")],
  ["with blank lines between", (text) => text.replaceAll("\n", "\n\n")],
  ["with blanks at the ends of lines", (text) => text.replaceAll("\n", "  \n")],
  ["with no-break spaces", (text) => text.replaceAll("\n", "\u00A0\n")],
  ["with zero-width spaces", (text) => text.replaceAll("\n", "\u200B\n")],
  ["percent-encoded", (text) => encodeURIComponent(text)],
  ["form-encoded", (text) => new URLSearchParams({ text }).toString().slice("text=".length)],
  [
    "with text around",
    (text) => `Key, see -----BEGIN below, not -----BEGIN PRIVATE KEY\n${text}\nThe -----END. -----\n`,
  ],
  ["quoted in a mail", (text) => text.replace(/^/gm, "> ")],
  ["in UTF-16 with a byte order mark", (text) => utf16(text)],
  ["in UTF-16 without one", (text) => Buffer.from(text, "utf16le")],
  ["in UTF-16, big-endian", (text) => utf16(text).swap16()],
  ["in UTF-16 that was read as latin1", (text) => utf16(text).toString("latin1")],
  ["as base64", (text) => base64(text)],
  ["as base64 with line breaks", (text) => base64(text).replace(/.{76}/g, "$&\n")],
  ["as base64 in quotes", (text) => `"${base64(text)}"`],
  ["as base64 without padding", (text) => base64(text).replace(/=+$/, "")],
  ["as base64url", (text) => base64url(text)],
  ["as base64 of base64", (text) => base64(base64(text))],
  ["as base64 of UTF-16", (text) => base64(utf16(text))],
  ["as base64 of JSON", (text) => base64(JSON.stringify(text))],
  ["as a data: URL", (text) => `data:application/x-pem-file;base64,${base64(text)}`],
];

function refusal(attempt: () => unknown): InvalidCredentials {
  try {
    attempt();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidCredentials);
    return error as InvalidCredentials;
  }
  throw new Error("nothing was thrown");
}

/** The same content as text, bytes and a file. */
function sources(content: string | Buffer): Parameters<typeof providerToken>[0]["key"][] {
  writeFileSync(openssl.path("form"), content);
  return [
    content,
    Buffer.from(content),
    new Uint8Array(Buffer.from(content)),
    { file: openssl.path("form") },
  ];
}

describe.each(FORMS)("PEM text %s", (_, form) => {
  it("is a signing key, as text, bytes and file", () => {
    for (const source of sources(form(p8))) expect(providerToken({ key: source, ...ids }).id).toBe(expected);
  });

  it("is a certificate with its key, as text, bytes and file", () => {
    for (const pem of sources(form(cert + key)) as string[]) {
      expect(certificate({ pem }).fingerprint).toBe(fingerprint);
    }
    const [text] = sources(form(cert)) as [string];
    expect(certificate({ cert: text, key: form(key) }).fingerprint).toBe(fingerprint);
  });

  it("is an encrypted key of OpenSSL's older form", () => {
    for (const name of ["old.key", "old3des.key"]) {
      const options = { cert, key: form(openssl.text(name)), passphrase: "sesame" };
      expect(certificate(options).fingerprint).toBe(fingerprint);
    }
  });
});

describe("a key or certificate also comes", () => {
  const body = p8.split("\n").slice(1, -2);

  it.each<[string, string | Buffer]>([
    ["as DER", der],
    ["as DER with a line break behind it", Buffer.concat([der, Buffer.from("\r\n")])],
    ["as base64 of DER in one line", base64(der)],
    ["as base64 of DER with the line breaks of the file", body.join("\n")],
    ["as base64 of DER with line breaks spelt out", body.join("\\n")],
    ["as base64url of DER", base64url(der)],
    ["as hexadecimal of DER", der.toString("hex")],
    ["as base64 of base64 of DER", base64(base64(der))],
    ["in SEC1 form with its parameters", openssl.text("sec1.pem")],
    ["under a wrong label", p8.replaceAll("PRIVATE KEY", "EC PRIVATE KEY")],
    ["beside a certificate", cert + p8],
    ["twice", p8 + p8],
  ])("a signing key %s", (_, content) => {
    for (const key of sources(content)) expect(providerToken({ key, ...ids }).id).toBe(expected);
  });

  it.each<[string, string | Buffer]>([
    ["under the label X509 CERTIFICATE", cert.replaceAll("CERTIFICATE", "X509 CERTIFICATE")],
    ["under the label TRUSTED CERTIFICATE", openssl.text("trusted.crt")],
    ["with its description by openssl", openssl.run("x509", "-in", "push.crt", "-text")],
    ["as DER", Buffer.from(cert.split("\n").slice(1, -2).join(""), "base64")],
    ["as base64 of DER", cert.split("\n").slice(1, -2).join("")],
  ])("a certificate %s", (_, content) => {
    for (const source of sources(content) as string[]) {
      expect(certificate({ cert: source, key }).fingerprint).toBe(fingerprint);
    }
  });

  it.each<[string, string | Buffer]>([
    ["as bytes", pfx],
    ["as base64", base64(pfx)],
    ["as base64 with line breaks", base64(pfx).replace(/.{64}/g, "$&\r\n")],
    ["as base64 with line breaks spelt out", base64(pfx).replace(/.{64}/g, "$&\\n")],
    ["as base64url", base64url(pfx)],
    ["as base64 in quotes", `"${base64(pfx)}"`],
    ["as base64 of base64", base64(base64(pfx))],
    ["as a data: URL", `data:application/x-pkcs12;base64,${base64(pfx)}`],
    ["as PEM", `-----BEGIN PKCS12-----\n${base64(pfx)}\n-----END PKCS12-----`],
    ["as hexadecimal", pfx.toString("hex")],
  ])("a PFX %s", (_, content) => {
    for (const source of sources(content) as string[]) {
      expect(certificate({ pfx: source }).fingerprint).toBe(fingerprint);
    }
  });
});

describe("what is not a key is named without a byte of it", () => {
  const secret = "Zq8vT2mWx4";
  const cut = p8.slice(0, 120);
  const dashes = (text: string, dash: string) => text.replaceAll("-----", dash);

  it.each<[string, unknown, RegExp]>([
    ["nothing", "", /is empty; is the variable or file set/],
    ["blanks", " \n ", /blank/],
    ["the string undefined", "undefined", /other text \(9 characters\)/],
    ["a password", secret, /other text \(10 characters\)/],
    ["a path", `./${secret}.p8`, /text that looks like a path; to read a file, pass \{ file: path \}/],
    ["a path of Windows", `C:\\keys\\${secret}.p8`, /text that looks like a path/],
    ["a BEGIN line alone", cut, /be read: its END line is missing/],
    [
      "a key of which lines are missing",
      p8.replace(/(\n[^\n]{64})\n[^\n]{64}\n/, "$1\n"),
      /cut off: \d+ of \d+ bytes/,
    ],
    ["a key whose plus signs became blanks", p8.replace(/\n[A-Za-z0-9+/]{4}/, "\n    "), /be read|P-256/],
    ["a key with a strange letter", p8.replace(/\n./, "\n§"), /characters that are not base64/],
    ["a key with another END line", p8.replace("END PRIVATE", "END PUBLIC"), /END line is another/],
    ["a block without content", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----", /it is empty/],
    ["typographic dashes", dashes(p8, "\u2014\u2014-"), /BEGIN line without its five hyphens/],
    ["fewer dashes", dashes(p8, "----"), /BEGIN line without its five hyphens/],
    ["a certificate", cert, /not a private key, but a certificate/],
    [
      "a certificate request",
      openssl.run("req", "-new", "-key", "push.key", "-subj", "/CN=a"),
      /a certificate request/,
    ],
    ["an RSA key", key, /must be a P-256 private key/],
    ["a PFX", pfx, /a PFX \(PKCS#12\) file/],
    ["a web page", "<!DOCTYPE html><p>Sign in", /a web page/],
    ["JSON", `{"keyId":"${secret}"}`, /JSON without a key in it/],
    ["an SSH key", `ssh-ed25519 ${secret}`, /an SSH key/],
    ["cut base64", base64(der).slice(0, 100), /base64 of DER that is cut off/],
    ["cut DER", der.subarray(0, 50), /DER that is cut off/],
    ["base64 of something else", base64(secret.repeat(20)), /base64 of something else/],
    [
      "an encrypted key",
      openssl.run("pkcs8", "-topk8", "-in", "AuthKey.p8", "-passout", "pass:a"),
      /is encrypted/,
    ],
    ["two keys", p8 + openssl.p8("other.p8"), /holds 2 private keys/],
    ["too much", "A".repeat(300_000), /longer than 262144 bytes/],
    ["a list", [p8], /not an array/],
    ["a file option that is no path", { file: 12 }, /received number/],
  ])("%s", (_, content, message) => {
    const error = refusal(() => providerToken({ key: content as string, ...ids }));
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain(secret);
    const shown = inspect(error, { depth: 9, showHidden: true });
    for (const line of p8.split("\n").slice(1, 4)) expect(shown).not.toContain(line.slice(0, 16));
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ["a path as pfx", { pfx: "cert.p12" }, /looks like a path; to read a file, pass \{ file: path \}/],
    ["PEM as pfx", { pfx: cert + key }, /it is a certificate, not a PFX/],
    ["a PFX as pem", { pem: pfx }, /holds no certificate, but a PFX \(PKCS#12\) file; pass the file as pfx/],
    ["a key as cert", { cert: key, key }, /holds no certificate, but a PKCS#8 private key/],
    ["a certificate as key", { cert, key: cert }, /holds no private key, but a certificate/],
    [
      "a numeric passphrase",
      { pfx, passphrase: 1234 },
      /must be a string; received number: write it in quotes/,
    ],
    ["a passphrase of null", { pfx, passphrase: null }, /received null/],
  ])("%s", (_, options, message) => {
    const error = refusal(() => certificate(options));
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("1234");
  });
});

describe("a file that cannot be read", () => {
  it("is named when its name looks like a path", () => {
    const error = refusal(() => providerToken({ key: { file: "/nowhere/AuthKey_ABC123DEFG.p8" }, ...ids }));
    expect(error.message).toContain('(ENOENT): "/nowhere/AuthKey_ABC123DEFG.p8"');
  });

  it("does not put a key that stands in the place of the path into the error", () => {
    const oneLine = base64(der);
    for (const file of [
      p8,
      p8.replaceAll("\n", ""),
      oneLine,
      `/${oneLine}`,
      `${oneLine}.p8`,
      "hunter2hunter2",
    ]) {
      const attempts = [
        () => providerToken({ key: { file }, ...ids }),
        () => certificate({ pem: { file } }),
        () => certificate({ cert, key: { file } }),
        () => certificate({ pfx: { file } }),
      ];
      for (const attempt of attempts) {
        const error = refusal(attempt);
        const shown = inspect(error, { depth: 9, showHidden: true, getters: true, customInspect: false });
        for (const text of [shown, JSON.stringify(error), String(error.stack), error.message]) {
          expect(text).not.toContain(oneLine.slice(8, 40));
          expect(text).not.toContain("hunter2");
        }
      }
    }
  });

  it("may be a folder, or endless", () => {
    expect(refusal(() => providerToken({ key: { file: openssl.folder }, ...ids })).message).toContain(
      "(EISDIR)",
    );
    expect(refusal(() => providerToken({ key: { file: "/dev/zero" }, ...ids })).message).toContain(
      "longer than",
    );
  });
});

describe("options that cannot be used", () => {
  it.each<[string, () => unknown, string]>([
    ["none", () => providerToken(undefined as never), "needs an object"],
    ["none for a certificate", () => certificate(undefined as never), "needs an object"],
    [
      "a misspelt name",
      () => providerToken({ key: p8, keyID: "a", teamId: "b" } as never),
      "did you mean keyId?",
    ],
    [
      "another library's name",
      () => certificate({ pfx, password: "a" } as never),
      "did you mean passphrase?",
    ],
    ["an unknown name", () => certificate({ pem: cert + key, foo: 1 } as never), 'has no option "foo"'],
    [
      "an environment",
      () => certificate({ cert, key, environment: "test" as never }),
      '"production" or "sandbox"',
    ],
    [
      "a clock without methods",
      () => certificate({ cert, key, clock: {} as never }),
      "clock needs the methods",
    ],
    ["a clock of null", () => providerToken({ key: p8, ...ids, clock: null as never }), "received null"],
    [
      "a duration in a string",
      () => providerToken({ key: p8, ...ids, renewAfter: "3000000" as never }),
      "type string",
    ],
  ])("%s", (_, attempt, message) => {
    expect(attempt).toThrow(expect.objectContaining({ code: "ERR_APNS_INVALID_OPTION" }));
    expect(attempt).toThrow(message);
  });

  it("undefined is the same as not given", () => {
    const none = { renewAfter: undefined, clock: undefined };
    expect(providerToken({ key: p8, ...ids, ...none }).id).toBe(expected);
    const unset = {
      pem: undefined,
      pfx: undefined,
      passphrase: undefined,
      environment: undefined,
      clock: undefined,
    };
    expect(certificate({ ...unset, cert, key }).fingerprint).toBe(fingerprint);
  });
});
