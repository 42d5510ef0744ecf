import { X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import {
  loadModel,
  type Order,
  OrderSigner,
  order,
  type Pass,
  PassSigner,
  type PushPackage,
  pass,
  pushPackage,
  type SignedPackage,
  type SignerOptions,
  signingIdentity,
  signPackage,
  verifyPackage,
  WebsiteSigner,
} from "../src/index.ts";
import { Authority, type KeyType } from "./kit/authority.ts";
import { ORDER_TYPE, orderFiles, PASS_TYPE, passFiles, WEBSITE, websiteFiles } from "./kit/models.ts";
import { Folder, hasTool, output } from "./kit/tools.ts";

const folder = new Folder();
const openssl = hasTool("openssl", "version");
const unzip = hasTool("unzip", "-v");
const python = hasTool("python3", "--version");

/** One package of each kind. */
const KINDS = {
  pass: {
    uid: PASS_TYPE,
    sign: (options: SignerOptions, what: unknown) => new PassSigner(options).sign(what as Pass),
    make: () => pass(passFiles()),
  },
  order: {
    uid: ORDER_TYPE,
    sign: (options: SignerOptions, what: unknown) => new OrderSigner(options).sign(what as Order),
    make: () => order(orderFiles()),
  },
  "push package": {
    uid: WEBSITE,
    sign: (options: SignerOptions, what: unknown) => new WebsiteSigner(options).sign(what as PushPackage),
    make: () => pushPackage(websiteFiles()),
  },
} as const;

const authorities = new Map<KeyType, Authority>();

beforeAll(async () => {
  for (const keyType of ["RSA", "EC"] as const) authorities.set(keyType, await Authority.create({ keyType }));
});

const packages = new Map<string, Promise<SignedPackage>>();

/** A package, signed once for all tests. */
function signed(kind: keyof typeof KINDS, keyType: KeyType): Promise<SignedPackage> {
  const name = `${kind} ${keyType}`;
  const made = packages.get(name) ?? sign(kind, keyType);
  packages.set(name, made);
  return made;
}

async function sign(kind: keyof typeof KINDS, keyType: KeyType): Promise<SignedPackage> {
  const { uid, sign, make } = KINDS[kind];
  const authority = authorities.get(keyType)!;
  const { cert, key } = await authority.issue(uid, { keyType });
  return sign({ cert, key, wwdr: authority.intermediate }, make());
}

const CASES = Object.keys(KINDS).flatMap((kind) =>
  (["RSA", "EC"] as const).map((keyType) => [kind as keyof typeof KINDS, keyType] as const),
);

describe.each(CASES)("a signed %s with an %s key", (kind, keyType) => {
  it.skipIf(!openssl)("verifies with openssl cms and openssl smime up to the root", async () => {
    const made = await signed(kind, keyType);
    const signature = folder.write("signature", made.signature);
    const manifest = folder.write("manifest.json", made.manifest);
    const root = folder.write("root.pem", authorities.get(keyType)!.root);
    const args = ["-verify", "-binary", "-inform", "DER", "-in", signature, "-content", manifest];
    const trust = ["-CAfile", root, "-purpose", "any", "-out", folder.at("out")];
    expect(await output("openssl", "cms", ...args, ...trust)).toMatch(/verification successful/i);
    expect(await output("openssl", "smime", ...args, ...trust)).toMatch(/verification successful/i);
    const other = folder.write("other.json", "{}");
    const forged = args.with(-1, other);
    await expect(output("openssl", "cms", ...forged, ...trust)).rejects.toThrow(/verification failure/i);
  });

  it.skipIf(!openssl)("has the attributes content-type, message-digest and signing-time", async () => {
    const made = await signed(kind, keyType);
    const signature = folder.write("signature", made.signature);
    const text = await output("openssl", "cms", "-cmsout", "-print", "-inform", "DER", "-in", signature);
    for (const attribute of ["contentType", "messageDigest", "signingTime"])
      expect(text).toContain(attribute);
    expect(text.match(/d\.certificate/g)).toHaveLength(2);
    const parsed = await output("openssl", "asn1parse", "-inform", "DER", "-in", signature);
    expect(parsed).not.toContain("Error");
  });

  it.skipIf(!unzip || !python)("opens with unzip and with Python's zipfile", async () => {
    const made = await signed(kind, keyType);
    const file = folder.write("package.zip", made.bytes());
    expect(await output("unzip", "-t", file)).toContain("No errors detected");
    const program =
      "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip()); print(z.namelist())";
    const printed = await output("python3", "-c", program, file);
    expect(printed).toContain("None");
    for (const name of [...made.files.names, "manifest.json", "signature"]) expect(printed).toContain(name);
  });

  it("is found valid by verifyPackage but for the authority, which is not Apple's", async () => {
    const made = await signed(kind, keyType);
    const report = await verifyPackage(made.bytes());
    expect(report).toMatchObject({ type: kind, identifier: KINDS[kind].uid, valid: true });
    expect(report.findings).toEqual([
      { level: "warning", message: expect.stringMatching(/not known to be Apple's/) },
    ]);
    expect(report.signature).toMatchObject({ identifier: KINDS[kind].uid, issuedByApple: false });
  });
});

describe("a signed package", () => {
  it("is the same in one piece and as a stream, and twice the same from the same files", async () => {
    const made = await signed("pass", "EC");
    const pieces: Uint8Array[] = [];
    for await (const piece of made.stream()) pieces.push(piece);
    const streamed = Buffer.concat(pieces);
    expect(streamed.equals(made.bytes())).toBe(true);
    const again = await loadModel(made.bytes());
    expect(again.names).toEqual(made.files.names);
  });

  it("names the media type of its kind", async () => {
    expect((await signed("pass", "EC")).contentType).toBe("application/vnd.apple.pkpass");
    expect((await signed("order", "EC")).contentType).toBe("application/vnd.apple.order");
    const response = (await signed("push package", "EC")).response();
    expect(response.headers.get("content-type")).toBe("application/zip");
  });

  it("has a manifest of SHA-1 digests for passes and of SHA-256 digests for orders", async () => {
    const digests = async (kind: keyof typeof KINDS) =>
      Object.values(JSON.parse(Buffer.from((await signed(kind, "EC")).manifest).toString()) as object);
    expect(await digests("pass")).toEqual(Array(5).fill(expect.stringMatching(/^[0-9a-f]{40}$/)));
    expect(await digests("order")).toEqual(Array(3).fill(expect.stringMatching(/^[0-9a-f]{64}$/)));
  });

  it("tells signing times from 2050 on by a year of four digits", async () => {
    const authority = authorities.get("EC")!;
    const notAfter = new Date("2061-01-01T00:00:00Z");
    const long = await Authority.create({ keyType: "EC", notAfter });
    expect(long.root).not.toBe(authority.root);
    const { cert, key } = await long.issue(PASS_TYPE, { keyType: "EC", notAfter });
    const identity = signingIdentity({ cert, key, wwdr: long.intermediate });
    const late = Date.parse("2051-02-03T04:05:06Z");
    const signature = folder.write("late", identity.sign(Buffer.from("x"), late));
    expect(await output("openssl", "asn1parse", "-inform", "DER", "-in", signature)).toContain(
      "GENERALIZEDTIME   :20510203040506Z",
    );
  });

  it("shows names only in a log, and no key", async () => {
    const authority = authorities.get("EC")!;
    const { cert, key } = await authority.issue(PASS_TYPE, { keyType: "EC" });
    const identity = signingIdentity({ cert, key, wwdr: authority.intermediate });
    const { inspect } = await import("node:util");
    const shown = inspect(identity, { showHidden: true, depth: 9, getters: true });
    expect(shown).toContain(PASS_TYPE);
    expect(shown).not.toMatch(/PRIVATE|KeyObject/);
    expect(inspect(signPackage(passFiles(), identity), { depth: 9 })).not.toContain("4711");
  });
});

describe("a signer", () => {
  it("takes the intermediate that issued the certificate, wherever it stands", async () => {
    const authority = authorities.get("RSA")!;
    const other = authorities.get("EC")!;
    const { cert, key } = await authority.issue(PASS_TYPE);
    const forms: SignerOptions[] = [
      { cert, key, wwdr: [other.intermediate, authority.intermediate] },
      { cert, key, wwdr: other.intermediate + authority.intermediate },
      { cert, key, wwdr: new X509Certificate(authority.intermediate).raw },
      { cert: cert + authority.intermediate, key },
      { pem: key + authority.intermediate + other.root + cert },
    ];
    for (const options of forms) {
      const report = await verifyPackage(new PassSigner(options).sign(pass(passFiles())).bytes());
      expect(report.valid).toBe(true);
    }
  });

  it("takes the certificate of the package's identifier out of several, and the newest of one identifier", async () => {
    const authority = authorities.get("RSA")!;
    const day = 86_400_000;
    const old = await authority.issue(PASS_TYPE, { keyType: "EC", notAfter: new Date(Date.now() + day) });
    const renewed = await authority.issue(PASS_TYPE, { keyType: "EC" });
    const second = await authority.issue("pass.com.example.other", { keyType: "EC" });
    const push = await authority.issue("com.example.app", { keyType: "EC" });
    const all = [old, push, renewed, second];
    const signer = new PassSigner({
      pem: all.map(({ cert, key }) => cert + key).join("") + authority.intermediate,
    });
    const { signature } = await verifyPackage(signer.sign(pass(passFiles())).bytes());
    expect(signature?.fingerprint).toBe(new X509Certificate(renewed.cert).fingerprint256);
    const other = pass(passFiles(), { passTypeIdentifier: "pass.com.example.other" });
    expect((await verifyPackage(signer.sign(other).bytes())).signature?.identifier).toBe(
      "pass.com.example.other",
    );
  });

  it.skipIf(!openssl)("takes a PFX file with a passphrase", async () => {
    const authority = authorities.get("RSA")!;
    const { cert, key } = await authority.issue(PASS_TYPE);
    const [certFile, keyFile] = [folder.write("c.pem", cert), folder.write("k.pem", key)];
    const pfx = folder.at("pass.p12");
    const args = ["-export", "-in", certFile, "-inkey", keyFile, "-out", pfx, "-passout", "pass:secret"];
    await output("openssl", "pkcs12", ...args);
    const signer = new PassSigner({ pfx: { file: pfx }, passphrase: "secret", wwdr: authority.intermediate });
    expect((await verifyPackage(signer.sign(pass(passFiles())).bytes())).valid).toBe(true);
  });
});
