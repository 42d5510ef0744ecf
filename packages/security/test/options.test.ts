import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { CertificateAuthority, MockApns } from "@apnskit/mock-server";
import { Connection, InvalidOption, Pool, Request } from "@apnskit/pool";
import { ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { ApnsClient, ApnsClients, certificate, httpProxy } from "apnskit";
import { afterEach, describe, expect, test } from "vitest";
import { APP, hello, newAuth, openClient, TOKEN } from "./kit/clients.ts";

// Options from JSON, from a polluted prototype or with `undefined` values must not weaken the security.
failOnLeaks();

/** Values that an attacker may have put on the prototype of all objects. */
const pollution: Readonly<Record<string, unknown>> = {
  rejectUnauthorized: false,
  checkServerIdentity: () => undefined,
  servername: "localhost",
  minVersion: "TLSv1",
  secureOptions: 0,
  requestCert: false,
};

function pollute(): void {
  for (const [name, value] of Object.entries(pollution)) {
    Object.defineProperty(Object.prototype, name, {
      value,
      configurable: true,
      writable: true,
      enumerable: false,
    });
  }
}

afterEach(() => {
  for (const name of Object.keys(pollution)) Reflect.deleteProperty(Object.prototype, name);
});

describe("a polluted Object.prototype", () => {
  test("does not switch off the check of who signed the server's certificate", async () => {
    await using peer = await ScriptedPeer.listen({ tolerant: true });
    pollute();
    const failure = await Connection.open(peer.origin).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "ConnectFailed", failure: "untrusted" });
  });

  test("does not switch off the check of the server's name", async () => {
    const authority = await CertificateAuthority.create();
    const { cert, key } = await authority.issue({ altNames: ["other.example"] });
    const server = createServer({ cert, key, ALPNProtocols: ["h2"] }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    pollute();
    const open = (more: object) =>
      Connection.open(`https://127.0.0.1:${port}`, { tls: { ca: authority.certificate }, ...more }).catch(
        (error: unknown) => error,
      );
    expect(await open({})).toMatchObject({ name: "ConnectFailed", failure: "untrusted" });
    for (const name of Object.keys(pollution)) Reflect.deleteProperty(Object.prototype, name);
    await closed(server);
  });

  test("does not send a proxy's password to an impostor", async () => {
    const authority = await CertificateAuthority.create();
    const { cert, key } = await authority.issue({ altNames: ["127.0.0.1"] });
    const heard: unknown[] = [];
    const server = createServer({ cert, key }).listen(0, "127.0.0.1");
    server.on("connect", (request) => heard.push(request.headers));
    server.on("tlsClientError", () => {});
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    pollute();
    const connect = httpProxy(`https://user:secret@127.0.0.1:${port}`);
    const failure = await Connection.open("https://127.0.0.1:1", { connect }).catch(
      (error: unknown) => error,
    );
    for (const name of Object.keys(pollution)) Reflect.deleteProperty(Object.prototype, name);
    expect(failure).toMatchObject({ name: "ConnectFailed", failure: "proxy" });
    expect(heard).toEqual([]);
    await closed(server);
  });
});

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}

describe("options from JSON", () => {
  const hostile =
    '{"__proto__":{"rejectUnauthorized":false,"minVersion":"TLSv1"},"constructor":{"prototype":{"polluted":1}}}';
  const parsed = (): never => JSON.parse(hostile) as never;

  test.each<[string, () => unknown]>([
    ["Connection", () => Connection.open("https://127.0.0.1:1", parsed())],
    ["Connection's tls", () => Connection.open("https://127.0.0.1:1", { tls: parsed() })],
    ["Connection's limits", () => Connection.open("https://127.0.0.1:1", { limits: parsed() })],
    ["Pool", () => Pool.open("https://127.0.0.1:1", parsed())],
    ["Pool's retry", () => Pool.open("https://127.0.0.1:1", { retry: parsed() })],
    ["Request", () => Request.of("/", {}, "", parsed())],
    [
      "ApnsClient",
      () => ApnsClient.open({ environment: "sandbox", auth: newAuth(), ...(parsed() as object) } as never),
    ],
    ["httpProxy", () => httpProxy(parsed())],
    ["httpProxy's tls", () => httpProxy({ url: "https://proxy.example", tls: parsed() })],
    ["certificate", () => certificate(parsed())],
  ])("%s: __proto__ and constructor are unknown options", async (_, open) => {
    const error = await (async () => open())().then(
      () => "accepted",
      (thrown: unknown) => thrown,
    );
    expect((error as { code?: string }).code).toMatch(
      /^ERR_APNS_(INVALID_OPTION|INVALID_REQUEST|CREDENTIALS)/,
    );
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test("as headers and as payload they are names like any other, or refused", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => ({ headers: { __proto__x: "a" } }) });
    const connection = await Connection.open(peer.origin, { tls: { ca: peer.ca } });
    const headers = JSON.parse('{"__proto__":"a","constructor":"b","tostring":"c"}') as Record<
      string,
      string
    >;
    const answer = await connection.post(Request.of(`/3/device/${TOKEN}`, headers));
    expect(answer.status).toBe(200);
    expect(Object.getPrototypeOf(answer.headers)).toBe(Object.prototype);
    await connection.close();
  });
});

