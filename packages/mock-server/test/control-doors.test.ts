import { once } from "node:events";
import { type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Control, MockApns } from "../src/index.ts";

let server: MockApns;
let control: Control;

beforeEach(async () => {
  server = await MockApns.start({ auth: "anything" });
  control = await Control.listen(server, 0, { names: ["mock.test"] });
});

afterEach(async () => {
  await control.close();
  await server.close();
});

/** Sends the headers that it is given, as no `fetch` does. */
async function ask(headers: Record<string, string>, path = "/provider-token", method = "GET") {
  const sent = request({ host: "127.0.0.1", port: control.port, path, method, headers, agent: false });
  sent.end();
  const [response] = await once(sent, "response");
  let body = "";
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode as number, body, headers: response.headers as IncomingHttpHeaders };
}

describe("a request whose Host is not this endpoint's is refused, since DNS rebinding leads here", () => {
  test.each([
    "attacker.example",
    "attacker.example:80",
    "localhost.attacker.example",
    "127.0.0.1.attacker.example",
    "mock.test.attacker.example",
    "10.1.2.3",
    "[2001:db8::1]",
    "user@localhost",
    "localhost/x",
  ])("%j", async (host) => {
    const { status, body } = await ask({ host });
    expect(status).toBe(403);
    expect(body).not.toContain("token");
    expect(JSON.parse(body).error).toContain("not one of this endpoint");
  });

  test("even if it reads or changes the ledger", async () => {
    expect((await ask({ host: "attacker.example" }, "/ledger")).status).toBe(403);
    expect((await ask({ host: "attacker.example" }, "/ledger", "DELETE")).status).toBe(403);
  });

  test("and one without any Host", async () => {
    const socket = connect(control.port, "127.0.0.1");
    socket.write("GET /provider-token HTTP/1.0\r\n\r\n");
    let text = "";
    for await (const chunk of socket) text += chunk;
    expect(text).toMatch(/^HTTP\/1\.\d 403 /);
  });
});

test.each([
  "localhost",
  "LOCALHOST:1",
  "a.localhost",
  "127.0.0.1",
  "127.9.9.9:2198",
  "[::1]:2198",
  "mock.test",
  "Mock.Test:80",
])("the host %s is good", async (host) => {
  expect((await ask({ host })).status).toBe(200);
});

test("a host that the endpoint was told to listen at is good", async () => {
  const other = await Control.listen(server, 0, "localhost");
  expect((await fetch(`http://localhost:${other.port}/`)).status).toBe(200);
  expect(other.origin).toBe(`http://localhost:${other.port}`);
  await other.close();
});

describe("a request of a web page is refused", () => {
  test.each<[string, Record<string, string>]>([
    ["with a foreign Origin", { origin: "https://example.com" }],
    ["with the Origin null", { origin: "null" }],
    ["with the Origin of another local port", { origin: "http://127.0.0.1:3000" }],
    ["from another site", { "sec-fetch-site": "cross-site" }],
    ["from another local server, which browsers call the same site", { "sec-fetch-site": "same-site" }],
    ["with a Sec-Fetch-Site that is not known", { "sec-fetch-site": "elsewhere" }],
  ])("%s", async (_what, headers) => {
    const { status } = await ask({ host: `127.0.0.1:${control.port}`, ...headers });
    expect(status).toBe(403);
  });

  test("unless it is the endpoint's own, or its user typed the address", async () => {
    const host = `127.0.0.1:${control.port}`;
    const own = { host, origin: `http://${host}`, "sec-fetch-site": "same-origin" };
    expect((await ask(own)).status).toBe(200);
    expect((await ask({ host, "sec-fetch-site": "none" })).status).toBe(200);
  });
});

