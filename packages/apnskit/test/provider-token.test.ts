import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { ManualClock } from "@apnskit/testkit";
import { decodeProtectedHeader, importSPKI, jwtVerify } from "jose";
import { afterAll, describe, expect, it } from "vitest";
import {
  type BearerToken,
  InvalidCredentials,
  InvalidOption,
  type ProviderTokenOptions,
  ProviderTokenRejected,
  providerToken,
} from "../src/index.ts";
import { MINUTE } from "./kit/durations.ts";
import { p8 as newKey } from "./kit/p8.ts";

const folder = mkdtempSync(join(tmpdir(), "apnskit-keys-"));
afterAll(() => rmSync(folder, { recursive: true }));

const p8 = newKey();
const file = join(folder, "AuthKey.p8");
writeFileSync(file, p8);
const spki = createPublicKey(p8).export({ type: "spki", format: "pem" }) as string;
const ids = { keyId: "ABC123DEFG", teamId: "DEF123GHIJ" };

function make(options: Partial<ProviderTokenOptions> = {}) {
  const clock = new ManualClock();
  return { clock, auth: providerToken({ key: p8, ...ids, clock, ...options }) };
}

const jwtOf = (token: BearerToken) => token.authorization.replace(/^bearer /, "");

function refusal(attempt: () => unknown): InvalidCredentials {
  try {
    attempt();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidCredentials);
    return error as InvalidCredentials;
  }
  throw new Error("nothing was thrown");
}

describe("a provider token", () => {
  it("is an ES256 JWT that jose verifies, with kid, iss and a numeric iat and nothing else", async () => {
    const { auth, clock } = make();
    const { authorization } = auth.current();
    expect(authorization).toMatch(/^bearer [\w-]+\.[\w-]+\.[\w-]{86}$/);
    const jwt = jwtOf(auth.current());
    const verified = await jwtVerify(jwt, await importSPKI(spki, "ES256"), {
      currentDate: new Date(clock.epoch()),
    });
    expect(decodeProtectedHeader(jwt)).toEqual({ alg: "ES256", kid: ids.keyId });
    expect(verified.payload).toEqual({ iss: ids.teamId, iat: Date.UTC(2026, 0, 1) / 1000 });
  });

  it("has a whole iat although the clock has milliseconds", () => {
    const clock = new ManualClock({ epoch: 1_700_000_000_999 });
    const token = make({ clock }).auth.current();
    expect(JSON.parse(Buffer.from(jwtOf(token).split(".")[1] as string, "base64url").toString()).iat).toBe(
      1_700_000_000,
    );
    expect(token.issuedAt).toEqual(new Date(1_700_000_000_000));
  });

  it.each<[string, () => ProviderTokenOptions["key"]]>([
    ["PEM text", () => p8],
    ["PEM text with \\n spelt out, as in an environment variable", () => p8.replaceAll("\n", "\\n")],
    ["PEM text with Windows line ends", () => p8.replaceAll("\n", "\r\n")],
    ["a buffer", () => Buffer.from(p8)],
    ["a plain Uint8Array", () => new TextEncoder().encode(p8)],
    ["a file path", () => ({ file })],
    ["a file URL", () => ({ file: pathToFileURL(file) })],
    ["a KeyObject", () => createPrivateKey(p8)],
  ])("takes its key from %s", async (_, key) => {
    const jwt = jwtOf(make({ key: key() }).auth.current());
    const publicKey = await importSPKI(spki, "ES256");
    await expect(
      jwtVerify(jwt, publicKey, { currentDate: new Date(Date.UTC(2026, 0, 1)) }),
    ).resolves.toBeDefined();
  });
});

