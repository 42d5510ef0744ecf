import "reflect-metadata";
import { X509Certificate } from "node:crypto";
import * as x509 from "@peculiar/x509";
import fc from "fast-check";
import * as pkijs from "pkijs";
import { afterAll, describe, expect, it } from "vitest";
import { readApnsExtensions } from "../../src/credentials/apns-extensions.ts";
import { openPfx } from "../../src/credentials/pfx.ts";
import { InvalidCredentials } from "../../src/index.ts";
import { appleExtensions, OpenSsl } from "../kit/openssl.ts";

// Two libraries read the same files: pkijs for PFX, @peculiar/x509 for certificates. Where they read one, the readers
// of this package find the same in it.

const openssl = new OpenSsl();
afterAll(() => openssl[Symbol.dispose]());

const topics = { "com.example.app": ["app"], "com.example.app.voip": ["voip"] };
openssl.certificate("push", {
  subject: "/UID=com.example.app/CN=Apple Push Services: com.example.app/OU=TEAM123456/C=US",
  extensions: `extendedKeyUsage=clientAuth\n${appleExtensions(topics)}`,
});
openssl.certificate("plain", { algorithm: "ec", subject: "/CN=Plain" });
openssl.certificate("signing", { subject: "/CN=Signing", extensions: "extendedKeyUsage=codeSigning" });
const names = ["push", "plain", "signing"] as const;

function pfx(name: string, ...options: string[]): Buffer {
  const from = ["-inkey", `${name}.key`, "-in", `${name}.crt`, "-passout", "pass:sesame"];
  openssl.run("pkcs12", "-export", ...from, "-out", `${name}.p12`, ...options);
  return openssl.bytes(`${name}.p12`);
}

function derOf(name: string): Buffer {
  return new X509Certificate(openssl.text(`${name}.crt`)).raw;
}

/** Certificates and private keys as pkijs finds them. */
async function byPkijs(file: Buffer, passphrase: string) {
  const password = new TextEncoder().encode(passphrase).buffer;
  const found = pkijs.PFX.fromBER(file);
  await found.parseInternalValues({ password, checkIntegrity: true });
  const safe = found.parsedValue!.authenticatedSafe!;
  await safe.parseInternalValues({ safeContents: safe.safeContents.map(() => ({ password })) });
  const bags = (safe.parsedValue as { safeContents: { value: pkijs.SafeContents }[] }).safeContents.flatMap(
    ({ value }) => value.safeBags.map((bag) => bag.bagValue),
  );
  const certificates: Buffer[] = [];
  const keys: Buffer[] = [];
  for (const bag of bags) {
    if (bag instanceof pkijs.CertBag) {
      certificates.push(Buffer.from((bag.parsedValue as pkijs.Certificate).toSchema().toBER()));
    } else if (bag instanceof pkijs.PKCS8ShroudedKeyBag) {
      await (
        bag as unknown as { parseInternalValues(secret: { password: ArrayBuffer }): Promise<void> }
      ).parseInternalValues({ password });
      keys.push(Buffer.from(bag.parsedValue!.toSchema().toBER()));
    }
  }
  return { certificates, keys };
}

/** What @peculiar/x509 finds of what {@link readApnsExtensions} looks for, as far as it has a form for it. */
function byPeculiar(der: Buffer) {
  const certificate = new x509.X509Certificate(der);
  const usages = certificate.getExtension(x509.ExtendedKeyUsageExtension)?.usages;
  const has = (id: string) => certificate.extensions.some(({ type }) => type === id);
  return {
    uid: certificate.subjectName.getField("0.9.2342.19200300.100.1.1")[0],
    environments: [
      ...(has("1.2.840.113635.100.6.3.2") ? ["production"] : []),
      ...(has("1.2.840.113635.100.6.3.1") ? ["sandbox"] : []),
    ],
    provesClients:
      usages === undefined ||
      usages.some((usage) => ["1.3.6.1.5.5.7.3.2", "2.5.29.37.0"].includes(String(usage))),
  };
}

describe("pkijs and this package find the same in a PFX of", () => {
  it.each(
    names.flatMap((name) => [
      { name, cipher: "AES-256", options: [] },
      { name, cipher: "AES-128 with 5,000 rounds", options: ["-keypbe", "AES-128-CBC", "-iter", "5000"] },
      { name, cipher: "AES-256 with a MAC of SHA-1", options: ["-macalg", "sha1"] },
    ]),
  )("$name, $cipher", async ({ name, options }) => {
    const file = pfx(name, ...options);
    const own = openPfx(file, "sesame");
    const other = await byPkijs(file, "sesame");
    expect(own.certificates).toEqual(other.certificates);
    expect(own.keys).toEqual(other.keys);
    await expect(byPkijs(file, "other")).rejects.toThrow();
    expect(() => openPfx(file, "other")).toThrow(InvalidCredentials);
  });
});

describe("@peculiar/x509 and this package find the same in a certificate", () => {
  it.each(names)("%s", (name) => {
    const { topics: _, ...own } = readApnsExtensions(derOf(name));
    expect(own).toEqual(byPeculiar(derOf(name)));
  });

  it("that is damaged, where both can read it", () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 3,
    });
    let both = 0;
    fc.assert(
      fc.property(fc.constantFrom(...names), damage, (name, changes) => {
        const der = Buffer.from(derOf(name));
        for (const [at, value] of changes) der[at % der.length] = value;
        let other: ReturnType<typeof byPeculiar>;
        let own: ReturnType<typeof readApnsExtensions>;
        try {
          // What Node.js cannot read never reaches the reader of extensions.
          new X509Certificate(der);
          other = byPeculiar(der);
          own = readApnsExtensions(der);
        } catch {
          return;
        }
        both++;
        const { topics: _, ...found } = own;
        expect(found).toEqual(other);
      }),
      { numRuns: 500 },
    );
    expect(both).toBeGreaterThan(50);
  });
});
