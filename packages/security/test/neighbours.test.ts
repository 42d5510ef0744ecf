import { once } from "node:events";
import { Connection } from "@apnskit/connection";
import { MockApns } from "@apnskit/mock-server";
import { Pool, Request, RequestHeaders } from "@apnskit/pool";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { ApnsClient, type ApnsClientOptions, alert, providerToken, raw } from "apnskit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { APP, hello } from "./kit/clients.ts";

// One hostile request of each kind among a thousand good requests. The server must accept all good requests.
failOnLeaks();

const GOOD = 1_000;
const TOKEN = "ab".repeat(32);
const tokenOf = (n: number): string => n.toString(16).padStart(64, "0");
const circle: Record<string, unknown> = {};
circle.self = circle;
const thrower = {
  get title(): string {
    throw new Error("a getter");
  },
};

/**
 * A kind of mistake, and the function that creates the bad request. The value `undefined` stands for the good
 * value.
 */
interface BadRequest {
  readonly path?: unknown;
  readonly headers?: unknown;
  readonly body?: unknown;
  readonly options?: unknown;
}
const manyHeaders = (count: number, length: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, "v".repeat(length)]));

const requests: readonly (readonly [string, BadRequest])[] = [
  ["a path of 80 KB", { path: `/3/device/${"a".repeat(80_000)}` }],
  ["a path of 1,024 characters", { path: `/3/device/${"a".repeat(1_014)}` }],
  ["a path with a line break", { path: "/3/device/ab\r\nx: y" }],
  ["a path with a space", { path: "/3/device/ab cd" }],
  ["a path that is a URL", { path: "https://example.com/3/device/ab" }],
  ["a path that is not a string", { path: { toString: () => "/3/device/ab" } }],
  ["no path", { path: null }],
  ["a header of 70 KB", { headers: { "x-large": "v".repeat(70_000) } }],
  ["70 KB in many headers", { headers: manyHeaders(70, 1_000) }],
  ["10,000 headers", { headers: manyHeaders(10_000, 1) }],
  ["a header's name of 100 KB", { headers: { ["x".repeat(100_000)]: "v" } }],
  ["a header with a line break", { headers: { "apns-topic": `${APP}\r\nx: y` } }],
  ["a header with NUL", { headers: { "apns-topic": "a\0b" } }],
  ["a header's name in upper case", { headers: { "APNS-Topic": APP } }],
  ["a pseudo-header", { headers: { ":path": "/evil" } }],
  ["connection headers", { headers: { "transfer-encoding": "chunked" } }],
  ["another host", { headers: { host: "evil.example" } }],
  ["a wrong content-length", { headers: { "content-length": "5" } }],
  ["expect", { headers: { expect: "100-continue" } }],
  ["a topic of 60 KB", { headers: { "apns-topic": "t".repeat(60_000) } }],
  ["a collapse id of 60 KB", { headers: { "apns-collapse-id": "c".repeat(60_000) } }],
  ["an expiration that is not a number", { headers: { "apns-expiration": "soon" } }],
  ["a value that is not a string", { headers: { "apns-priority": 10 } }],
  ["a body of 10 MB", { body: "b".repeat(10_000_000) }],
  ["a body of the maximum size", { body: "b".repeat(4_096) }],
  ["a body that is not text", { body: { aps: {} } }],
  ["no time", { options: { timeout: 0 } }],
  ["a time that is not a number", { options: { timeout: "10" } }],
  ["a method that APNs does not know", { options: { method: "TRACE" } }],
  ["an option that does not exist", { options: { rejectUnauthorized: false } }],
  ["an inherited option", { options: Object.create({ maxBodyLength: 1e9 }), body: "b".repeat(5_000) }],
];

