import type { TLSSocket } from "node:tls";
import { describe, expect, test } from "vitest";
import {
  apnsExtensions,
  decodeTopics,
  encodeTopics,
  PRODUCTION_OID,
  SANDBOX_OID,
  TOPICS_OID,
} from "../src/credentials/certificate-extensions.ts";
import {
  type ClientCertificate,
  clientCertificate,
  environmentsIn,
} from "../src/credentials/client-certificate.ts";
import { ConnectionCredentials, type CredentialRules } from "../src/credentials/connection-credentials.ts";
import { sequence, utf8String } from "../src/credentials/der.ts";
import type { ProviderKey } from "../src/credentials/provider-keys.ts";
import { TokenThrottle } from "../src/credentials/token-throttle.ts";
import { X509Certificate } from "../src/credentials/x509.ts";
import { CertificateAuthority } from "../src/index.ts";
import { refuse } from "../src/services/answer.ts";

const NOW = 1_000_000;

/** A key; its tokens read "bearer <key id>-<number>". */
function key(keyId: string, more: Partial<ProviderKey> = {}): ProviderKey {
  const unlimited = { environment: undefined, topics: undefined, relatedKeyId: undefined };
  return { keyId, teamId: "TEAM", publicKey: undefined as never, ...unlimited, ...more };
}

function world(keys: ProviderKey[], more: Partial<CredentialRules> = {}) {
  const known = new Map<string, { key: ProviderKey; issuedAt: number }>();
  const tokens = {
    check: (jwt: string) => {
      const found = keys.find(({ keyId }) => jwt.startsWith(`${keyId}-`));
      if (found === undefined) return refuse("InvalidProviderToken");
      if (!known.has(jwt)) known.set(jwt, { key: found, issuedAt: 0 });
      return known.get(jwt)!;
    },
  };
  const rules: CredentialRules = {
    environment: "sandbox",
    anything: false,
    tokens: tokens as never,
    tokenUpdateInterval: 100,
    tokenUpdateScope: "connection",
    blockAfterTokenUpdate: false,
    throttle: new TokenThrottle(100),
    topics: () => undefined,
    ...more,
  };
  return {
    connect: (certificate?: ClientCertificate, address = "127.0.0.1") => {
      const credentials = new ConnectionCredentials(rules, certificate, address);
      const ask = (header: string | undefined, now = NOW) => {
        const answer = credentials.authorize(header, now);
        return "reason" in answer ? answer.reason : answer.kind;
      };
      /** As for an accepted push. */
      const push = (header: string, now = NOW) => {
        const answer = credentials.authorize(header, now);
        if ("reason" in answer) return answer.reason;
        credentials.bind(answer);
        return answer.kind;
      };
      return { credentials, ask, push };
    },
  };
}

describe("who asks", () => {
  test("does not matter where anything goes", () => {
    const { connect } = world([], { anything: true });
    expect(connect(certificate({ trusted: false })).ask(undefined)).toBe("anything");
  });

  test.each([
    [undefined, "MissingProviderToken"],
    ["", "InvalidProviderToken"],
    ["bearer", "InvalidProviderToken"],
    ["bearer ", "InvalidProviderToken"],
    ["basic A-1", "InvalidProviderToken"],
    ["bearer A-1 more", "InvalidProviderToken"],
    ["a bearer A-1", "InvalidProviderToken"],
    ["bearerA-1", "InvalidProviderToken"],
    ["bearer B-1", "InvalidProviderToken"],
    ["bearer A-1", "token"],
    ["BEARER   A-1", "token"],
  ])("is read from the header %j: %s", (header, verdict) => {
    expect(
      world([key("A")])
        .connect()
        .ask(header),
    ).toBe(verdict);
  });
});

describe("a client certificate", () => {
  test.each<[string, Partial<ClientCertificate>, string]>([
    ["good", {}, "certificate"],
    ["of no authority that counts", { trusted: false }, "BadCertificate"],
    ["for no topic", { topics: new Set() }, "BadCertificate"],
    ["at its last moment", { notAfter: NOW }, "certificate"],
    ["past its last moment", { notAfter: NOW - 1 }, "BadCertificate"],
    ["for the sandbox", { environments: ["sandbox"] }, "certificate"],
    ["for both", { environments: ["production", "sandbox"] }, "certificate"],
    ["for production", { environments: ["production"] }, "BadCertificateEnvironment"],
  ])("that is %s decides alone, whatever the header says", (_what, change, verdict) => {
    const { ask } = world([key("A")]).connect(certificate(change));
    expect([ask(undefined), ask("bearer A-1"), ask("nonsense")]).toEqual([verdict, verdict, verdict]);
  });
});