test("a server's headers named __proto__ and constructor change no object", async () => {
  const names = ["__proto__", "constructor", "hasownproperty", "tostring"];
  const headers = Object.fromEntries(names.map((name) => [name, "polluted"]));
  await using peer = await ScriptedPeer.listen({
    respond: () => ({
      status: 400,
      headers,
      body: '{"reason":"__proto__","__proto__":{"timestamp":5}}',
      trailers: headers,
    }),
  });
  const connection = await Connection.open(peer.origin, { tls: { ca: peer.ca } });
  const answer = await connection.post(Request.of(`/3/device/${TOKEN}`));
  for (const record of [answer.headers, answer.trailers]) {
    expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
    expect(Object.keys(record)).toEqual(expect.arrayContaining(names));
  }
  expect([answer.reason, answer.timestamp]).toEqual(["__proto__", undefined]);
  await connection.close();
  await using apns = await openClient(peer);
  const { outcome } = (await apns.send(TOKEN, hello).catch((error: unknown) => error)) as {
    outcome: { reason: string };
  };
  expect(outcome.reason).toBe("__proto__");
  expect(Object.entries(apns.stats().outcomes.reasons)).toEqual([["__proto__", 1]]);
});

describe("undefined means not given", () => {
  const names = [
    "tls",
    "limits",
    "connectTimeout",
    "attemptTimeout",
    "pingInterval",
    "pingTimeout",
    "maxConcurrentStreams",
    "connect",
    "lookup",
    "logger",
    "clock",
    "unref",
  ];
  test("in every option of Connection and Pool", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
    const none = Object.fromEntries(names.map((name) => [name, undefined]));
    const tls = {
      ca: peer.ca,
      cert: undefined,
      key: undefined,
      pfx: undefined,
      minVersion: undefined,
      servername: undefined,
    };
    const limits = { maxControlFrames: undefined, maxHeaderListSize: undefined, maxBodyLength: undefined };
    const more = {
      size: undefined,
      maxQueue: undefined,
      retry: { minDelay: undefined },
      reconnect: undefined,
      random: undefined,
    };
    const pool = await Pool.open(peer.origin, { ...none, ...more, tls, limits } as never);
    const none2 = {
      timeout: undefined,
      deadline: undefined,
      method: undefined,
      maxBodyLength: undefined,
      idempotent: undefined,
    };
    const request = Request.of(`/3/device/${TOKEN}`, {}, "{}", none2 as never);
    expect([(await pool.post(request)).status, request.timeout, request.method]).toEqual([
      200,
      10_000,
      "POST",
    ]);
    await pool.close();
  });
});

describe("clientOptions of the mock server that wants certificates", () => {
  test("beside the same certificate as auth are accepted; another one is not", async () => {
    const server = await MockApns.start({ auth: "certificate", topics: [APP] });
    const options = { origin: server.origin, ...server.clientOptions, topic: APP };
    const auth = certificate(server.clientCertificate!);
    const apns = await ApnsClient.open({ ...options, auth } as never);
    expect((await apns.send(TOKEN, hello)).result).toBe("accepted");
    await apns.close();
    const other = await server.authority.issue({ usage: "client", uid: APP });
    await expect(ApnsClient.open({ ...options, auth: certificate(other) } as never)).rejects.toMatchObject({
      code: "ERR_APNS_CREDENTIALS_AMBIGUOUS",
    });
    await server.close();
  });
});

describe("names of apps from outside", () => {
  test("10,100 of them for one key: the clients remember only so many", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
    let asked = 0;
    const auth = newAuth();
    const clients = new ApnsClients({
      credentials: () => {
        asked++;
        return { environment: "sandbox", auth, topic: APP };
      },
      origin: peer.origin,
      tls: { ca: peer.ca },
    } as never);
    for (let i = 0; i < 10_100; i++) await (await clients.open(`app ${i}`)).close();
    expect(asked).toBe(10_100);
    // The clients have forgotten the first app, but not the last.
    await (await clients.open("app 10099")).close();
    expect(asked).toBe(10_100);
    await (await clients.open("app 0")).close();
    expect(asked).toBe(10_101);
    await clients.close();
  });

  test("with escape sequences: errors show none", async () => {
    const clients = new ApnsClients({
      credentials: () => ({ environment: "sandbox", "\x1b[2J\x9b": 1 }) as never,
    });
    const error = (await clients.open("a\x1b[31m\x9bb").catch((thrown: unknown) => thrown)) as Error;
    expect(error).toBeInstanceOf(InvalidOption);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression looks for them
    expect(error.message).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
    await clients.close();
  });
});
