import { inspect } from "node:util";
import { CertificateAuthority, generateSigningKey } from "@apnskit/mock-server";
import { Closed, Connection, Pool, Request, RequestHeaders, Response, Timeout } from "@apnskit/pool";
import { ScriptedPeer } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { ApnsClient, ApnsClients, alert, certificate, httpProxy, providerToken, Rejected } from "apnskit";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { APP, hello, openClient, TOKEN } from "./kit/clients.ts";

// However a program prints an object, the output has no key, provider token, password, payload or whole
// device token.
failOnLeaks();

const everything = {
  depth: 20,
  showHidden: true,
  getters: true,
  showProxy: true,
  maxStringLength: null,
} as const;
const secretText = "SECRET-PAYLOAD";

/** All common ways to print a value. */
function printed(value: unknown): Record<string, string> {
  const lines: string[] = [];
  const log = pino({ level: "trace" }, { write: (line: string) => void lines.push(line) });
  log.info(value as object, "as the object");
  log.info({ err: value, error: value, value }, "as a field");
  return {
    inspect: inspect(value),
    everything: inspect(value, everything),
    raw: inspect(value, { ...everything, getters: false, customInspect: false }),
    rawest: inspect(value, { ...everything, customInspect: false }),
    format: `${inspect({ deep: [new Map([["value", value]])] }, { depth: 9 })}`,
    json: JSON.stringify({ value }) ?? "",
    text: String(value),
    pino: lines.join(""),
    keys: JSON.stringify(Object.entries(value as object).map(([name, one]) => [name, String(one)])),
    spread: inspect({ ...(value as object) }, everything),
    cause: inspect(new Error("outer", { cause: value }), { depth: 9 }),
    stack: value instanceof Error ? String(value.stack) : "",
  };
}

/**
 * Prints in every way and looks for the secrets. It looks for short parts of them, because output may show
 * the first 8 digits of a token.
 */
function expectHidden(value: unknown, secrets: readonly string[]): void {
  for (const [way, text] of Object.entries(printed(value))) {
    for (const secret of secrets) {
      const shown = text.includes(secret) ? `${way} shows a secret` : "";
      expect(shown).toBe("");
    }
  }
}

const signing = generateSigningKey();
const keyText = signing.key.split("\n")[1]!;

describe("credentials", () => {
  test("a provider token and its bearer tokens", () => {
    const auth = providerToken(signing);
    const bearer = auth.current();
    const [head, , signature] = bearer.authorization.split(" ")[1]!.split(".") as [string, string, string];
    expectHidden(auth, [keyText, signature, head]);
    expectHidden(bearer, [signature]);
  });

  test("a certificate", async () => {
    const authority = await CertificateAuthority.create();
    const pair = await authority.issue({ usage: "client", uid: APP, commonName: "Push" });
    const key = pair.key.split("\n")[1]!;
    expectHidden(certificate(pair), [key]);
  });

  test("a proxy with a password", () => {
    const hook = httpProxy("http://user:hunter2secret@proxy.example:3128");
    expectHidden(hook, ["hunter2secret", Buffer.from("user:hunter2secret").toString("base64")]);
  });
});

describe("requests", () => {
  const bearer = "bearer eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJBIn0.c2lnbmF0dXJl";
  const headers = { authorization: bearer, "apns-topic": APP };
  const request = Request.of(`/3/device/${TOKEN}`, headers, secretText).with({ "apns-id": "a" });

  test("show path, headers and body in none of the usual ways", () => {
    expectHidden(request, [TOKEN, bearer, secretText]);
  });

  test("a set of headers, and a notification", () => {
    expectHidden(RequestHeaders.from(headers), [bearer, "eyJhbGci"]);
    const notification = alert({ title: secretText });
    const { json, ...ways } = printed(notification);
    expect(json).toContain(secretText);
    // `JSON.stringify` writes it for job queues; pino calls it likewise.
    for (const [way, text] of Object.entries(ways)) {
      if (way === "pino") continue;
      expect([way, text.includes(secretText)]).toEqual([way, false]);
      expect([way, text.includes(String(Buffer.from(secretText)[0]))]).toEqual([way, false]);
    }
  });

  test("are plain data to code that calls their getters", () => {
    expect([request.path, request.header("authorization")]).toEqual([`/3/device/${TOKEN}`, bearer]);
  });
});

test("answers show neither header nor body", () => {
  const fields = [":status", "400", "x-echo", TOKEN];
  const response = new Response(400, fields, Buffer.from(secretText), ["x-trailer", TOKEN]);
  const { everything: all, rawest, inspect: usual, json } = printed(response);
  for (const text of [all, rawest, usual]) {
    expect(text).not.toContain(TOKEN);
    expect(text).not.toContain(secretText);
  }
  expect(json).not.toContain(TOKEN);
});

describe("running objects", () => {
  test("a connection, a pool, a client and clients", async () => {
    await using peer = await ScriptedPeer.listen({ respond: () => ({}) });
    const auth = providerToken(signing);
    const tls = { ca: peer.ca };
    const connection = await Connection.open(peer.origin, { tls });
    const pool = await Pool.open(peer.origin, { tls });
    const apns = await openClient(peer, { auth });
    const clients = new ApnsClients({
      credentials: () => ({ environment: "sandbox", auth, topic: APP }),
      origin: peer.origin,
      tls,
    } as never);
    const request = Request.of(
      `/3/device/${TOKEN}`,
      { authorization: "bearer eyJhbGciOiJF.x.y" },
      secretText,
    );
    await Promise.all([
      connection.post(request),
      pool.post(request),
      apns.send(TOKEN, hello),
      clients.send("a", TOKEN, hello),
    ]);
    const bearer = auth.current().authorization.slice(7);
    const secrets = [keyText, bearer, TOKEN, secretText, "eyJhbGciOiJF"];
    for (const value of [
      connection,
      pool,
      apns,
      clients,
      apns.stats(),
      pool.stats(),
      connection.stats(),
      await clients.stats(),
    ]) {
      for (const text of [
        inspect(value),
        inspect(value, everything),
        inspect(value, { ...everything, getters: false, customInspect: false }),
        inspect(value, { ...everything, customInspect: false }),
      ]) {
        for (const secret of secrets) expect(text.includes(secret)).toBe(false);
      }
    }
    await Promise.all([connection.close(), pool.close(), apns.close(), clients.close()]);
  });
});

