import { X509Certificate } from "node:crypto";
import { ManualClock } from "@apnskit/testkit";
import { afterAll, describe, expect, it } from "vitest";
import { requireAuth } from "../../src/credentials/auth.ts";
import { type CertificateOptions, certificate, InvalidCredentials } from "../../src/index.ts";
import { contents, der, integer, oid, split } from "../kit/der.ts";
import { DAY } from "../kit/durations.ts";
import { OpenSsl } from "../kit/openssl.ts";

const openssl = new OpenSsl();
afterAll(() => openssl[Symbol.dispose]());

const APP = "com.example.app";
const SANDBOX = "1.2.840.113635.100.6.3.1=DER:0500";
const PRODUCTION = "1.2.840.113635.100.6.3.2=DER:0500";
const SUBJECT = (name: string) => `/UID=${APP}/CN=${name}`;

openssl.certificate("development", { subject: SUBJECT("Development Push"), extensions: SANDBOX });
openssl.certificate("production", { subject: SUBJECT("Production Push"), extensions: PRODUCTION });
openssl.certificate("universal", { subject: SUBJECT("Push"), extensions: `${SANDBOX}\n${PRODUCTION}` });
openssl.certificate("distribution", {
  subject: "/UID=DEF123GHIJ/CN=Apple Distribution",
  extensions: "extendedKeyUsage=codeSigning",
});
openssl.certificate("team", { subject: "/UID=DEF123GHIJ/CN=Some Certificate" });
openssl.certificate("pass", { subject: "/UID=pass.com.example/CN=Pass Type ID" });
openssl.certificate("clients", {
  subject: "/CN=Clients",
  extensions: "extendedKeyUsage=clientAuth,codeSigning",
});
// The same key with another certificate, as after a renewal from the same request.
for (const [name, days] of [
  ["renewed", "700"],
  ["brief", "5"],
] as const) {
  const own = ["-key", "universal.key", "-subj", SUBJECT(name), "-days", days, "-config", "universal.cnf"];
  openssl.run("req", "-x509", ...own, "-out", `${name}.crt`);
}

const crt = (name: string) => openssl.text(`${name}.crt`);
const both = (name: string) => crt(name) + openssl.text(`${name}.key`);
const at = (days: number) => new ManualClock({ epoch: Date.now() + days * DAY });
const chosen = (options: CertificateOptions) => certificate(options).commonName;

/** A PFX with all that is in a PEM text. OpenSSL takes one key, so that the text's first one decides. */
function pfx(pem: string, key: string): Buffer {
  openssl.write("all.pem", pem);
  openssl.run(
    "pkcs12",
    "-export",
    "-in",
    "all.pem",
    "-inkey",
    `${key}.key`,
    "-passout",
    "pass:",
    "-out",
    "all.p12",
  );
  return openssl.bytes("all.p12");
}

