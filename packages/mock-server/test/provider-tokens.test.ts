import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { providerKey } from "../src/credentials/provider-keys.ts";
import { ProviderTokens } from "../src/credentials/provider-tokens.ts";
import { TokenThrottle } from "../src/credentials/token-throttle.ts";
import { generateSigningKey, type ProviderKeyOptions, signProviderToken } from "../src/index.ts";

const NOW = 1_700_000_000;
const key = generateSigningKey({ keyId: "KEY", teamId: "TEAM" });

function tokens(more: Partial<ProviderKeyOptions> = {}) {
  const known = new ProviderTokens("sandbox");
  known.register(providerKey({ ...key, ...more }));
  return known;
}

function verdictOf(known: ProviderTokens, jwt: string, now = NOW * 1_000): string {
  const checked = known.check(jwt, now);
  return "reason" in checked ? checked.reason : `accepted, of ${checked.issuedAt}`;
}

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

function jwt(
  header: unknown,
  claims: unknown,
  by = key,
  dsaEncoding: "der" | "ieee-p1363" = "ieee-p1363",
): string {
  const signed = `${encoded(header)}.${encoded(claims)}`;
  const signature = sign("sha256", Buffer.from(signed), { key: createPrivateKey(by.key), dsaEncoding });
  return `${signed}.${signature.toString("base64url")}`;
}

describe("a provider token", () => {
  const HEADER = { alg: "ES256", kid: "KEY" };
  const CLAIMS = { iss: "TEAM", iat: NOW };

  test.each<[string, unknown, unknown, boolean]>([
    ["a good header and good claims", HEADER, CLAIMS, true],
    ["no alg", { kid: "KEY" }, CLAIMS, true],
    ["another alg", { ...HEADER, alg: "RS256" }, CLAIMS, false],
    ["alg null", { ...HEADER, alg: null }, CLAIMS, false],
    ["another kid", { ...HEADER, kid: "YEK" }, CLAIMS, false],
    ["a kid that is no text", { ...HEADER, kid: ["KEY"] }, CLAIMS, false],
    ["another team", HEADER, { ...CLAIMS, iss: "OTHER" }, false],
    ["no team", HEADER, { iat: NOW }, false],
    ["digits as its time", HEADER, { ...CLAIMS, iat: String(NOW) }, true],
    ["digits and more as its time", HEADER, { ...CLAIMS, iat: `${NOW}x` }, false],
    ["more and digits as its time", HEADER, { ...CLAIMS, iat: `x${NOW}` }, false],
    ["too many digits as its time", HEADER, { ...CLAIMS, iat: `${"0".repeat(6)}${NOW}` }, false],
    ["fifteen digits as its time", HEADER, { ...CLAIMS, iat: `${"0".repeat(5)}${NOW}` }, true],
    ["a list as its time", HEADER, { ...CLAIMS, iat: [String(NOW)] }, false],
    ["null as its time", HEADER, { ...CLAIMS, iat: null }, false],
    ["a list as its header", ["ES256"], CLAIMS, false],
    ["a text as its header", "KEY", CLAIMS, false],
    ["null as its claims", HEADER, null, false],
  ])("with %s", (_what, header, claims, good) => {
    const verdict = good ? `accepted, of ${NOW}` : "InvalidProviderToken";
    expect(verdictOf(tokens(), jwt(header, claims))).toBe(verdict);
  });

  test("with a time that is no finite number is invalid", () => {
    const claims = Buffer.from(`{"iss":"TEAM","iat":1e999}`).toString("base64url");
    const signed = `${encoded(HEADER)}.${claims}`;
    const options = { key: createPrivateKey(key.key), dsaEncoding: "ieee-p1363" } as const;
    const signature = sign("sha256", Buffer.from(signed), options).toString("base64url");
    expect(verdictOf(tokens(), `${signed}.${signature}`)).toBe("InvalidProviderToken");
  });

  test("has exactly three parts, none empty", () => {
    const good = jwt(HEADER, CLAIMS);
    const [header, claims, signature] = good.split(".");
    const known = tokens();
    for (const bad of ["", "a", `${header}.${claims}`, `${header}.${claims}.`, `.${claims}.${signature}`]) {
      expect(verdictOf(known, bad)).toBe("InvalidProviderToken");
    }
    expect(verdictOf(known, `${good}.`)).toBe("InvalidProviderToken");
    expect(verdictOf(known, `${good}.x`)).toBe("InvalidProviderToken");
    expect(verdictOf(known, `!.${claims}.${signature}`)).toBe("InvalidProviderToken");
    expect(verdictOf(known, good)).toBe(`accepted, of ${NOW}`);
  });

  test("may have a DER signature, but it must be its own, as with a raw one", () => {
    const other = generateSigningKey({ keyId: "KEY", teamId: "TEAM" });
    for (const encoding of ["der", "ieee-p1363"] as const) {
      expect(verdictOf(tokens(), jwt(HEADER, CLAIMS, key, encoding))).toBe(`accepted, of ${NOW}`);
      expect(verdictOf(tokens(), jwt(HEADER, CLAIMS, other, encoding))).toBe("InvalidProviderToken");
    }
    const [header, claims] = jwt(HEADER, CLAIMS).split(".");
    for (const octets of [63, 64, 65]) {
      const signature = Buffer.alloc(octets, 0x31).toString("base64url");
      expect(verdictOf(tokens(), `${header}.${claims}.${signature}`)).toBe("InvalidProviderToken");
    }
  });

  test.each([
    [-3_601, "ExpiredProviderToken"],
    [-3_600, `accepted, of ${NOW - 3_600}`],
    [3_600, `accepted, of ${NOW + 3_600}`],
    [3_601, "InvalidProviderToken"],
  ])("made %i seconds from now is %s, also the second time", (seconds, verdict) => {
    const known = tokens();
    const token = signProviderToken(key, { issuedAt: NOW + seconds });
    expect(verdictOf(known, token)).toBe(verdict);
    expect(verdictOf(known, token)).toBe(verdict);
  });

  test("expires at the millisecond", () => {
    const known = tokens();
    const token = signProviderToken(key, { issuedAt: NOW });
    expect(verdictOf(known, token, NOW * 1_000 + 3_600_000)).toBe(`accepted, of ${NOW}`);
    expect(verdictOf(known, token, NOW * 1_000 + 3_600_001)).toBe("ExpiredProviderToken");
  });

  test("is good in the environment of its key only", () => {
    const token = signProviderToken(key, { issuedAt: NOW });
    expect(verdictOf(tokens({ environment: "sandbox" }), token)).toBe(`accepted, of ${NOW}`);
    expect(verdictOf(tokens({ environment: "production" }), token)).toBe("BadEnvironmentKeyInToken");
  });

  test("is the same object as before, until the keys change", () => {
    const known = tokens();
    const token = signProviderToken(key, { issuedAt: NOW });
    const first = known.check(token, NOW * 1_000);
    expect(known.check(token, NOW * 1_000)).toBe(first);
    known.register(providerKey({ ...key, keyId: "OTHER" }));
    expect(known.check(token, NOW * 1_000)).not.toBe(first);
  });
});

