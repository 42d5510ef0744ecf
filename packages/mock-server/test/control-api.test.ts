import { Validator } from "@seriousme/openapi-schema-validator";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ROUTES } from "../src/control/routes.ts";
import { Control, type Fault, MockApns } from "../src/index.ts";
import { bearer, Client, TOKEN, TOPIC } from "./support/client.ts";
import { validate } from "./support/json-schema.ts";

let server: MockApns;
let control: Control;

beforeEach(async () => {
  server = await MockApns.start({ ledger: { tally: ["apns-id"] } });
  control = await Control.listen(server, 0, { caFile: "mock/ca.pem", keyFile: "mock/AuthKey.p8" });
});

afterEach(async () => {
  await control.close();
  await server.close();
});

interface Operation {
  parameters?: { name: string; in: string; schema: object; required: boolean }[];
  requestBody?: { required: boolean; content: { "application/json": { schema: object } } };
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: { Error: object } };
}

async function described(): Promise<Document> {
  return (await (await fetch(`${control.origin}/openapi.json`)).json()) as Document;
}

describe("the described API", () => {
  test("is a valid OpenAPI 3.1 document", async () => {
    const result = await new Validator().validate((await described()) as never);
    expect(result).toMatchObject({ valid: true });
  });

  test("has each route and no other", async () => {
    const { paths } = await described();
    const there = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(there.sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
    const ids = Object.values(paths).flatMap((methods) =>
      Object.values(methods).map(
        (operation) => (operation as unknown as { operationId: string }).operationId,
      ),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("describes what is really answered", async () => {
    await using client = await Client.open(server);
    await client.push({ authorization: bearer(server), "apns-collapse-id": "c", "apns-expiration": "0" });
    await client.push({ authorization: "bearer x" });
    server.inject({ kind: "answer", reason: "Shutdown", share: 0.5 });
    server.devices.unregister(TOKEN);
    const { paths, components } = await described();
    const asked: [method: string, path: string, at: string, body?: unknown][] = [
      ["GET", "/", "/"],
      ["GET", "/healthz", "/healthz"],
      ["GET", "/provider-token", "/provider-token"],
      ["GET", "/connections", "/connections"],
      ["GET", "/devices", "/devices"],
      ["GET", "/channels", "/channels"],
      ["GET", "/wallet/{token}", "/wallet/aa"],
      ["GET", "/wallet/{token}", `/wallet/${server.wallet.device().pushToken}`],
      ["GET", "/ledger", "/ledger?limit=5"],
      ["GET", "/ledger/latest", "/ledger/latest?status=200"],
      ["GET", "/ledger/latest", "/ledger/latest?topic=none"],
      ["GET", "/ledger/wait", "/ledger/wait?count=2"],
      ["POST", "/ledger/wait", "/ledger/wait", { count: 2 }],
      ["GET", "/ledger/wait", "/ledger/wait?count=9&timeout=1"],
      ["GET", "/ledger/summary", "/ledger/summary?by=apns-id"],
      ["POST", "/ledger/counts", "/ledger/counts", { by: "apns-id", ids: ["x"] }],
      ["GET", "/ledger/{id}", "/ledger/1"],
      ["GET", "/ledger/{id}", "/ledger/2"],
      ["GET", "/ledger/{id}", "/ledger/99"],
      ["GET", "/faults", "/faults"],
      ["POST", "/faults", "/faults", { kind: "drop", times: 1 }],
      ["POST", "/faults", "/faults", { kind: "flood" }],
      ["POST", "/strike", "/strike", { kind: "settings", maxConcurrentStreams: 5 }],
      ["GET", "/latency", "/latency"],
      ["PUT", "/latency", "/latency", { min: 1, max: 2 }],
      ["GET", "/latency", "/latency"],
      ["PUT", "/listening", "/listening", true],
      ["PUT", "/devices/{token}", `/devices/${TOKEN}`, { state: "expired" }],
      ["DELETE", "/devices/{token}", "/devices/bb"],
      ["DELETE", "/faults/{id}", "/faults/77"],
      ["DELETE", "/faults", "/faults"],
      ["DELETE", "/ledger", "/ledger"],
    ];
    for (const [method, path, at, body] of asked) {
      const response = await fetch(`${control.origin}${at}`, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const { responses } = paths[path]![method.toLowerCase()]!;
      const answer = responses[response.status] ?? responses.default!;
      const schema = answer.content?.["application/json"]?.schema;
      const where = `${method} ${at} answered ${response.status} ${text.slice(0, 300)}`;
      if (text === "") expect(schema, where).toBeUndefined();
      else expect(validate(schema!, JSON.parse(text), components), where).toEqual([]);
    }
    const told = asked.map(([method, path]) => `${method} ${path}`);
    // These have no JSON.
    const others = [
      "GET /events",
      "GET /ui/{file}",
      "GET /ca.pem",
      "GET /provider-token.txt",
      "GET /openapi.json",
    ];
    expect([...new Set([...told, ...others])].sort()).toEqual(
      ROUTES.map(({ method, path }) => `${method} ${path}`).sort(),
    );
  });

  test("takes and refuses the same bodies as the endpoint", async () => {
    const { paths, components } = await described();
    const { schema } = paths["/faults"]!.post!.requestBody!.content["application/json"];
    const values: unknown[] = [
      0,
      1,
      -1,
      0.5,
      "x",
      "",
      true,
      null,
      [],
      {},
      "Shutdown",
      1e20,
      { min: 1, max: 2 },
    ];
    const kinds = ["answer", "latency", "goaway", "reset", "settings", "stall", "drop", "refuse"];
    const fields = [
      ...["reason", "sticky", "acted", "retryAfter", "timestamp", "latency", "text", "code", "lastStreamId"],
      ...[
        "announce",
        "twice",
        "maxConcurrentStreams",
        "scope",
        "ms",
        "how",
        "share",
        "times",
        "token",
        "topic",
      ],
      ...["connection", "tmes"],
    ];
    const needed: Record<string, object> = {
      answer: { reason: "Shutdown" },
      latency: { latency: 1 },
      reset: { code: 7 },
      settings: { maxConcurrentStreams: 1 },
    };
    let taken = 0;
    for (const kind of kinds) {
      for (const field of fields) {
        for (const value of values) {
          const fault = { kind, ...needed[kind], [field]: value };
          const byServer = isTaken(fault);
          const bySchema = validate(schema, JSON.parse(JSON.stringify(fault)), components).length === 0;
          // A name of an error code is a rule that JSON Schema does not say.
          if (field === "code" && typeof value === "string" && kind === "reset") continue;
          expect(bySchema, JSON.stringify(fault)).toBe(byServer);
          if (byServer) taken++;
        }
      }
    }
    expect(taken).toBeGreaterThan(100);
  });

  function isTaken(fault: object): boolean {
    try {
      server.removeFault(server.inject(fault as Fault).id);
      return true;
    } catch {
      return false;
    }
  }

  test("takes and refuses the same queries as the endpoint", async () => {
    const { paths, components } = await described();
    const { parameters } = paths["/ledger"]!.get!;
    for (const { name, schema } of parameters!) {
      for (const words of [
        "1",
        "0",
        "-1",
        "1.5",
        "100",
        "600",
        "true",
        "push",
        "answer",
        "BadTopic",
        "x y",
      ]) {
        const { status } = await fetch(`${control.origin}/ledger?${name}=${encodeURIComponent(words)}`);
        const readings: unknown[] = [
          words,
          ...(words === "true" ? [true] : []),
          ...(Number.isFinite(Number(words)) ? [Number(words)] : []),
        ];
        const bySchema = readings.some((value) => validate(schema, value, components).length === 0);
        // A reason is a rule that JSON Schema does not say.
        if (name !== "reason") expect(bySchema, `${name}=${words}`).toBe(status === 200);
      }
    }
  });
});

test("the newest entry that matches is answered, or 404", async () => {
  await using client = await Client.open(server);
  const authorization = bearer(server);
  await client.push({ authorization }, '{"aps":{"alert":"first"}}');
  await client.push({ authorization, "apns-priority": "7" });
  const latest = await (await fetch(`${control.origin}/ledger/latest`)).json();
  expect(latest).toMatchObject({ id: 2, reason: "BadPriority" });
  const good = await (await fetch(`${control.origin}/ledger/latest?acted=true&topic=${TOPIC}`)).json();
  expect(good).toMatchObject({ id: 1, payload: '{"aps":{"alert":"first"}}' });
  expect((await fetch(`${control.origin}/ledger/latest?status=503`)).status).toBe(404);
  expect((await fetch(`${control.origin}/ledger/latest?limit=3`)).status).toBe(400);
});

test("a request is told in whole, with the claims of its provider token and without the token", async () => {
  await using client = await Client.open(server);
  const jwt = server.providerToken();
  await client.push({ authorization: `bearer ${jwt}`, "x-own": "Grüße" });
  const response = await fetch(`${control.origin}/ledger/1`);
  const text = await response.text();
  expect(text).not.toContain(jwt);
  expect(text).not.toContain(jwt.split(".")[2]);
  const detail = JSON.parse(text);
  expect(detail).toMatchObject({
    entry: { id: 1, status: 200 },
    providerToken: { keyId: server.key.keyId, teamId: server.key.teamId, issuedAt: expect.any(Number) },
    connection: { number: 1, requests: 1, refused: 0, tls: expect.stringMatching(/^TLSv1/) },
  });
  expect(detail.headers).toContainEqual(["apns-topic", TOPIC]);
  expect(detail.headers.find(([name]: [string]) => name === "authorization")[1]).toContain("cut out");
  const kinds = detail.connection.events.map(({ kind }: { kind: string }) => kind);
  expect(kinds).toEqual(["opened", "settings", "client-settings", "settings"]);
});

test.each([
  ["nothing that can be read", "bearer x.y.z", undefined],
  ["an array as claims", `bearer ${Buffer.from("[]").toString("base64url")}.e30.x`, {}],
  ["no numbers", `bearer e30.${Buffer.from('{"iat":"soon","iss":7}').toString("base64url")}.x`, {}],
])("a provider token with %s is told as far as it can be", async (_what, authorization, claims) => {
  await using client = await Client.open(server);
  await client.push({ authorization });
  const detail = (await (await fetch(`${control.origin}/ledger/1`)).json()) as { providerToken?: object };
  expect(detail.providerToken).toEqual(claims);
});

test("the record of a connection has its resets, GOAWAY, silence and end", async () => {
  await using client = await Client.open(server);
  const authorization = bearer(server);
  await client.push({ authorization });
  server.inject({ kind: "reset", code: "CANCEL", times: 1 });
  await expect(client.push({ authorization })).rejects.toThrow();
  server.strike({ kind: "stall", ms: 1 });
  await expect.poll(() => kinds()).toContain("resumed");
  server.strike({ kind: "goaway", reason: "Shutdown", lastStreamId: 0 });
  await expect.poll(() => kinds()).toContain("closed");
  function kinds(): string[] {
    return server.connectionRecord(1)!.events.map(({ kind }) => kind);
  }
  expect(kinds()).toEqual(
    expect.arrayContaining([
      "opened",
      "settings",
      "client-settings",
      "reset",
      "stalled",
      "resumed",
      "goaway",
      "closed",
    ]),
  );
  const { connections } = (await (await fetch(`${control.origin}/connections`)).json()) as {
    connections: { closedAt?: number; requests: number; unanswered: number }[];
  };
  expect(connections).toMatchObject([{ requests: 2, unanswered: 1, closedAt: expect.any(Number) }]);
});

test("the authority and a provider token are there as text, so that curl needs no other tool", async () => {
  expect(await (await fetch(`${control.origin}/ca.pem`)).text()).toBe(server.ca);
  const token = await (await fetch(`${control.origin}/provider-token.txt`)).text();
  await using client = await Client.open(server);
  expect((await client.push({ authorization: `bearer ${token}` })).status).toBe(200);
});

test("the latency can be read as it was set", async () => {
  server.setLatency({ median: 1, p99: 4 });
  expect(await (await fetch(`${control.origin}/latency`)).json()).toEqual({ median: 1, p99: 4 });
  server.pauseListening();
  expect(await (await fetch(`${control.origin}/`)).json()).toMatchObject({
    listening: false,
    latency: { median: 1, p99: 4 },
    credentialFiles: { ca: "mock/ca.pem", key: "mock/AuthKey.p8" },
  });
});
