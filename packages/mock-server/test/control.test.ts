import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Control, MockApns } from "../src/index.ts";
import { Client, closed, TOKEN, TOPIC } from "./support/client.ts";

let server: MockApns;
let control: Control;
let client: Client;

beforeEach(async () => {
  server = await MockApns.start({ auth: "anything", ledger: { tally: ["apns-id"] } });
  control = await Control.listen(server, 0);
  client = await Client.open(server);
});

afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await control.close();
  await server.close();
});

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const init: RequestInit = { method, headers };
  if (body !== undefined) init.body = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(`http://127.0.0.1:${control.port}${path}`, init);
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}

describe("the control endpoint", () => {
  test("describes the server", async () => {
    await client.push();
    expect(await call("GET", "/")).toMatchObject({
      status: 200,
      body: {
        environment: "sandbox",
        origin: server.origin,
        totals: { arrived: 1, acted: 1 },
        connections: [{ number: 1, state: "active", inflight: 0, streamLimit: 1000 }],
      },
    });
  });

  test("lists and clears the ledger", async () => {
    await client.push();
    await client.push({ "apns-topic": "com.example.other", "apns-priority": "7" });
    const all = await call("GET", "/ledger");
    expect(all.body.entries).toHaveLength(2);
    const one = await call("GET", `/ledger?topic=${TOPIC}&acted=true&status=200&after=0`);
    expect(one.body.entries).toMatchObject([{ token: TOKEN, topic: TOPIC, acted: true }]);
    expect((await call("GET", "/ledger?limit=1")).body.entries).toMatchObject([{ reason: "BadPriority" }]);
    expect((await call("DELETE", "/ledger")).status).toBe(204);
    expect((await call("GET", "/ledger")).body).toMatchObject({ entries: [], totals: { arrived: 0 } });
  });

  test("waits for requests", async () => {
    const waiting = call("POST", "/ledger/wait", { topic: TOPIC, count: 2 });
    await client.push();
    await client.push();
    expect((await waiting).body.entries).toHaveLength(2);
    const failed = await call("POST", "/ledger/wait", { count: 3, timeout: 5 });
    expect(failed).toMatchObject({ status: 408, body: { error: expect.stringContaining("Only 2 of 3") } });
  });

  test("gives the counts by id", async () => {
    const id = "4084a6e4-9ea8-4d2a-8a49-9a344a152da7";
    await client.push({ "apns-id": id });
    await client.push({ "apns-id": id });
    const counts = await call("POST", "/ledger/counts", { by: "apns-id", ids: [id, "other"] });
    expect(counts.body).toEqual({
      counts: [
        [2, 2],
        [0, 0],
      ],
    });
    const summary = await call("GET", "/ledger/summary?by=apns-id");
    expect(summary.body).toEqual({ ids: 1, arrived: 2, acted: 2, repeated: 1, neverActed: 0 });
    expect((await call("GET", "/ledger/summary?by=collapse-id")).status).toBe(400);
  });

  test("injects, lists and removes faults", async () => {
    const made = await call("POST", "/faults", { kind: "answer", reason: "Shutdown" });
    expect(made).toEqual({ status: 201, body: { id: 1 } });
    expect((await client.push()).reason).toBe("Shutdown");
    expect((await call("GET", "/faults")).body).toMatchObject({ faults: [{ id: 1, hits: 1 }] });
    expect((await call("DELETE", "/faults/1")).status).toBe(204);
    expect((await call("DELETE", "/faults/1")).status).toBe(404);
    await call("POST", "/faults", { kind: "drop", share: 0.5 });
    expect((await call("DELETE", "/faults")).status).toBe(204);
    expect(server.faults).toEqual([]);
  });

  test("strikes open connections and sets the latency", async () => {
    expect((await call("PUT", "/latency", { min: 1, max: 2 })).status).toBe(204);
    expect((await client.push()).status).toBe(200);
    const gone = closed(client.session);
    expect(
      (await call("POST", "/strike", { kind: "goaway", reason: "Shutdown", connection: 1 })).body,
    ).toEqual({ hit: 1 });
    await gone;
    expect(client.goaways).toMatchObject([{ debug: '{"reason":"Shutdown"}' }]);
  });

  test("lets the server stop listening and start again", async () => {
    expect((await call("PUT", "/listening", false)).status).toBe(204);
    await expect(Client.open(server)).rejects.toThrow();
    expect((await call("PUT", "/listening", true)).status).toBe(204);
    await using again = await Client.open(server);
    expect((await again.push()).status).toBe(200);
  });

  test("sets devices", async () => {
    await call("PUT", `/devices/${TOKEN}`, { state: "unregistered", since: 1_700_000_000_000 });
    expect(await client.push()).toMatchObject({ reason: "Unregistered", timestamp: 1_700_000_000_000 });
    await call("PUT", `/devices/${TOKEN}`, { state: "expired" });
    expect((await client.push()).reason).toBe("ExpiredToken");
    await call("PUT", `/devices/${TOKEN}`, { topic: "com.example.other" });
    expect((await client.push()).reason).toBe("DeviceTokenNotForTopic");
    expect((await call("GET", "/devices")).body.devices).toMatchObject([
      { token: TOKEN, topic: "com.example.other" },
    ]);
    expect((await call("DELETE", `/devices/${TOKEN}`)).status).toBe(204);
    expect((await client.push()).status).toBe(200);
  });

  test("lists channels, and signs provider tokens for curl", async () => {
    expect((await call("GET", "/channels")).body).toEqual({ channels: [] });
    expect((await call("GET", "/provider-token")).body.token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  test.each<[number, string, string, unknown]>([
    [400, "POST", "/faults", { kind: "flood" }],
    [400, "POST", "/faults", "{"],
    [400, "POST", "/strike", { kind: "answer", reason: "Shutdown" }],
    [400, "PUT", "/latency", -1],
    [400, "PUT", "/listening", "1"],
    [400, "PUT", "/devices/aa", { state: "lost" }],
    [400, "GET", "/ledger?limit=0", undefined],
    [400, "POST", "/ledger/counts", { by: "apns-id" }],
    [404, "GET", "/elsewhere", undefined],
    [404, "DELETE", "/devices/aa", undefined],
  ])("answers %i to %s %s with %j", async (status, method, path, body) => {
    expect((await call(method, path, body)).status).toBe(status);
  });

  test("has nothing to say to web pages", async () => {
    expect((await call("DELETE", "/ledger", undefined, { origin: "https://example.com" })).status).toBe(403);
  });
});