describe("errors, with their causes", () => {
  test("a refusal shows the device token abbreviated, also as a cause, in a list and with pino", async () => {
    await using peer = await ScriptedPeer.listen({
      respond: () => ({ status: 410, body: '{"reason":"Unregistered"}' }),
    });
    const apns = await openClient(peer);
    const rejected = (await apns.send(TOKEN, hello).catch((error: unknown) => error)) as Rejected;
    await apns.close();
    expect(rejected).toBeInstanceOf(Rejected);
    expect(rejected.outcome.token).toBe(TOKEN);
    const nested = new AggregateError([rejected, new Error("outer", { cause: rejected })], "several", {
      cause: rejected,
    });
    for (const error of [rejected, nested, new Timeout("timeout", "unknown", { cause: rejected })]) {
      expectHidden(error, [TOKEN, TOKEN.slice(0, 32)]);
    }
  });

  test("time-outs, closed connections and attempts to connect hold nothing of the request", async () => {
    await using peer = await ScriptedPeer.listen({ tolerant: true });
    const pool = await Pool.open(peer.origin, { tls: { ca: peer.ca } });
    const headers = { authorization: "bearer eyJhbGciOiJFUzI1NiJ9.a.b" };
    const request = Request.of(`/3/device/${TOKEN}`, headers, secretText, { timeout: 30 });
    const late = await pool.post(request).catch((error: unknown) => error);
    expect(late).toBeInstanceOf(Timeout);
    const lost = pool.post(request.with({ "apns-id": "b" }), {}).catch((error: unknown) => error);
    await pool.close();
    expect(await lost).toBeInstanceOf(Closed);
    for (const error of [late, await lost]) expectHidden(error, [TOKEN, "eyJhbGci", secretText]);
  });

  test("bad options and credentials repeat neither keys nor passwords, wherever they stand", async () => {
    const key = signing.key;
    const attempts: (() => unknown)[] = [
      () => Connection.open(key),
      () => Connection.open(`https://user:hunter2secret@host`),
      () => Connection.open("https://host", { [key]: 1 } as never),
      () => Connection.open("https://host", { tls: { [key]: 1 } } as never),
      () => Connection.open("https://host", { limits: { [key]: 1 } } as never),
      () => Connection.open("https://host", { tls: { ca: key.replace("-----BEGIN", "") } }),
      () => Connection.open("https://host", { tls: { servername: key, minVersion: key } } as never),
      () => Connection.open("https://host", { pingInterval: key } as never),
      () => Connection.open("https://host", { clock: key, logger: key } as never),
      () => Pool.open(key),
      () => new Pool("https://host", { size: key } as never),
      () => new Pool("https://host", { retry: key } as never),
      () => new Pool("https://host", { retry: { factor: key } } as never),
      () => new Pool("https://host", { random: key } as never),
      () => Request.of(key),
      () => Request.of("/", { [key]: "a" }),
      () => Request.of("/", { authorization: `${key}\n` }),
      () => Request.of("/", {}, "", { [key]: 1 } as never),
      () => Request.of("/", {}, "", { method: key } as never),
      () => Request.of("/", {}, "", { timeout: key } as never),
      () => ApnsClient.open({ environment: key, auth: key } as never),
      () => ApnsClient.open({ environment: "sandbox", auth: providerToken(signing), [key]: 1 } as never),
      () => ApnsClient.open({ environment: "sandbox", auth: providerToken(signing), port: key } as never),
      () => ApnsClient.open({ environment: "sandbox", auth: providerToken(signing), timeout: key } as never),
      () =>
        ApnsClient.open({ environment: "sandbox", auth: providerToken(signing), warnBefore: key } as never),
      () =>
        ApnsClient.open({
          environment: "sandbox",
          auth: providerToken(signing),
          proxy: `http://u:${key}@h`,
        } as never),
      () => ApnsClient.open({ environment: "sandbox", auth: providerToken(signing), topic: key } as never),
      () => providerToken({ key: { file: key }, keyId: "ABC123DEFG", teamId: "DEF123GHIJ" } as never),
      () => providerToken({ key, keyId: key, teamId: "DEF123GHIJ" }),
      () => providerToken({ ...signing, [key]: 1 } as never),
      () => certificate({ pem: key }),
      () => certificate({ cert: key, key } as never),
      () => new ApnsClients({ credentials: key } as never),
    ];
    for (const [i, attempt] of attempts.entries()) {
      const error: unknown = await (async () => attempt())().then(
        () => `attempt ${i} was accepted`,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(Error);
      expect({ i, code: (error as { code?: string }).code }).toEqual({
        i,
        code: expect.stringMatching(/^ERR_APNS_/),
      });
      const { message, option, field, cause } = error as Error & { option?: string; field?: string };
      const all = [message, option, field, inspect(cause, { depth: 5 })].join(" ");
      for (const secret of [keyText, keyText.slice(0, 24), "hunter2secret"])
        expect([i, all.includes(secret)]).toEqual([i, false]);
    }
  });
});