describe("a key", () => {
  test("that is registered or revoked changes the verdict about tokens that were seen", () => {
    const known = new ProviderTokens("sandbox");
    const token = signProviderToken(key, { issuedAt: NOW });
    expect([verdictOf(known, token), known.keys]).toEqual(["InvalidProviderToken", []]);
    const registered = providerKey(key);
    known.register(registered);
    expect([verdictOf(known, token), known.keys]).toEqual([`accepted, of ${NOW}`, [registered]]);
    expect([known.revoke("OTHER"), known.revoke("KEY"), known.revoke("KEY")]).toEqual([false, true, false]);
    expect([verdictOf(known, token), known.keys]).toEqual(["InvalidProviderToken", []]);
  });

  test("is read from a private or a public PEM, with all that is told of it", () => {
    const topics = ["com.example.app"];
    const read = providerKey({ ...key, topics, environment: "production", relatedKeyId: "NEXT" });
    expect(read).toMatchObject({
      keyId: "KEY",
      teamId: "TEAM",
      environment: "production",
      relatedKeyId: "NEXT",
    });
    expect(read.topics).toEqual(new Set(topics));
    const spki = createPublicKey(key.key).export({ type: "spki", format: "pem" });
    expect(providerKey({ ...key, key: spki }).publicKey.equals(read.publicKey)).toBe(true);
    const bare = providerKey(key);
    expect([bare.topics, bare.environment, bare.relatedKeyId]).toEqual([undefined, undefined, undefined]);
  });

  const p384 = generateKeyPairSync("ec", { namedCurve: "secp384r1" }).privateKey;
  const rsa = generateKeyPairSync("rsa", { modulusLength: 1_024 }).privateKey;

  test.each<[string, Partial<ProviderKeyOptions>, string]>([
    ["an empty key id", { keyId: "" }, "A provider key needs a keyId and a teamId"],
    ["an empty team id", { teamId: "" }, "A provider key needs a keyId and a teamId"],
    ["a key id that is no text", { keyId: 7 as never }, "A provider key needs a keyId and a teamId"],
    ["a team id that is no text", { teamId: 7 as never }, "A provider key needs a keyId and a teamId"],
    ["no PEM", { key: "secret" }, "The provider key KEY is not a PEM private or public key"],
    [
      "another curve",
      { key: p384.export({ type: "pkcs8", format: "pem" }) },
      "The provider key KEY must be on the curve P-256",
    ],
    [
      "an RSA key",
      { key: rsa.export({ type: "pkcs8", format: "pem" }) },
      "The provider key KEY must be on the curve P-256",
    ],
  ])("with %s is refused", (_what, change, message) => {
    expect(() => providerKey({ ...key, ...change })).toThrow(
      expect.objectContaining({ name: "InvalidMockCredentials", message }),
    );
  });

  test("that cannot be read is refused with the reason as the cause", () => {
    for (const read of [
      () => providerKey({ ...key, key: "?" }),
      () => signProviderToken({ ...key, key: "?" }),
    ]) {
      expect(read).toThrow(expect.objectContaining({ cause: expect.any(Error) }));
    }
    const message = "The provider key KEY is not a PEM private key";
    expect(() => signProviderToken({ ...key, key: "?" })).toThrow(expect.objectContaining({ message }));
  });

  test("that is generated has example ids unless others are given", () => {
    expect(generateSigningKey()).toMatchObject({ keyId: "ABC123DEFG", teamId: "DEF123GHIJ" });
    const made = generateSigningKey({ keyId: "A", teamId: "B" });
    expect(made).toMatchObject({ keyId: "A", teamId: "B" });
    expect(createPrivateKey(made.key).asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
  });

  test("signs header and claims as clients do, of this second unless told otherwise", () => {
    const before = Math.floor(Date.now() / 1_000);
    const [header, claims, signature] = signProviderToken(key).split(".");
    const parsed = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
    expect(parsed(header!)).toEqual({ alg: "ES256", kid: "KEY" });
    expect(parsed(claims!)).toEqual({ iss: "TEAM", iat: expect.any(Number) });
    expect(parsed(claims!).iat - before).toBeLessThanOrEqual(60);
    expect(parsed(claims!).iat - before).toBeGreaterThanOrEqual(0);
    expect(Buffer.from(signature!, "base64url")).toHaveLength(64);
    const der = signProviderToken(key, { signature: "der", issuedAt: 5 }).split(".");
    expect(parsed(der[1]!).iat).toBe(5);
    expect(Buffer.from(der[2]!, "base64url")[0]).toBe(0x30);
  });
});

describe("the throttle of new tokens", () => {
  test("admits one in each interval and scope, and those it has admitted at any time", () => {
    const throttle = new TokenThrottle(100);
    expect(throttle.nextUpdate("a")).toBe(-Infinity);
    expect(throttle.admit("a", "1", 1_000)).toBe(true);
    expect(throttle.nextUpdate("a")).toBe(1_100);
    expect([throttle.admit("a", "2", 1_099), throttle.admit("b", "2", 1_099)]).toEqual([false, true]);
    expect([throttle.admit("a", "1", 1_099), throttle.nextUpdate("a")]).toEqual([true, 1_100]);
    expect([throttle.admit("a", "2", 1_100), throttle.nextUpdate("a")]).toEqual([true, 1_200]);
    expect([throttle.admit("a", "1", 1_150), throttle.admit("a", "3", 1_150)]).toEqual([true, false]);
  });

  test("remembers the last eight of a scope", () => {
    const throttle = new TokenThrottle(100);
    for (let token = 0; token < 8; token++) expect(throttle.admit("a", `${token}`, token * 100)).toBe(true);
    expect(throttle.admit("a", "0", 701)).toBe(true);
    expect(throttle.admit("a", "8", 800)).toBe(true);
    expect([throttle.admit("a", "0", 801), throttle.admit("a", "1", 801)]).toEqual([false, true]);
  });
});
