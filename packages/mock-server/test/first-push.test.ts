import { describe, expect, test } from "vitest";
import { MockApns } from "../src/index.ts";
import { bearer, Client, TOKEN, TOPIC } from "./support/client.ts";

describe("a mock server with nothing set", () => {
  test("accepts a push with a valid token, and raises the stream limit before the answer", async () => {
    await using server = await MockApns.start();
    await using client = await Client.open(server);
    expect(client.limits).toEqual([1]);
    const reply = await client.push({ authorization: bearer(server) });
    expect(reply).toMatchObject({ status: 200, body: "" });
    expect(client.limits).toEqual([1, 1000]);
    expect(reply.headers["apns-id"]).toMatch(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
    expect(reply.headers["apns-unique-id"]).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(Object.keys(reply.headers).filter((name) => !name.startsWith(":"))).toEqual([
      "apns-id",
      "apns-unique-id",
    ]);
    const [entry] = await server.received({ topic: TOPIC });
    expect(entry).toMatchObject({ token: TOKEN, acted: true, status: 200, apnsId: reply.headers["apns-id"] });
  });

  test("refuses whoever shows nothing, as a request and not as a connection error", async () => {
    await using server = await MockApns.start();
    await using client = await Client.open(server);
    expect(await client.push()).toMatchObject({ status: 403, reason: "MissingProviderToken" });
    expect(await client.push({ authorization: bearer(server) })).toMatchObject({ status: 200 });
  });

  test("is reached as localhost too", async () => {
    await using server = await MockApns.start({ auth: "anything" });
    await using client = await Client.open(server, { origin: `https://localhost:${server.port}` });
    expect(await client.push()).toMatchObject({ status: 200 });
  });
});