describe("a key that cannot sign for APNs is refused", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = (key: typeof rsa.privateKey, options = {}) =>
    key.export({ type: "pkcs8", format: "pem", ...options }) as string;

  it.each<[string, () => unknown, string, RegExp]>([
    [
      "text that is no PEM",
      () => "AuthKey_ABC123DEFG.p8",
      "ERR_APNS_KEY_UNREADABLE",
      /not PEM text.*\{ file: path \}/,
    ],
    [
      "a file that is not there",
      () => ({ file: join(folder, "none.p8") }),
      "ERR_APNS_KEY_UNREADABLE",
      /cannot be read/,
    ],
    ["no key at all", () => undefined, "ERR_APNS_KEY_UNREADABLE", /not undefined/],
    [
      "a PEM of rubbish",
      () => "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
      "ERR_APNS_KEY_UNREADABLE",
      /read/,
    ],
    ["a public key", () => spki, "ERR_APNS_KEY_UNREADABLE", /not a private key/],
    ["a public KeyObject", () => createPublicKey(p8), "ERR_APNS_KEY_WRONG_TYPE", /a public key/],
    ["an RSA key", () => pem(rsa.privateKey), "ERR_APNS_KEY_WRONG_TYPE", /not a key of type rsa/],
    ["the curve P-384", () => newKey("secp384r1"), "ERR_APNS_KEY_WRONG_TYPE", /secp384r1/],
    ["the curve secp256k1", () => newKey("secp256k1"), "ERR_APNS_KEY_WRONG_TYPE", /secp256k1/],
    [
      "an encrypted key",
      () => pem(createPrivateKey(p8), { cipher: "aes-256-cbc", passphrase: "secret" }),
      "ERR_APNS_KEY_UNREADABLE",
      /encrypted/,
    ],
  ])("%s", (_, key, code, message) => {
    const error = refusal(() => make({ key: key() as string }));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.delivery).toBe("unsent");
  });

  it.each([
    ["keyId", "ABC", "ERR_APNS_KEY_ID_INVALID", "'ABC'"],
    ["keyId", "ABC123DEFGH", "ERR_APNS_KEY_ID_INVALID", "'ABC123DEFGH'"],
    ["teamId", "", "ERR_APNS_TEAM_ID_INVALID", "''"],
    ["teamId", "DEF 23GHIJ", "ERR_APNS_TEAM_ID_INVALID", "'DEF 23GHIJ'"],
    ["teamId", 1234567890, "ERR_APNS_TEAM_ID_INVALID", "number"],
  ])("a wrong %s: %j", (name, value, code, shown) => {
    const error = refusal(() => make({ [name]: value }));
    expect(error.code).toBe(code);
    expect(error.message).toContain(shown);
  });

  it("the key itself in place of the key id, without repeating it", () => {
    const error = refusal(() => make({ keyId: p8 }));
    expect(error.message).toMatch(/not \d+ characters/);
    expect(error.message).not.toContain("PRIVATE KEY");
  });
});

