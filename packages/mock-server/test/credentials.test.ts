import { createPrivateKey, sign, X509Certificate } from "node:crypto";
import { connect } from "node:http2";
import { describe, expect, test } from "vitest";
import {
  generateSigningKey,
  MockApns,
  type MockApnsOptions,
  type SigningKey,
  signProviderToken,
} from "../src/index.ts";
import { bearer, Client, closed, TOPIC } from "./support/client.ts";

const MINUTE = 60_000;

/** Signs whatever it is given as header and claims. */
function jwt(
  by: SigningKey,
  header: object,
  claims: object,
  dsaEncoding: "ieee-p1363" | "der" = "ieee-p1363",
): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${encode(header)}.${encode(claims)}`;
  const signature = sign("sha256", Buffer.from(signed), { key: createPrivateKey(by.key), dsaEncoding });
  return `${signed}.${signature.toString("base64url")}`;
}

async function verdictOn(token: (key: SigningKey) => string): Promise<string> {
  await using server = await MockApns.start();
  await using client = await Client.open(server);
  const reply = await client.push({ authorization: `bearer ${token(server.key)}` });
  return reply.reason ?? String(reply.status);
}

const now = () => Math.floor(Date.now() / 1000);

describe("a provider token is accepted", () => {
  test.each<[string, (key: SigningKey) => string]>([
    ["with a raw signature", (key) => signProviderToken(key)],
    ["with a DER signature", (key) => signProviderToken(key, { signature: "der" })],
    [
      "with typ in its header",
      (key) => jwt(key, { alg: "ES256", kid: key.keyId, typ: "JWT" }, { iss: key.teamId, iat: now() }),
    ],
    ["without alg in its header", (key) => jwt(key, { kid: key.keyId }, { iss: key.teamId, iat: now() })],
    ["with iat as a string", (key) => jwt(key, { kid: key.keyId }, { iss: key.teamId, iat: String(now()) })],
    ["59 minutes old", (key) => signProviderToken(key, { issuedAt: now() - 59 * 60 })],
    ["59 minutes early", (key) => signProviderToken(key, { issuedAt: now() + 59 * 60 })],
    ["with padded base64", (key) => `${signProviderToken(key)}==`],
  ])("%s", async (_what, token) => {
    expect(await verdictOn(token)).toBe("200");
  });

  test("by the server's own clock", async () => {
    let time = Date.UTC(2001, 0, 1);
    await using server = await MockApns.start({ now: () => time });
    await using client = await Client.open(server);
    const authorization = bearer(server);
    expect(await client.push({ authorization })).toMatchObject({ status: 200 });
    time += 61 * MINUTE;
    expect((await client.push({ authorization })).reason).toBe("ExpiredProviderToken");
  });

  test("after a capital Bearer", async () => {
    await using server = await MockApns.start();
    await using client = await Client.open(server);
    expect(await client.push({ authorization: `Bearer ${server.providerToken()}` })).toMatchObject({
      status: 200,
    });
  });
});

describe("a provider token is InvalidProviderToken", () => {
  test.each<[string, (key: SigningKey) => string]>([
    [
      "with another algorithm",
      (key) => jwt(key, { alg: "HS256", kid: key.keyId }, { iss: key.teamId, iat: now() }),
    ],
    [
      "with an unknown key id",
      (key) => jwt(key, { alg: "ES256", kid: "UNKNOWN" }, { iss: key.teamId, iat: now() }),
    ],
    ["without a key id", (key) => jwt(key, { alg: "ES256" }, { iss: key.teamId, iat: now() })],
    ["of another team", (key) => jwt(key, { alg: "ES256", kid: key.keyId }, { iss: "OTHER", iat: now() })],
    ["without a time", (key) => jwt(key, { alg: "ES256", kid: key.keyId }, { iss: key.teamId })],
    [
      "with words for a time",
      (key) => jwt(key, { alg: "ES256", kid: key.keyId }, { iss: key.teamId, iat: "now" }),
    ],
    [
      "with a time in milliseconds",
      (key) => jwt(key, { alg: "ES256", kid: key.keyId }, { iss: key.teamId, iat: Date.now() }),
    ],
    [
      "with another key's signature",
      (key) => signProviderToken({ ...generateSigningKey(), keyId: key.keyId, teamId: key.teamId }),
    ],
    [
      "with claims that were not signed",
      (key) => {
        const [header, , signature] = signProviderToken(key).split(".");
        const claims = Buffer.from(JSON.stringify({ iss: key.teamId, iat: now() + 1 })).toString("base64url");
        return `${header}.${claims}.${signature}`;
      },
    ],
    ["with no JSON in it", () => "abc.def.ghi"],
    ["with null in it", () => "bnVsbA.bnVsbA.bnVsbA"],
    ["with two parts", () => "abc.def"],
  ])("%s", async (_what, token) => {
    expect(await verdictOn(token)).toBe("InvalidProviderToken");
  });

  test("once its key is revoked", async () => {
    await using server = await MockApns.start();
    await using client = await Client.open(server);
    const authorization = bearer(server);
    await client.push({ authorization });
    server.tokens.revoke(server.key.keyId);
    expect((await client.push({ authorization })).reason).toBe("InvalidProviderToken");
  });
});

describe("the 20-minute rule", () => {
  async function renewals(
    scope: "connection" | "team" | "address",
    minutes: number,
    more: MockApnsOptions = {},
  ) {
    let time = Date.now();
    await using server = await MockApns.start({ tokenUpdateScope: scope, now: () => time, ...more });
    await using client = await Client.open(server);
    await using other = await Client.open(server);
    const at = () => `bearer ${server.providerToken({ issuedAt: Math.floor(time / 1000) })}`;
    const first = at();
    await client.push({ authorization: first });
    await other.push({ authorization: first });
    time += minutes * MINUTE;
    const renewed = await client.push({ authorization: at() });
    time += 1000;
    const elsewhere = await other.push({ authorization: at() });
    const old = await client.push({ authorization: first });
    return [renewed, elsewhere, old].map(({ reason, status }) => reason ?? status);
  }

  const tooMany = "TooManyProviderTokenUpdates";

  test("allows a renewal after 20 minutes, and the old token beside it", async () => {
    expect(await renewals("connection", 20)).toEqual([200, 200, 200]);
  });

  test("refuses one after 19 minutes, and from then on the old token, too", async () => {
    expect(await renewals("connection", 19)).toEqual([tooMany, tooMany, tooMany]);
  });

  test("refuses one after 19 minutes, but not the old token, if told so", async () => {
    const result = await renewals("connection", 19, { blockAfterTokenUpdate: false });
    expect(result).toEqual([tooMany, tooMany, 200]);
  });

  test("makes a connection useless only until the next update is due, and no other connection", async () => {
    let time = Date.now();
    await using server = await MockApns.start({ now: () => time });
    await using client = await Client.open(server);
    await using other = await Client.open(server);
    const at = () => `bearer ${server.providerToken()}`;
    const first = at();
    await client.push({ authorization: first });
    time += 5 * MINUTE;
    expect((await client.push({ authorization: at() })).reason).toBe(tooMany);
    expect((await client.push({ authorization: "bearer a.b.c" })).reason).toBe(tooMany);
    expect(await other.push({ authorization: at() })).toMatchObject({ status: 200 });
    time += 15 * MINUTE - 1;
    expect((await client.push({ authorization: first })).reason).toBe(tooMany);
    time += 1;
    expect(await client.push({ authorization: first })).toMatchObject({ status: 200 });
    expect(await client.push({ authorization: at() })).toMatchObject({ status: 200 });
  });

  test.each(["team", "address"] as const)("counts over all connections of a %s if told so", async (scope) => {
    expect(await renewals(scope, 20)).toEqual([200, tooMany, 200]);
  });

  test("can be switched off", async () => {
    await using server = await MockApns.start({ tokenUpdateInterval: 0 });
    await using client = await Client.open(server);
    for (const age of [3, 2, 1]) {
      const token = server.providerToken({ issuedAt: now() - age });
      expect(await client.push({ authorization: `bearer ${token}` })).toMatchObject({ status: 200 });
    }
  });

  test("does not count tokens that were refused", async () => {
    await using server = await MockApns.start();
    await using client = await Client.open(server);
    await client.push({ authorization: `bearer ${server.providerToken({ issuedAt: now() - 7200 })}` });
    expect(await client.push({ authorization: bearer(server) })).toMatchObject({ status: 200 });
  });
});

describe("the first accepted push binds its connection", () => {
  const team = (keyId: string) => generateSigningKey({ keyId, teamId: "TEAM" });
  const scoped = (keyId: string, more: { relatedKeyId?: string; topics?: string[] } = {}) => ({
    ...team(keyId),
    topics: [TOPIC],
    ...more,
  });

  async function afterPushWith(first: SigningKey, second: SigningKey, topic = TOPIC) {
    await using server = await MockApns.start({ keys: [first, second] });
    await using client = await Client.open(server);
    expect(await client.push({ authorization: `bearer ${signProviderToken(first)}` })).toMatchObject({
      status: 200,
    });
    const headers = { authorization: `bearer ${signProviderToken(second)}`, "apns-topic": topic };
    const { reason, status } = await client.push(headers);
    await using fresh = await Client.open(server);
    const onFresh = await fresh.push({ ...headers, "apns-topic": TOPIC });
    expect(onFresh.status).toBe(200);
    return reason ?? status;
  }

  test("to a team", async () => {
    const stranger = generateSigningKey({ keyId: "STRANGER", teamId: "OTHER" });
    expect(await afterPushWith(team("ONE"), stranger)).toBe("InvalidProviderToken");
  });

  test("to team-scoped keys, of which any will do", async () => {
    expect(await afterPushWith(team("ONE"), team("TWO"))).toBe(200);
  });

  test("to team-scoped keys, which excludes topic-specific ones", async () => {
    expect(await afterPushWith(team("ONE"), scoped("TWO"))).toBe("UnrelatedKeyIdInToken");
  });

  test("to a topic-specific key, which excludes team-scoped ones and unrelated ones", async () => {
    expect(await afterPushWith(scoped("ONE"), team("TWO"))).toBe("UnrelatedKeyIdInToken");
    expect(await afterPushWith(scoped("ONE"), scoped("TWO"))).toBe("UnrelatedKeyIdInToken");
  });

  test("to a topic-specific key, whose related key may take over", async () => {
    expect(await afterPushWith(scoped("ONE", { relatedKeyId: "TWO" }), scoped("TWO"))).toBe(200);
  });

  test("to the bundle ids that the team had then", async () => {
    await using server = await MockApns.start({ topics: [TOPIC] });
    await using client = await Client.open(server);
    const authorization = bearer(server);
    await client.push({ authorization });
    server.addTopic("com.example.new");
    const headers = { authorization, "apns-topic": "com.example.new" };
    expect((await client.push(headers)).reason).toBe("TopicDisallowed");
    await using fresh = await Client.open(server);
    expect(await fresh.push(headers)).toMatchObject({ status: 200 });
  });

  test("and a topic-specific key never reaches another topic, but its own with any suffix", async () => {
    const key = scoped("ONE");
    await using server = await MockApns.start({ keys: [key] });
    await using client = await Client.open(server);
    const authorization = `bearer ${signProviderToken(key)}`;
    const other = { authorization, "apns-topic": "com.example.other" };
    expect((await client.push(other)).reason).toBe("TopicDisallowed");
    const voip = { authorization, "apns-topic": `${TOPIC}.voip`, "apns-push-type": "voip" };
    expect(await client.push(voip)).toMatchObject({ status: 200 });
  });
});

describe("a client certificate", () => {
  test("comes with the client options when asked for, and makes topic and token superfluous", async () => {
    await using server = await MockApns.start({ auth: "certificate", topics: [TOPIC] });
    const { cert, key } = server.clientOptions.tls;
    await using client = await Client.open(server, { cert: cert!, key: key! });
    expect(client.limits).toEqual([1000]);
    const reply = await client.push({ "apns-topic": undefined, authorization: "bearer nonsense" });
    expect(reply).toMatchObject({ status: 200 });
    expect(server.ledger.entries()[0]).toMatchObject({ topic: TOPIC });
  });

  test("for several topics needs one of them in the header", async () => {
    await using server = await MockApns.start();
    const identity = await server.issueClientCertificate({ topics: [TOPIC, `${TOPIC}.voip`] });
    await using client = await Client.open(server, identity);
    expect((await client.push({ "apns-topic": undefined })).reason).toBe("MissingTopic");
    expect(await client.push()).toMatchObject({ status: 200 });
    const voip = { "apns-topic": `${TOPIC}.voip`, "apns-push-type": "voip" };
    expect(await client.push(voip)).toMatchObject({ status: 200 });
    expect((await client.push({ "apns-topic": "com.example.other" })).reason).toBe("TopicDisallowed");
  });

  test.each([
    ["production", "sandbox"],
    ["sandbox", "production"],
  ] as const)("of %s is told so in %s, by answer and by GOAWAY", async (certificate, environment) => {
    await using server = await MockApns.start({ environment });
    const identity = await server.issueClientCertificate({ environments: [certificate] });
    await using client = await Client.open(server, identity);
    const gone = closed(client.session);
    expect((await client.push()).reason).toBe("BadCertificateEnvironment");
    await gone;
    const debug = '{"reason":"BadCertificateEnvironment"}';
    expect(client.goaways[0]).toEqual({ code: 0, last: 0, debug });
  });

  test("of the wrong environment is told so by the answer alone if told to", async () => {
    await using server = await MockApns.start({ goawayOnBadCertificate: false });
    const identity = await server.issueClientCertificate({ environments: ["production"] });
    await using client = await Client.open(server, identity);
    await client.push();
    expect((await client.push()).reason).toBe("BadCertificateEnvironment");
    expect(client.goaways).toEqual([]);
  });

  test("for both environments is good in both", async () => {
    await using server = await MockApns.start({ environment: "production" });
    const identity = await server.issueClientCertificate({ environments: ["sandbox", "production"] });
    await using client = await Client.open(server, identity);
    expect(await client.push()).toMatchObject({ status: 200 });
  });

  test.each(["expired", "revoked"])("that is %s fails in the handshake", async (what) => {
    await using server = await MockApns.start();
    const notAfter = what === "expired" ? { notAfter: new Date(Date.now() - MINUTE) } : {};
    const identity = await server.issueClientCertificate(notAfter);
    if (what === "revoked") server.revokeCertificate(new X509Certificate(identity.cert).serialNumber);
    const session = connect(server.origin, { ca: server.ca, ...identity });
    session.on("error", () => {});
    await closed(session);
    expect(server.ledger.totals.arrived).toBe(0);
  });
});

describe("in the accept-anything mode", () => {
  test("no credentials are needed, and all streams are open from the start", async () => {
    await using server = await MockApns.start({ auth: "anything" });
    await using client = await Client.open(server);
    expect(client.limits).toEqual([1000]);
    expect(await client.push()).toMatchObject({ status: 200 });
    expect(await client.push({ authorization: "bearer nonsense" })).toMatchObject({ status: 200 });
  });

  test("everything else is still checked", async () => {
    await using server = await MockApns.start({ auth: "anything" });
    await using client = await Client.open(server);
    expect((await client.push({ "apns-priority": "7" })).reason).toBe("BadPriority");
  });
});