describe("new tokens on a connection", () => {
  test("come one in each interval, counted for each key; tokens that were admitted stay good", () => {
    const { connect } = world([key("A"), key("B")]);
    const { ask } = connect();
    expect(["bearer A-1", "bearer B-1", "bearer A-2"].map((header) => ask(header))).toEqual([
      "token",
      "token",
      "TooManyProviderTokenUpdates",
    ]);
    expect([ask("bearer A-1"), ask("bearer A-2", NOW + 99)]).toEqual([
      "token",
      "TooManyProviderTokenUpdates",
    ]);
    expect([ask("bearer A-2", NOW + 100), ask("bearer A-1", NOW + 100)]).toEqual(["token", "token"]);
    expect(connect().ask("bearer A-2")).toBe("token");
  });

  test("that come too early make it refuse all tokens until the next is due, if told so", () => {
    const { ask } = world([key("A")], { blockAfterTokenUpdate: true }).connect();
    ask("bearer A-1");
    expect(ask("bearer A-2", NOW + 10)).toBe("TooManyProviderTokenUpdates");
    expect(ask("bearer A-1", NOW + 99)).toBe("TooManyProviderTokenUpdates");
    expect(ask("basic", NOW + 99)).toBe("InvalidProviderToken");
    expect(ask("bearer A-1", NOW + 100)).toBe("token");
  });

  test.each([
    ["team", "bearer B-1", "TooManyProviderTokenUpdates", "TooManyProviderTokenUpdates"],
    ["address", "bearer C-1", "TooManyProviderTokenUpdates", "token"],
    ["connection", "bearer A-2", "token", "token"],
  ] as const)("of a %s share a limit", (tokenUpdateScope, header, sameAddress, otherAddress) => {
    const keys = [key("A"), key("B"), key("C", { teamId: "OTHER" })];
    const { connect } = world(keys, { tokenUpdateScope });
    expect(connect().ask("bearer A-1")).toBe("token");
    expect(connect().ask(header)).toBe(sameAddress);
    expect(connect(undefined, "127.0.0.2").ask(header)).toBe(otherAddress);
  });

  test("of another team have a limit of that team", () => {
    const { connect } = world([key("A"), key("B", { teamId: "OTHER" })], { tokenUpdateScope: "team" });
    expect([connect().ask("bearer A-1"), connect().ask("bearer B-1")]).toEqual(["token", "token"]);
  });
});

describe("the first accepted push", () => {
  const scoped = (keyId: string, relatedKeyId?: string) =>
    key(keyId, { topics: new Set(["a"]), relatedKeyId });

  test.each<[string, ProviderKey, ProviderKey, string]>([
    ["the same key", key("A"), key("A"), "token"],
    ["another team's key", key("A"), key("B", { teamId: "OTHER" }), "InvalidProviderToken"],
    ["another key of the team", key("A"), key("B"), "token"],
    ["a topic-specific key after one of the team", key("A"), scoped("B"), "UnrelatedKeyIdInToken"],
    [
      "a related one after one of the team",
      key("A", { relatedKeyId: "B" }),
      scoped("B"),
      "UnrelatedKeyIdInToken",
    ],
    ["a key of the team after a topic-specific one", scoped("A"), key("B"), "UnrelatedKeyIdInToken"],
    ["another topic-specific key", scoped("A"), scoped("B"), "UnrelatedKeyIdInToken"],
    ["the key that is related to the first", scoped("A", "B"), scoped("B"), "token"],
    ["a key to which the first is related", scoped("A"), scoped("B", "A"), "token"],
    ["a key with another relation", scoped("A", "C"), scoped("B", "C"), "UnrelatedKeyIdInToken"],
  ])("binds the connection: %s", (_what, first, second, verdict) => {
    const { connect } = world(first.keyId === second.keyId ? [first] : [first, second]);
    const { push } = connect();
    expect(push(`bearer ${first.keyId}-1`)).toBe("token");
    expect(push(`bearer ${second.keyId}-1`)).toBe(verdict);
    expect(connect().push(`bearer ${second.keyId}-1`)).toBe("token");
  });

  test("of a topic-specific key leaves room for that key's next token", () => {
    const { push } = world([scoped("A")]).connect();
    expect([push("bearer A-1"), push("bearer A-2", NOW + 100)]).toEqual(["token", "token"]);
  });

  test("is the one that counts: a refused one before it, and accepted ones after it, bind nothing", () => {
    const { push, ask } = world([scoped("A", "B"), scoped("B", "C"), scoped("C")]).connect();
    expect([ask("bearer C-1"), push("bearer A-1"), push("bearer B-1")]).toEqual(["token", "token", "token"]);
    expect(ask("bearer C-2")).toBe("UnrelatedKeyIdInToken");
  });

  test("keeps the bundle ids that the team has then", () => {
    let topics = new Set(["a"]);
    const { connect } = world([key("A")], { topics: () => topics });
    const { credentials, push } = connect();
    topics = new Set(["a", "b"]);
    expect(credentials.teamTopics).toEqual(new Set(["a", "b"]));
    push("bearer A-1");
    topics = new Set(["c"]);
    expect(credentials.teamTopics).toEqual(new Set(["a", "b"]));
    push("bearer A-1");
    expect(credentials.teamTopics).toEqual(new Set(["a", "b"]));
    expect(connect().credentials.teamTopics).toEqual(new Set(["c"]));
  });

  test("by a certificate leaves the bundle ids to it", () => {
    let topics = new Set(["a"]);
    const { credentials, push } = world([], { topics: () => topics }).connect(certificate());
    push("");
    topics = new Set(["b"]);
    expect(credentials.teamTopics).toEqual(new Set(["b"]));
  });
});

