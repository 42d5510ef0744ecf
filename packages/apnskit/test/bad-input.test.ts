import { X509Certificate } from "node:crypto";
import { CertificateAuthority, MockApns } from "@apnskit/mock-server";
import { ManualClock } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  ApnsClient,
  alert,
  certificate,
  liveActivityUpdate,
  providerToken,
  walletPass,
} from "../src/index.ts";
import { all, failure, hello, openClient, optionsFor, TOKEN } from "./kit/clients.ts";
import { APP } from "./kit/on-the-wire.ts";
import { p8 } from "./kit/p8.ts";

failOnLeaks();

let server: MockApns;
let authority: CertificateAuthority;
beforeAll(async () => {
  authority = await CertificateAuthority.create();
  server = await MockApns.start({ authority });
});
afterAll(() => server.close());

const ids = { keyId: "ABC123DEFG", teamId: "DEF123GHIJ" };

/** Opens a client with options that are partly wrong. */
const opening = (more: object) =>
  failure<Error & { code: string }>(ApnsClient.open({ ...optionsFor(server), ...more } as never));

/** Nothing has reached the server, not even a connection. */
function expectNothingSent() {
  expect(server.connections).toHaveLength(0);
  expect(server.ledger.totals.arrived).toBe(0);
}

describe("one clear typed error before a connection is opened:", () => {
  const credentials: [what: string, auth: () => unknown, code: string, message: string][] = [
    ["no credentials", () => undefined, "ERR_APNS_CREDENTIALS_MISSING", "auth is missing"],
    [
      "credentials that are none",
      () => ({ key: "k" }),
      "ERR_APNS_CREDENTIALS_MISSING",
      "auth cannot be object",
    ],
    [
      "a key that cannot be read",
      () => providerToken({ ...ids, key: "rubbish" }),
      "ERR_APNS_KEY_UNREADABLE",
      "key is not PEM text",
    ],
    [
      "a key file that is not there",
      () => providerToken({ ...ids, key: { file: "/nowhere/AuthKey.p8" } }),
      "ERR_APNS_KEY_UNREADABLE",
      "key: the file cannot be read",
    ],
    [
      "a key on the wrong curve",
      () => providerToken({ ...ids, key: p8("secp384r1") }),
      "ERR_APNS_KEY_WRONG_TYPE",
      "not an EC key on the curve secp384r1",
    ],
    [
      "a malformed key id",
      () => providerToken({ ...ids, keyId: "ABC", key: p8() }),
      "ERR_APNS_KEY_ID_INVALID",
      "keyId must be 10 letters and digits",
    ],
  ];
  it.each(credentials)("%s", async (_, auth, code, message) => {
    const error = await failure<Error & { code: string }>(
      (async () => ApnsClient.open({ ...optionsFor(server), auth: auth() } as never))(),
    );
    expect(error).toMatchObject({ name: "InvalidCredentials", code });
    expect(error.message).toContain(message);
    expectNothingSent();
  });

  it("a token and a certificate together", async () => {
    const issued = await authority.issue({ uid: APP, usage: "client" });
    const both = { token: providerToken({ ...ids, key: p8() }), certificate: certificate(issued) };
    expect(await opening({ auth: both })).toMatchObject({ code: "ERR_APNS_CREDENTIALS_AMBIGUOUS" });
    const { cert, key } = issued;
    expect(await opening({ tls: { ca: server.ca, cert, key } })).toMatchObject({
      code: "ERR_APNS_CREDENTIALS_AMBIGUOUS",
      message: expect.stringContaining("tls.cert"),
    });
    expectNothingSent();
  });

  it("an expired certificate", async () => {
    const { cert, key } = await authority.issue({ uid: APP, usage: "client" });
    const clock = new ManualClock({ epoch: new Date(new X509Certificate(cert).validTo).getTime() + 1_000 });
    expect(() => certificate({ cert, key, clock })).toThrow(
      expect.objectContaining({ code: "ERR_APNS_CERTIFICATE_EXPIRED" }),
    );
  });

  it("a certificate of the other environment", async () => {
    const issued = await authority.issue({ uid: APP, usage: "client", environments: ["production"] });
    expect(await opening({ auth: certificate(issued) })).toMatchObject({
      code: "ERR_APNS_CERTIFICATE_ENVIRONMENT",
    });
    expectNothingSent();
  });

  const options: [object, string][] = [
    [{ environment: "staging" }, 'environment must be "production" or "sandbox"; received "staging"'],
    [{ environment: undefined, origin: undefined }, "environment must be"],
    [{ origin: "http://localhost" }, "origin must be https://host"],
    [{ origin: undefined, port: 8443 }, "port must be 443 or 2197; received 8443"],
    [{ port: 2197 }, "port is for Apple's hosts"],
    [{ topic: "com example" }, "topic: must be visible ASCII"],
    [{ timeout: -1 }, "timeout must be milliseconds from 0, or Infinity; received -1"],
    [{ warnBefore: -1 }, "warnBefore must be milliseconds from 0 on; received -1"],
    [{ size: 0 }, "size must be an integer from 1 to 1000; received 0"],
    [{ toppic: APP }, 'unknown option "toppic"'],
    [{ tls: { rejectUnauthorized: false } }, 'unknown TLS option "rejectUnauthorized"'],
    [{ proxy: "socks5://localhost" }, "proxy must be http:// or https://"],
    [{ proxy: "http://localhost", connect: () => {} }, "proxy and connect are two ways"],
  ];
  it.each(options)("options %j", async (more, message) => {
    expect((await opening(more)).message).toContain(message);
    expectNothingSent();
  });

  it("no options at all", async () => {
    expect(await failure(ApnsClient.open(undefined as never))).toMatchObject({
      code: "ERR_APNS_INVALID_OPTION",
    });
  });
});