/** One PFX with the contents of several, which OpenSSL does not write. */
function merged(...names: string[]): Buffer {
  const infos = names.flatMap((name) => {
    const clear = ["-keypbe", "NONE", "-certpbe", "NONE", "-nomac", "-passout", "pass:", "-out", "one.p12"];
    openssl.run("pkcs12", "-export", "-in", `${name}.crt`, "-inkey", `${name}.key`, ...clear);
    const [, info] = split(contents(openssl.bytes("one.p12"))) as [Buffer, Buffer];
    return split(contents(contents(contents(split(contents(info))[1]!))));
  });
  const data = der(0x30, oid("1.2.840.113549.1.7.1"), der(0xa0, der(0x04, der(0x30, ...infos))));
  return der(0x30, integer(3), data);
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

/** Whatever stands first. */
function bothOrders(one: string, other: string): string[] {
  return [one + other, other + one];
}

describe("of several certificates in one file", () => {
  it("the valid one is taken, beside one that has expired", () => {
    for (const certificates of bothOrders(crt("brief"), crt("universal"))) {
      const pem = certificates + openssl.text("universal.key");
      expect(chosen({ pem, clock: at(10) })).toBe("Push");
      expect(chosen({ pfx: pfx(pem, "universal"), clock: at(10) })).toBe("Push");
    }
  });

  it("the valid one is taken, although it belongs to another key than the expired one", () => {
    for (const pem of bothOrders(both("production"), crt("brief") + openssl.text("universal.key"))) {
      expect(chosen({ pem, clock: at(10) })).toBe("Production Push");
    }
  });

  it.each(["distribution", "team"])("the one for pushes is taken, beside one for a %s", (other) => {
    for (const pem of bothOrders(both(other), both("universal"))) expect(chosen({ pem })).toBe("Push");
  });

  it("the one for pushes is taken from a PFX with several keys", () => {
    for (const names of [
      ["distribution", "universal"],
      ["universal", "distribution"],
      ["team", "universal"],
    ]) {
      expect(chosen({ pfx: merged(...names) })).toBe("Push");
    }
    expect(chosen({ pfx: merged("development", "production"), environment: "sandbox" })).toBe(
      "Development Push",
    );
    expect(refusal(() => certificate({ pfx: merged("universal", "production") })).code).toBe(
      "ERR_APNS_CREDENTIALS_AMBIGUOUS",
    );
  });

  it("one of a pass type is for pushes as well", () => {
    for (const pem of bothOrders(both("team"), both("pass"))) expect(chosen({ pem })).toBe("Pass Type ID");
  });

  it("the same certificate twice is one", () => {
    expect(chosen({ pem: both("universal") + both("universal") })).toBe("Push");
  });

  it("the one that belongs to the key is taken, whatever else is there", () => {
    const cert = crt("distribution") + crt("development") + crt("universal");
    expect(chosen({ cert, key: openssl.text("universal.key") })).toBe("Push");
  });

  it("the other identities of the file are not sent as intermediates", () => {
    const { tls } = certificate({ pem: both("distribution") + both("universal") + crt("pass") });
    const names = tls.cert
      .split(/(?<=-----END CERTIFICATE-----\n)/)
      .map((one) => new X509Certificate(one).subject);
    expect(names).toEqual([`UID=${APP}\nCN=Push`, "UID=pass.com.example\nCN=Pass Type ID"]);
  });
});

describe("of one certificate for each environment in one file", () => {
  const files = bothOrders(both("development"), both("production"));

  it("the option decides", () => {
    for (const pem of files) {
      expect(chosen({ pem, environment: "sandbox" })).toBe("Development Push");
      expect(chosen({ pem, environment: "production" })).toBe("Production Push");
    }
  });

  it("the client's environment decides, as it is known", () => {
    for (const pem of files) {
      const auth = certificate({ pem });
      expect(auth.environments).toEqual(["production"]);
      const sandbox = requireAuth(auth, "sandbox") as typeof auth;
      expect(sandbox).toMatchObject({ commonName: "Development Push", environments: ["sandbox"] });
      expect(sandbox.tls.key).toBe(openssl.text("development.key"));
      expect(sandbox.id).not.toBe(auth.id);
      expect(requireAuth(auth, "production")).toBe(auth);
      expect(() => auth.assertEnvironment("sandbox")).not.toThrow();
    }
  });

  it("one for both environments is in the way of one for either", () => {
    const pem = both("universal") + both("development");
    expect(chosen({ pem, environment: "production" })).toBe("Push");
    expect(refusal(() => certificate({ pem })).code).toBe("ERR_APNS_CREDENTIALS_AMBIGUOUS");
    expect(refusal(() => certificate({ pem, environment: "sandbox" })).message).toContain(
      "give a file with one of them",
    );
  });
});

describe("when the certificates leave no choice or too much of it", () => {
  it("several that can serve are listed", () => {
    const error = refusal(() => certificate({ pem: both("universal") + crt("renewed") }));
    expect(error.code).toBe("ERR_APNS_CREDENTIALS_AMBIGUOUS");
    const day = "\\d{4}-\\d\\d-\\d\\d";
    const one = (name: string) =>
      `'${name}' \\(serial number [0-9A-F]+, to ${day}, production and sandbox\\)`;
    expect(error.message).toMatch(
      new RegExp(`^2 certificates can serve: ${one("Push")}; ${one("renewed")}; give`),
    );
  });

  it("none that can serve are listed, each with its reason", () => {
    const pem = crt("brief") + both("universal") + both("distribution") + both("development");
    const error = refusal(() => certificate({ pem, environment: "production", clock: at(366) }));
    expect(error.code).toBe("ERR_APNS_CERTIFICATE_EXPIRED");
    expect(error.message).toMatch(
      /^None of the 4 certificates can serve: 'brief' expired on .*; 'Push' expired on /,
    );
  });

  it("many are counted", () => {
    const all = Array.from({ length: 15 }, (_, at) => {
      const own = ["-key", "universal.key", "-subj", `/CN=n${at}`, "-config", "universal.cnf"];
      return openssl.run("req", "-x509", ...own);
    });
    const error = refusal(() => certificate({ pem: all.join("") + openssl.text("universal.key") }));
    expect(error.message).toMatch(/^15 certificates can serve: .*; and 5 more; /);
  });

  it("a signing certificate alone is refused for its purpose", () => {
    const error = refusal(() => certificate({ pem: both("distribution") }));
    expect(error.code).toBe("ERR_APNS_CERTIFICATE_PURPOSE");
    expect(error.message).toBe(
      "The certificate 'Apple Distribution' is not for TLS clients, and so not for pushes (a signing certificate?)",
    );
    expect(chosen({ pem: both("clients") })).toBe("Clients");
  });

  it("one for the other environment is refused for it", () => {
    const error = refusal(() => certificate({ pem: both("development"), environment: "production" }));
    expect(error).toMatchObject({
      code: "ERR_APNS_CERTIFICATE_ENVIRONMENT",
      message: "The certificate 'Development Push' is for sandbox, not for production",
    });
  });

  it("none that belongs to the key are named", () => {
    const cert = crt("universal") + crt("distribution");
    const error = refusal(() => certificate({ cert, key: openssl.text("pass.key") }));
    expect(error.code).toBe("ERR_APNS_CERTIFICATE_KEY_MISMATCH");
    expect(error.message).toContain("'Push'; 'Apple Distribution'");
  });

  it("a name from outside has no line breaks and an end in a message", () => {
    openssl.certificate("loud", {
      subject: `/CN=${"x".repeat(40)}\\n\u001b[31m`,
      extensions: "extendedKeyUsage=codeSigning",
    });
    expect(refusal(() => certificate({ pem: both("loud") })).message).not.toMatch(/\p{Cc}/u);
  });
});