describe("what a client certificate says", () => {
  const socketWith = (pem: string | undefined, authorized = true, authorizationError?: unknown): TLSSocket =>
    ({
      getPeerCertificate: () =>
        pem === undefined ? {} : { raw: Buffer.from(new X509Certificate(pem).rawData), serialNumber: "0A" },
      authorized,
      authorizationError,
    }) as unknown as TLSSocket;

  test("is read from the extensions, else from the subject", async () => {
    const authority = await CertificateAuthority.create();
    const notAfter = new Date(2_000_000_000_000);
    const issue = async (options: object) =>
      (await authority.issue({ usage: "client", uid: "com.example.uid", notAfter, ...options })).cert;
    const full = await issue({ topics: ["a", "b"], environments: ["production"] });
    expect(clientCertificate(socketWith(full))).toEqual({
      serialNumber: "0A",
      topics: new Set(["a", "b"]),
      environments: ["production"],
      notAfter: 2_000_000_000_000,
      trusted: true,
    });
    const both = await issue({ environments: ["sandbox", "production"] });
    expect(clientCertificate(socketWith(both))).toMatchObject({
      topics: new Set(["com.example.uid"]),
      environments: ["sandbox", "production"],
    });
    expect(environmentsIn(await issue({ environments: ["sandbox"] }))).toEqual(["sandbox"]);
    expect(environmentsIn(await issue({ environments: [] }))).toEqual([]);
    // An expired one is refused by its time, not as that of a stranger.
    const trusted = (error: unknown) => clientCertificate(socketWith(full, false, error))?.trusted;
    expect([trusted("CERT_HAS_EXPIRED"), trusted("SELF_SIGNED_CERT_IN_CHAIN")]).toEqual([true, false]);
  });

  test("is for no topic if its list of topics cannot be read", async () => {
    const authority = await CertificateAuthority.create();
    const topics = ["com.example.marker"];
    const { cert } = await authority.issue({ usage: "client", uid: "com.example.uid", topics });
    const raw = Buffer.from(new X509Certificate(cert).rawData);
    // The tag of the text, which stands before its length.
    raw[raw.indexOf("com.example.marker") - 2] = 2;
    const socket = { getPeerCertificate: () => ({ raw, serialNumber: "0A" }), authorized: true };
    expect(clientCertificate(socket as unknown as TLSSocket)?.topics).toEqual(new Set());
  });

  test("is nothing where there is none", () => {
    expect(clientCertificate(socketWith(undefined))).toBeUndefined();
    expect(
      clientCertificate({ getPeerCertificate: () => undefined } as unknown as TLSSocket),
    ).toBeUndefined();
  });

  test("is written as an extension for each thing that it is for", () => {
    const oids = (topics: string[], environments: ("sandbox" | "production")[]) =>
      apnsExtensions({ topics: topics.map((topic) => ({ topic, purposes: [] })), environments }).map(
        ({ oid }) => oid,
      );
    expect(oids([], [])).toEqual([]);
    expect(oids([], ["sandbox"])).toEqual([SANDBOX_OID]);
    expect(oids([], ["production"])).toEqual([PRODUCTION_OID]);
    expect(oids(["a"], ["production", "sandbox"])).toEqual([SANDBOX_OID, PRODUCTION_OID, TOPICS_OID]);
    const [present] = apnsExtensions({ topics: [], environments: ["sandbox"] });
    expect([...present!.value]).toEqual([5, 0]);
  });

  test("lists topics with their purposes", () => {
    const topics = [
      { topic: "a", purposes: ["app", "voip"] },
      { topic: "b", purposes: [] },
    ];
    expect(decodeTopics(encodeTopics(topics))).toEqual(topics);
    expect(decodeTopics(sequence([utf8String("a"), utf8String("b"), sequence([])]))).toEqual([
      { topic: "a", purposes: [] },
      { topic: "b", purposes: [] },
    ]);
  });

  test.each<[string, Uint8Array, string]>([
    ["nothing", new Uint8Array(), "The topics extension must be a SEQUENCE"],
    ["a text", utf8String("a"), "The topics extension must be a SEQUENCE"],
    ["purposes without a topic", sequence([sequence([])]), "Unexpected tag 48 in the topics extension"],
    [
      "another type",
      sequence([utf8String("a"), Uint8Array.of(2, 0)]),
      "Unexpected tag 2 in the topics extension",
    ],
  ])("is refused if it is %s", (_what, der, message) => {
    expect(() => decodeTopics(der)).toThrow(
      expect.objectContaining({ name: "InvalidMockCredentials", message }),
    );
  });
});

function certificate(change: Partial<ClientCertificate> = {}): ClientCertificate {
  const good = { serialNumber: "01", topics: new Set(["a"]), environments: [], notAfter: NOW, trusted: true };
  return { ...good, ...change };
}