describe("renewal", () => {
  it("hands out the same object until 50 minutes have passed, then a new one", () => {
    const { auth, clock } = make();
    const first = auth.current();
    clock.advance(50 * MINUTE - 1);
    expect(auth.current()).toBe(first);
    clock.advance(1);
    const second = auth.current();
    expect(second).not.toBe(first);
    expect(second.generation).toBe(2);
    expect(second.issuedAt.getTime() - first.issuedAt.getTime()).toBe(50 * MINUTE);
    expect(auth.current()).toBe(second);
  });

  it.each([20, 45, 60])("follows renewAfter of %i minutes", (minutes) => {
    const { auth, clock } = make({ renewAfter: minutes * MINUTE });
    const first = auth.current();
    clock.advance(minutes * MINUTE - 1);
    expect(auth.current()).toBe(first);
    clock.advance(1);
    expect(auth.current()).not.toBe(first);
  });

  it.each([20 * MINUTE - 1, 60 * MINUTE + 1, 0, Number.NaN, Number.POSITIVE_INFINITY])(
    "refuses renewAfter of %d ms, naming it",
    (renewAfter) => {
      expect(() => make({ renewAfter })).toThrow(InvalidOption);
      expect(() => make({ renewAfter })).toThrow(String(renewAfter));
    },
  );

  it("is not caused by a wall clock that is set backwards, or forwards by less than its age allows", () => {
    const { auth, clock } = make();
    const first = auth.current();
    clock.jumpEpoch(50 * MINUTE - 1);
    expect(auth.current()).toBe(first);
    clock.jumpEpoch(-48 * 60 * MINUTE);
    expect(auth.current()).toBe(first);
  });

  it("follows the wall clock where it went further: the monotonic one stands still in a suspended machine", () => {
    const { auth, clock } = make();
    for (let nap = 1; nap <= 3; nap++) {
      const before = auth.current();
      clock.advance(MINUTE);
      clock.jumpEpoch(120 * MINUTE);
      const after = auth.current();
      expect(after.generation).toBe(nap + 1);
      expect(after.issuedAt.getTime() - before.issuedAt.getTime()).toBe(121 * MINUTE);
      expect(auth.current()).toBe(after);
    }
  });

  it("follows the monotonic clock where the wall clock was set back", () => {
    const { auth, clock } = make();
    const first = auth.current();
    clock.jumpEpoch(-3 * 60 * MINUTE);
    clock.advance(50 * MINUTE - 1);
    expect(auth.current()).toBe(first);
    clock.advance(1);
    expect(auth.current().generation).toBe(2);
  });

  it("happens once for a wall clock that jumps to and fro", () => {
    const { auth, clock } = make();
    auth.current();
    for (let jump = 0; jump < 50; jump++) {
      clock.jumpEpoch(jump % 2 === 0 ? 90 * MINUTE : -90 * MINUTE);
      auth.current();
    }
    expect(auth.current().generation).toBe(2);
  });

  it.each([20, 35, 50, 60])(
    "never comes before 20 minutes on both clocks, with renewAfter of %i minutes",
    (minutes) => {
      const { auth, clock } = make({ renewAfter: minutes * MINUTE });
      let issued = { now: clock.now(), epoch: clock.epoch(), generation: auth.current().generation };
      for (let step = 1; step <= 2_000; step++) {
        clock.advance((step * 7919) % (2 * MINUTE));
        clock.jumpEpoch(((step * 104_729) % (2 * MINUTE)) - MINUTE);
        const { generation } = auth.current();
        const passed = Math.max(clock.now() - issued.now, clock.epoch() - issued.epoch);
        if (generation === issued.generation) expect(passed).toBeLessThan(minutes * MINUTE);
        else expect(passed).toBeGreaterThanOrEqual(minutes * MINUTE);
        if (generation !== issued.generation) issued = { now: clock.now(), epoch: clock.epoch(), generation };
      }
      expect(issued.generation).toBeGreaterThan(3);
    },
  );

  it("takes the iat from the wall clock as it is then", () => {
    const { auth, clock } = make();
    auth.current();
    clock.jumpEpoch(Date.UTC(2026, 5, 1) - clock.epoch());
    clock.advance(50 * MINUTE);
    expect(auth.current().issuedAt).toEqual(new Date(Date.UTC(2026, 5, 1) + 50 * MINUTE));
  });
});