describe("one clear typed error before a notification is sent:", () => {
  it("a malformed device token", async () => {
    await using apns = await openClient(server);
    for (const token of ["", "abc", "xyz", 7, null, undefined, new Uint8Array(0)]) {
      const error = await failure(apns.send(token as never, hello));
      expect(error).toMatchObject({
        name: "InvalidDeviceToken",
        code: "ERR_APNS_INVALID_DEVICE_TOKEN",
        delivery: "unsent",
      });
    }
    expect(server.ledger.totals.arrived).toBe(0);
  });

  it("an oversized payload", () => {
    expect(() => alert({ body: "x".repeat(5_000) })).toThrow(
      expect.objectContaining({
        code: "ERR_APNS_INVALID_NOTIFICATION",
        field: "payload",
        problem: "too-large",
      }),
    );
  });

  it("a missing topic", async () => {
    await using apns = await openClient(server, { topic: undefined } as never);
    const error = await failure(apns.send(TOKEN, hello));
    expect(error).toMatchObject({
      code: "ERR_APNS_INVALID_NOTIFICATION",
      field: "topic",
      problem: "missing",
    });
    expect(server.ledger.totals.arrived).toBe(0);
  });

  it("what is not a notification", async () => {
    await using apns = await openClient(server);
    const error = await failure(apns.send(TOKEN, { aps: {} } as never));
    expect(error).toMatchObject({ code: "ERR_APNS_INVALID_NOTIFICATION", field: "notification" });
  });

  it("a Wallet pass in the sandbox, where there are none", async () => {
    await using apns = await openClient(server);
    const error = await failure(apns.send(TOKEN, walletPass({ topic: "pass.com.example" })));
    expect(error).toMatchObject({ code: "ERR_APNS_INVALID_NOTIFICATION", field: "environment" });
  });

  it("a topic that the certificate is not for, and a push type that takes no certificate", async () => {
    const issued = await authority.issue({
      uid: APP,
      usage: "client",
      environments: ["sandbox"],
      topics: [{ topic: APP, purposes: ["app"] }],
    });
    await using apns = await openClient(server, { auth: certificate(issued), topic: undefined } as never);
    expect(apns.topic).toBe(APP);
    expect((await apns.send(TOKEN, hello)).result).toBe("accepted");
    const other = await failure(apns.send(TOKEN, hello.with({ topic: "com.example.other" })));
    expect(other).toMatchObject({ code: "ERR_APNS_CERTIFICATE_TOPIC", delivery: "unsent" });
    const update = liveActivityUpdate({ timestamp: new Date(), contentState: {} });
    const [outcome] = await all(apns.sendMany([[TOKEN, update]]));
    expect(outcome).toMatchObject({ result: "unsent", error: { code: "ERR_APNS_CERTIFICATE_PUSH_TYPE" } });
    expect(() => apns.sendMany([TOKEN], update)).toThrow("with a provider token only");
  });
});
