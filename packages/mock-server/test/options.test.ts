import { describe, expect, test } from "vitest";
import { CertificateAuthority, generateSigningKey, MockApns, type MockApnsOptions } from "../src/index.ts";
import { bearer, Client } from "./support/client.ts";

describe("starting a server", () => {
  test.each<[string, MockApnsOptions, RegExp]>([
    [
      "half a stream",
      { maxConcurrentStreams: 0.5 },
      /`maxConcurrentStreams` of the options must be a whole number from 0 to 4294967295; received 0.5/,
    ],
    ["a negative limit", { streamsBeforeToken: -1 }, /streamsBeforeToken.* received -1/],
    ["a negative latency", { latency: -1 }, /latency.* must be .* received -1/],
    ["an unknown fault", { faults: [{ kind: "x" } as never] }, /`kind` of a fault must be .* received "x"/],
    ["no key in a key", { keys: [{ key: "no", keyId: "K", teamId: "T" }] }, /provider key K is not a PEM/],
    ["a key without an id", { keys: [{ ...generateSigningKey(), keyId: "" }] }, /needs a keyId and a teamId/],
    ["a fractional seed", { seed: 0.1 }, /`seed` of the options must be a whole number; received 0.1/],
    ["an unknown kind of auth", { auth: "none" as never }, /`auth` .* must be .* received "none"/],
    [
      "an unknown environment",
      { environment: "staging" as never },
      /`environment` .* must be .* received "staging"/,
    ],
    ["a time-out of nothing", { idleTimeout: 0 }, /`idleTimeout` .* must be .* received 0/],
    ["an empty rate limit", { deviceRateLimit: { requests: 0, per: 1 } }, /deviceRateLimit/],
  ])("fails with %s", async (_what, options, message) => {
    await expect(MockApns.start(options)).rejects.toThrow(message);
  });

  test("fails if a port is taken, and leaves none open", async () => {
    await using first = await MockApns.start();
    await expect(MockApns.start({ managementPort: first.port })).rejects.toThrow("EADDRINUSE");
  });

  test("may be given an authority, a certificate and a key of its own", async () => {
    const authority = await CertificateAuthority.create();
    const identity = await authority.issue({ altNames: ["127.0.0.1"], keyType: "RSA" });
    const signingKey = generateSigningKey({ keyId: "MINE", teamId: "US" });
    await using server = await MockApns.start({ authority, identity, signingKey });
    expect(server.ca).toBe(authority.certificate);
    expect(server.clientOptions).toEqual({ tls: { ca: authority.certificate } });
    expect(server.key).toBe(signingKey);
    await using client = await Client.open(server);
    expect(await client.push({ authorization: bearer(server) })).toMatchObject({ status: 200 });
  });

  test("may be told other names for its certificate", async () => {
    await using server = await MockApns.start({ auth: "anything", altNames: ["localhost"] });
    await expect(Client.open(server)).rejects.toThrow();
    await using client = await Client.open(server, { origin: `https://localhost:${server.port}` });
    expect(await client.push()).toMatchObject({ status: 200 });
  });

  test("may be told what to answer where Apple's pages leave it open", async () => {
    await using server = await MockApns.start({
      auth: "anything",
      wrongSuffix: "accept",
      refuseUrgentBackground: false,
    });
    await using client = await Client.open(server);
    expect(await client.push({ "apns-push-type": "voip" })).toMatchObject({ status: 200 });
    const urgent = { "apns-push-type": "background", "apns-priority": "10" };
    expect(await client.push(urgent)).toMatchObject({ status: 200 });
  });

  test("keeps payloads, or not", async () => {
    for (const payloads of [true, false]) {
      await using server = await MockApns.start({ auth: "anything", ledger: { payloads } });
      await using client = await Client.open(server);
      await client.push({}, '{"aps":{"alert":"Grüße"}}');
      expect(server.ledger.entries()[0]?.payload).toBe(payloads ? '{"aps":{"alert":"Grüße"}}' : undefined);
    }
  });

  test("closes twice without harm", async () => {
    const server = await MockApns.start();
    await server.close();
    await expect(server.close()).resolves.toBeUndefined();
  });
});

describe("devices", () => {
  test("are registered again, forgotten and listed", async () => {
    await using server = await MockApns.start({ auth: "anything" });
    await using client = await Client.open(server);
    const push = async () => (await client.push({ ":path": "/3/device/ABCD" })).reason ?? "accepted";
    server.devices.unregister("abcd");
    expect(await push()).toBe("Unregistered");
    server.devices.register("ABCD", { topic: "com.example.app" });
    expect(await push()).toBe("accepted");
    expect(server.devices.list()).toEqual([
      { token: "abcd", topic: "com.example.app", environment: "sandbox", state: { state: "active" } },
    ]);
    expect(server.devices.forget("abcd")).toBe(true);
    expect(server.devices.get("abcd")).toBeUndefined();
  });
});