describe("a token that APNs calls expired", () => {
  it("is renewed exactly once for 240 concurrent reports", async () => {
    const { auth } = make();
    const used = auth.current();
    const verdicts = await Promise.all(Array.from({ length: 240 }, async () => auth.rejected(used)));
    const tokens = new Set(verdicts.map((verdict) => verdict.action === "resend" && verdict.token));
    expect(tokens.size).toBe(1);
    expect(auth.current().generation).toBe(2);
    expect([...tokens][0]).toBe(auth.current());
  });

  it("is not renewed again when its successor is rejected within 20 minutes", () => {
    const { auth, clock } = make();
    auth.rejected(auth.current());
    clock.advance(20 * MINUTE - 1);
    const verdict = auth.rejected(auth.current());
    expect(verdict.action).toBe("surface");
    expect(auth.current().generation).toBe(2);
  });

  it("is renewed again after 20 minutes", () => {
    const { auth, clock } = make();
    auth.rejected(auth.current());
    clock.advance(20 * MINUTE);
    expect(auth.rejected(auth.current()).action).toBe("resend");
    expect(auth.current().generation).toBe(3);
  });

  it("is renewed again after a suspension of 20 minutes, although the monotonic clock stood still", () => {
    const { auth, clock } = make();
    auth.rejected(auth.current());
    clock.jumpEpoch(20 * MINUTE);
    expect(auth.rejected(auth.current()).action).toBe("resend");
    expect(auth.current().generation).toBe(3);
  });

  it("is renewed even right after a scheduled renewal, but only once", () => {
    const { auth, clock } = make();
    auth.current();
    clock.advance(50 * MINUTE);
    expect(auth.rejected(auth.current()).action).toBe("resend");
    expect(auth.rejected(auth.current()).action).toBe("surface");
    expect(auth.current().generation).toBe(3);
  });

  it("lives for its full time again once it was renewed", () => {
    const { auth, clock } = make();
    const first = auth.current();
    clock.advance(30 * MINUTE);
    auth.rejected(first);
    const second = auth.current();
    clock.advance(50 * MINUTE - 1);
    expect(auth.current()).toBe(second);
  });

  it("sends late reports about an older token to the current one, whatever their number", () => {
    const { auth } = make();
    const old = auth.current();
    auth.rejected(old);
    for (let report = 0; report < 50; report++) {
      expect(auth.rejected(old)).toEqual({ action: "resend", token: auth.current() });
    }
    expect(auth.current().generation).toBe(2);
  });

  it.each([
    ["behind", -63, /63 min behind the server's/, -63 * MINUTE],
    ["ahead", 90, /90 min ahead of the server's/, 90 * MINUTE],
    ["right", 0, /agrees with the server's/, 0],
  ])("names the clock as the cause, when it is %s by the answer's date", (_, minutes, message, skew) => {
    const { auth, clock } = make();
    auth.rejected(auth.current());
    const date = new Date(clock.epoch() - minutes * MINUTE).toUTCString();
    const verdict = auth.rejected(auth.current(), date);
    const error = verdict.action === "surface" ? verdict.error : undefined;
    expect(error).toBeInstanceOf(ProviderTokenRejected);
    expect(error?.message).toMatch(message);
    expect(error?.clockSkew).toBe(skew);
  });

  it.each([undefined, "yesterday"])("names the clock as the probable cause with a date of %j", (date) => {
    const { auth } = make();
    auth.rejected(auth.current());
    const verdict = auth.rejected(auth.current(), date);
    const error = verdict.action === "surface" ? verdict.error : undefined;
    expect(error?.message).toMatch(/probably this machine's clock is wrong \(it says 2026-01-01T00:00:00/);
    expect(error?.clockSkew).toBeUndefined();
  });
});

describe("a token that APNs calls invalid", () => {
  const dateOf = (epoch: number) => new Date(epoch).toUTCString();

  it("names the clock that is ahead, and is not renewed, since a new one would not help", () => {
    const { auth, clock } = make();
    const decision = auth.rejectedAsInvalid(auth.current(), dateOf(clock.epoch() - 90 * MINUTE));
    const error = decision?.action === "surface" ? decision.error : undefined;
    expect(error).toBeInstanceOf(ProviderTokenRejected);
    expect(error?.message).toMatch(
      /dated in the future: this machine's clock is 90 min ahead of the server's/,
    );
    expect(error?.clockSkew).toBe(90 * MINUTE);
    expect(auth.current().generation).toBe(1);
  });

  it("is renewed once after the clock was set right", () => {
    const { auth, clock } = make();
    const used = auth.current();
    clock.jumpEpoch(-120 * MINUTE);
    const decisions = Array.from({ length: 50 }, () => auth.rejectedAsInvalid(used, dateOf(clock.epoch())));
    expect(decisions.every((one) => one?.action === "resend" && one.token === auth.current())).toBe(true);
    expect(auth.current()).toMatchObject({ generation: 2, issuedAt: new Date(clock.epoch()) });
  });

  it.each([
    ["a clock that is right", 0],
    ["a clock that is ahead by less than an hour", 55],
    ["a clock that is behind", -300],
  ])("has another cause with %s", (_, minutes) => {
    const { auth, clock } = make();
    expect(auth.rejectedAsInvalid(auth.current(), dateOf(clock.epoch() - minutes * MINUTE))).toBeUndefined();
  });

  it.each([undefined, "yesterday"])("has an unknown cause with a date of %j", (date) => {
    const { auth } = make();
    expect(auth.rejectedAsInvalid(auth.current(), date)).toBeUndefined();
  });
});

describe("a key file that names another key", () => {
  it.each([
    ["AuthKey_ZZZ999ZZZZ.p8", 1],
    ["AuthKey_ZZZ999ZZZZ (1).p8", 1],
    ["AuthKey_ZZZ999ZZZZ copy.p8", 1],
    ["AuthKey_ZZZ999ZZZZ-1.p8", 1],
    ["AuthKey_ZZZ999ZZZZ_DEF123GHIJ.p8", 1],
    ["Copy of AuthKey_ZZZ999ZZZZ.p8", 1],
    ["production-AuthKey_ZZZ999ZZZZ.p8", 1],
    ["AuthKey-ZZZ999ZZZZ.p8", 1],
    ["AuthKey.ZZZ999ZZZZ.pem", 1],
    ["authkey_zzz999zzzz.p8", 1],
    ["APNsAuthKey_ZZZ999ZZZZ.p8", 1],
    ["apns_key_ZZZ999ZZZZ.p8", 1],
    ["apns-auth-key-zzz999zzzz.p8", 1],
    ["apns_ZZZ999ZZZZ.p8", 1],
    ["key-ZZZ999ZZZZ", 1],
    ["AuthKey_ZZZZZZZZZZ.p8", 1],
    ["AuthKey_ABC123DEFG.p8", 0],
    ["authkey_abc123defg.p8", 0],
    ["apns-key-abc123defg (2).p8", 0],
    ["AuthKey_production.p8", 0],
    ["apns_PRODUCTION.p8", 0],
    ["AuthKey_ZZZ999ZZZZ9.p8", 0],
    ["monkey_ZZZ999ZZZZ.p8", 0],
    ["key.p8", 0],
  ])("%s: %i warnings", (name, count) => {
    const path = join(folder, name);
    writeFileSync(path, p8);
    for (const key of [{ file: path }, { file: pathToFileURL(path) }]) {
      const { warnings } = make({ key }).auth;
      expect(warnings).toHaveLength(count);
      for (const warning of warnings)
        expect(warning).toMatch(/named after the key ZZZ[9Z]{3}ZZZZ, but keyId is ABC123DEFG/i);
    }
  });

  it("is known by its path only: text has no name", () => {
    expect(make().auth.warnings).toEqual([]);
  });
});

describe("secrets", () => {
  it("show neither in inspect nor in JSON nor among the keys, however deep", () => {
    const { auth } = make();
    const token = auth.current();
    const signature = jwtOf(token).split(".")[2] as string;
    for (const value of [auth, token, { auth, token }, [auth, token]]) {
      for (const shown of [
        inspect(value, { depth: 10, showHidden: true, getters: true }),
        inspect(value, { depth: 10, showHidden: true, getters: true, customInspect: false }),
        inspect(value, { depth: 10, customInspect: false }),
        JSON.stringify(value),
      ]) {
        expect(shown).not.toContain(signature);
        expect(shown).not.toMatch(/PRIVATE|KeyObject|bearer/);
      }
    }
    expect(Object.values(auth)).toEqual(["provider-token", ids.keyId, ids.teamId, auth.id]);
    expect(Object.keys(token)).toEqual(["generation", "issuedAt"]);
  });

  it("but identifiers show, to tell credentials apart", () => {
    const { auth } = make();
    expect(inspect(auth)).toBe("ProviderToken { keyId: 'ABC123DEFG', teamId: 'DEF123GHIJ' }");
    expect(JSON.parse(JSON.stringify(auth))).toEqual({ kind: "provider-token", ...ids });
    expect(auth.id).toMatch(/^provider-token:DEF123GHIJ:ABC123DEFG:[0-9a-f]{16}$/);
  });
});