describe("what makes no sense gets a clean 400 that names the field", () => {
  test.each<[string, string, unknown, string, string | undefined]>([
    ["POST", "/faults", { kind: "drop", tmes: 1 }, "A fault drop has no `tmes`", "tmes"],
    ["POST", "/faults", null, "`kind` of a fault must be", "kind"],
    ["POST", "/faults", [], "`kind` of a fault must be", "kind"],
    ["POST", "/faults", undefined, "`kind` of a fault must be", "kind"],
    ["POST", "/faults", { kind: "answer" }, "`reason` of a fault answer is missing", "reason"],
    ["POST", "/faults", { kind: "drop", times: "3" }, 'received "3"', "times"],
    ["POST", "/faults", { kind: "__proto__" }, "`kind` of a fault must be", "kind"],
    ["POST", "/strike", { kind: "drop", connection: "1" }, 'received "1"', "connection"],
    ["POST", "/strike", { kind: "drop", share: 1 }, "A strike drop has no `share`", "share"],
    ["POST", "/strike", undefined, "`kind` of a strike must be", "kind"],
    ["POST", "/ledger/wait", { tokn: "aa" }, "has no `tokn`", "tokn"],
    ["POST", "/ledger/wait", { count: -1 }, "`count`", "count"],
    ["POST", "/ledger/wait", { timeout: "5" }, "`timeout`", "timeout"],
    ["POST", "/ledger/wait", [], "must be an object; received an array", undefined],
    ["POST", "/ledger/counts", undefined, "The body must be an object", undefined],
    ["POST", "/ledger/counts", { by: "apns-id", ids: "x" }, "`ids`", "ids"],
    ["POST", "/ledger/counts", { by: "apns-id", ids: [1] }, "`ids`", "ids"],
    ["POST", "/ledger/counts", { by: "apns-id", ids: [] }, "--tally apns-id", "by"],
    [
      "GET",
      "/ledger?acted=yes",
      undefined,
      '`acted` of the query must be true or false; received "yes"',
      "acted",
    ],
    ["GET", "/ledger?tokn=aa", undefined, "has no `tokn`", "tokn"],
    ["GET", "/ledger?limit=all", undefined, "`limit`", "limit"],
    ["GET", "/ledger?status=1&status=2", undefined, "given twice", "status"],
    ["GET", "/ledger?__proto__=1", undefined, "has no `__proto__`", "__proto__"],
    ["GET", "/ledger/summary", undefined, "`by` of the query is missing", "by"],
    ["GET", "/ledger/summary?by=token", undefined, "`by` of the query must be", "by"],
    ["GET", "/faults?kind=drop", undefined, "The query has no `kind`; it has no fields", "kind"],
    ["DELETE", "/faults/first", undefined, 'A fault\'s id is a number; received "first"', "id"],
    ["PUT", "/devices/aa", { stte: "expired" }, "A device has no `stte`", "stte"],
    ["PUT", "/devices/aa", { state: "active", since: 1 }, "`since` of a device goes with", "since"],
    ["PUT", "/devices/%zz", {}, "percent-encoded", undefined],
    ["PUT", "/latency", { min: 1 }, "`max` of a latency is missing", "max"],
    ["PUT", "/latency", undefined, "`latency` must be milliseconds", "latency"],
    ["PUT", "/listening", undefined, "The body must be true or false; received undefined", undefined],
    ["POST", "/faults", "{", "The body is not JSON", undefined],
    ["POST", "/faults", '{"kind":"drop","token":"\u001b[2J', "The body is not JSON", undefined],
  ])("%s %s %j", async (method, path, body, message, field) => {
    const init: RequestInit = { method };
    if (body !== undefined) init.body = typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(`${control.origin}${path}`, init);
    const answer = (await response.json()) as { error: string; code: string; field?: string };
    expect(response.status).toBe(400);
    expect(answer.error).toContain(message);
    expect(answer.field).toBe(field);
    expect(answer.code).toBe("ERR_APNS_MOCK_INVALID_INPUT");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(answer.error).not.toMatch(/[\u0000-\u001f]|Cannot|is not a function/);
    expect(server.faults).toEqual([]);
    expect(server.devices.list()).toEqual([]);
  });

  test("a body that is not UTF-8", async () => {
    const response = await fetch(`${control.origin}/faults`, { method: "POST", body: Buffer.of(0xff, 0xfe) });
    expect(response.status).toBe(400);
  });
});

test("a method that a path does not take gets 405 and those that it takes, an unknown path 404", async () => {
  const wrong = await fetch(`${control.origin}/ledger`, { method: "PATCH" });
  expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, DELETE"]);
  for (const path of ["/constructor", "/__proto__", "/faults/", "//", "/ledger/x/y"]) {
    expect((await fetch(`${control.origin}${path}`)).status).toBe(404);
  }
});

describe("the ledger", () => {
  function fill(entries: number, payload: string): void {
    for (let i = 0; i < entries; i++) {
      const entry = server.ledger.open({
        kind: "push",
        connection: 1,
        stream: 1,
        method: "POST",
        path: "/3/device/aa",
        token: "aa",
        topic: undefined,
        pushType: undefined,
        priority: undefined,
        expiration: undefined,
        collapseId: undefined,
        apnsId: "x",
        bytes: payload.length,
        payload,
      });
      server.ledger.settle(entry, 200);
    }
  }

  test("is read page by page", async () => {
    fill(25, "{}");
    const seen: number[] = [];
    for (let more = true, after = 0; more; ) {
      const response = await fetch(`${control.origin}/ledger?after=${after}&limit=10`);
      const page = (await response.json()) as { entries: { id: number }[]; more: boolean };
      for (const { id } of page.entries) seen.push(id);
      more = page.more;
      after = seen.at(-1)!;
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, at) => at + 1));
  });

  test("is answered in pieces, also beyond what fits into one string of V8", async () => {
    // 600 MB of text from one string of 1 MB; the longest string has 512 MB.
    fill(600, "x".repeat(1 << 20));
    const response = await fetch(`${control.origin}/ledger`);
    let bytes = 0;
    let last = Buffer.alloc(0);
    for await (const chunk of response.body!) {
      bytes += chunk.length;
      last = Buffer.from(chunk);
    }
    expect(bytes).toBeGreaterThan(600 * (1 << 20));
    expect(last.toString().endsWith("]}\n")).toBe(true);
    expect((await fetch(`${control.origin}/provider-token`)).status).toBe(200);
  }, 60_000);

  test("is waited for as long as the client waits, and no longer", async () => {
    const leave = new AbortController();
    const { signal } = leave;
    const waits = Array.from({ length: 50 }, (_, at) =>
      at % 2 === 0
        ? fetch(`${control.origin}/ledger/wait?timeout=600000`, { signal })
        : fetch(`${control.origin}/ledger/wait`, { method: "POST", body: '{"timeout":600000}', signal }),
    );
    const ended = Promise.allSettled(waits);
    await expect.poll(() => server.ledger.waiting).toBe(50);
    leave.abort();
    await ended;
    await expect.poll(() => server.ledger.waiting).toBe(0);
  });

  test("may be left half read", async () => {
    fill(100, "x".repeat(1 << 20));
    const response = await fetch(`${control.origin}/ledger`);
    await response.body!.cancel();
    expect((await fetch(`${control.origin}/`)).status).toBe(200);
  });
});