const pushes: readonly (readonly [string, (apns: ApnsClient) => Promise<unknown>])[] = [
  ["a token of 80 KB", (apns) => apns.send("ab".repeat(40_000), hello)],
  ["a token of 101 bytes", (apns) => apns.send("ab".repeat(101), hello)],
  ["a token with a path in it", (apns) => apns.send("../../4/broadcasts", hello)],
  ["a token with a line break", (apns) => apns.send(`${TOKEN}\r\n`, hello)],
  ["a token with an escape sequence", (apns) => apns.send(`\x1b[2J${TOKEN}`, hello)],
  ["an empty token", (apns) => apns.send("", hello)],
  ["no token", (apns) => apns.send(undefined as never, hello)],
  ["a token that is an object", (apns) => apns.send({ toString: () => TOKEN } as never, hello)],
  ["a token of 10 MB of bytes", (apns) => apns.send(Buffer.alloc(10_000_000) as never, hello)],
  ["a topic of 60 KB", (apns) => apns.send(TOKEN, alert({ title: "a", topic: "t".repeat(60_000) } as never))],
  ["the topic ..", (apns) => apns.send(TOKEN, alert({ title: "a", topic: ".." } as never))],
  ["the topic a/b", (apns) => apns.send(TOKEN, alert({ title: "a", topic: "a/b" } as never))],
  ["a topic with a line break", (apns) => apns.send(TOKEN, alert({ title: "a", topic: "a\r\nb" } as never))],
  [
    "a collapse id of 60 KB",
    (apns) => apns.send(TOKEN, alert({ title: "a", collapseId: "c".repeat(60_000) })),
  ],
  ["a collapse id with NUL", (apns) => apns.send(TOKEN, alert({ title: "a", collapseId: "a\0b" }))],
  ["an invalid apns-id", (apns) => apns.send(TOKEN, hello, { apnsId: "x".repeat(9_000) } as never)],
  ["a payload of 10 MB", (apns) => apns.send(TOKEN, alert({ title: "t".repeat(10_000_000) }))],
  ["a circular payload", (apns) => apns.send(TOKEN, alert({ title: "a", data: circle as never }))],
  ["a payload whose getter throws", (apns) => apns.send(TOKEN, alert(thrower))],
  [
    "a payload with __proto__",
    (apns) => apns.send(TOKEN, alert(JSON.parse('{"title":"a","__proto__":{"x":1}}'))),
  ],
  ["an invalid priority", (apns) => apns.send(TOKEN, alert({ title: "a", priority: 7 as never }))],
  [
    "an invalid expiration",
    (apns) => apns.send(TOKEN, alert({ title: "a", expiration: new Date(Number.NaN) })),
  ],
  ["another object instead of a notification", (apns) => apns.send(TOKEN, { aps: {} } as never)],
  ["no notification", (apns) => apns.send(TOKEN, null as never)],
  [
    "a raw header of 70 KB",
    (apns) =>
      apns.send(
        TOKEN,
        raw({ pushType: "alert", payload: {}, headers: { "x-a": "v".repeat(70_000) } } as never),
      ),
  ],
  [
    "a raw header that ends the request",
    (apns) =>
      apns.send(TOKEN, raw({ pushType: "alert", payload: {}, headers: { "x-a": "a\r\n\r\n" } } as never)),
  ],
  ["no time", (apns) => apns.send(TOKEN, hello, { timeout: 0 })],
  ["a time that is not a number", (apns) => apns.send(TOKEN, hello, { timeout: "1" as never })],
  ["a signal that has fired", (apns) => apns.send(TOKEN, hello, { signal: AbortSignal.abort() })],
  ["an invalid signal", (apns) => apns.send(TOKEN, hello, { signal: {} as never })],
  ["an unknown option", (apns) => apns.send(TOKEN, hello, { "\x1b[2J": 1 } as never)],
];

let server: MockApns;
let headers: RequestHeaders;
beforeAll(async () => {
  server = await MockApns.start({ auth: "anything" });
  headers = RequestHeaders.from({ "apns-topic": APP, "apns-push-type": "alert" });
});
afterAll(() => server.close());

const good = (n: number) => Request.of(`/3/device/${tokenOf(n)}`, headers, '{"aps":{}}', { timeout: 60_000 });
const make = ({ path, headers: more, body, options }: BadRequest): Request =>
  Request.of(
    (path === undefined ? `/3/device/${TOKEN}` : path) as string,
    (more === undefined ? headers : more) as Record<string, string>,
    (body === undefined ? "{}" : body) as string,
    options as object,
  );

/** Posts the bad requests evenly among the good requests. The server must accept all good requests. */
async function among<Bad>(
  kinds: readonly (readonly [string, Bad])[],
  send: (n: number) => Promise<{ readonly status: number }>,
  attack: (bad: Bad) => Promise<unknown>,
): Promise<void> {
  const share = Math.ceil(GOOD / kinds.length);
  const sent: Promise<{ readonly status: number }>[] = [];
  const attacks: Promise<unknown>[] = [];
  for (const [, bad] of kinds) {
    for (let i = 0; i < share && sent.length < GOOD; i++) sent.push(send(sent.length));
    // Ignores synchronous errors of `attack` and rejections: only the caller of the bad request gets them.
    attacks.push((async () => attack(bad))().catch((error: unknown) => error));
  }
  const statuses = (await Promise.all(sent)).map(({ status }) => status);
  const ends = await Promise.all(attacks);
  expect(statuses).toEqual(new Array(GOOD).fill(200));
  // Every error of a bad request has a code.
  for (const [i, end] of ends.entries()) {
    const kind = kinds[i]![0];
    if (end instanceof Error)
      expect({ kind, code: (end as { code?: string }).code }).toMatchObject({ kind, code: /^ERR_APNS_/ });
  }
}

describe("1,000 good requests and one bad of each kind: the good ones are all accepted", () => {
  expect.addEqualityTesters([
    (value, pattern) =>
      pattern instanceof RegExp && typeof value === "string" ? pattern.test(value) : undefined,
  ]);

  test("at Connection", async () => {
    const connection = await Connection.open(server.origin, { tls: { ca: server.ca } });
    const send = async (n: number) => {
      while (connection.capacity === 0) await once(connection, "capacity");
      return connection.post(good(n));
    };
    await among(requests, send, async (bad) => connection.post(make(bad)));
    expect(connection.state).toBe("active");
    await connection.close();
  });

  test("at Pool", async () => {
    const pool = await Pool.open(server.origin, { tls: { ca: server.ca }, size: 2 });
    let lost = 0;
    pool.on("disconnected", () => lost++);
    await among(
      requests,
      (n) => pool.post(good(n)),
      async (bad) => pool.post(make(bad)),
    );
    expect(lost).toBe(0);
    await pool.close();
  });

  test("at ApnsClient", async () => {
    const apns = await ApnsClient.open({
      origin: server.origin,
      tls: { ca: server.ca },
      auth: providerToken(server.key),
      topic: APP,
      timeout: 60_000,
    } as ApnsClientOptions);
    await among(
      pushes,
      (n) => apns.send(tokenOf(n), hello),
      (attack) => attack(apns),
    );
    await apns.close();
  });
});

test("there are 30 kinds at least", () => {
  expect(requests.length).toBeGreaterThanOrEqual(30);
  expect(pushes.length).toBeGreaterThanOrEqual(30);
});
