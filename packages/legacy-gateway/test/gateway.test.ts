import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeNotification } from "../src/index.ts";
import { LegacyClient } from "./kit/legacy-client.ts";
import { gatewayOptions, HELLO, TOPIC, tokenOf, World } from "./kit/world.ts";

failOnLeaks();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "apnskit-legacy-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const hex = (index: number): string => tokenOf(index).toString("hex");
const frame = (identifier: number, command: 1 | 2 = 2): Buffer =>
  encodeNotification({ command, token: tokenOf(identifier), payload: HELLO, identifier, expiry: 0 });

describe("a restart", () => {
  it("doubles nothing: what comes again from before it is absorbed", async () => {
    const stateFolder = join(folder, "state");
    {
      await using world = await World.open({ stateFolder }, { latency: 50 });
      world.apns.inject({ kind: "answer", reason: "BadDeviceToken", token: hex(2) });
      await using client = await LegacyClient.connect(world.ports.push, world.client);
      client.send(...[1, 2, 3, 4].map((index) => frame(index)));
      while (world.apns.ledger.totals.arrived < 4) await new Promise((resolve) => setImmediate(resolve));
      await world.gateway.close();
      expect(await client.packet).toEqual({ status: 8, identifier: 2 });
    }
    await using world = await World.open({ stateFolder });
    expect(world.counts.absorbable).toBe(2);
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    client.send(...[3, 4, 5].map((index) => frame(index)));
    await world.apns.received();
    expect(world.apns.ledger.entries().map(({ token }) => token)).toEqual([hex(5)]);
    expect(world.counts).toMatchObject({ absorbed: 2, absorbable: 0 });
  });

  it("keeps the report", async () => {
    const stateFolder = join(folder, "state");
    for (let round = 0; round < 2; round++) {
      await using world = await World.open({ stateFolder });
      await using client = await LegacyClient.connect(world.ports.push, world.client);
      client.send(frame(1), frame(2, 1));
      await world.apns.received({ count: 2 });
      if (round === 0) continue;
      expect(world.gateway.report()).toMatchObject([
        {
          app: `${TOPIC} sandbox`,
          address: "127.0.0.1",
          commonName: `Apple Push Services: ${TOPIC}`,
          connections: 2,
          commands: { 0: 0, 1: 2, 2: 2 },
        },
      ]);
    }
  });
});

describe("TLS", () => {
  it("is of version 1.2 by default, also for clients that know 1.3", async () => {
    await using world = await World.open();
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    expect(client.socket.getProtocol()).toBe("TLSv1.2");
    const insisting = { ...world.client, minVersion: "TLSv1.3" } as const;
    await expect(LegacyClient.connect(world.ports.push, insisting)).rejects.toThrow();
  });

  it("may be older or newer, as the options say", async () => {
    const usual = await import("@apnskit/testkit").then(({ serverCertificate }) => serverCertificate());
    await using world = await World.open({ tls: { ...usual, minVersion: "TLSv1", maxVersion: "TLSv1.3" } });
    for (const version of ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const) {
      const options = {
        ...world.client,
        minVersion: version,
        maxVersion: version,
        ciphers: "DEFAULT@SECLEVEL=0",
      };
      await using client = await LegacyClient.connect(world.ports.push, options);
      expect(client.socket.getProtocol()).toBe(version);
      client.send(frame(1));
      await world.apns.received();
      world.apns.ledger.clear();
    }
  });
});

describe("apps behind one gateway", () => {
  it("are told apart by pinned certificates and by listeners, each with its own credentials, figures and feedback", async () => {
    await using world = await World.open();
    const { apps, ...rest } = await gatewayOptions(world.apns);
    const [app] = apps;
    const { fingerprint256 } = new X509Certificate(world.client.cert);
    const name = "the other one";
    await using other = await World.open({
      ...rest,
      apps: [
        { ...app!, topic: "com.example.pinned", fingerprints: [fingerprint256] },
        { ...app!, topic: "com.example.other", name },
      ],
      authorities: [],
      listeners: [
        { service: "push", host: "127.0.0.1", port: 0 },
        { service: "feedback", host: "127.0.0.1", port: 0, app: name, clients: "anyone" },
        { service: "push", host: "127.0.0.1", port: 0, app: name, clients: "anyone" },
      ],
    });
    const [shared, , own] = other.gateway.addresses;
    await using pinned = await LegacyClient.connect(shared!.port, world.client);
    pinned.send(frame(1));
    await using anyone = await LegacyClient.connect(own!.port, { ca: world.client.ca });
    anyone.send(frame(2), frame(3));
    const entries = await world.apns.received({ count: 3 });
    const topics = entries.map(({ token, topic }) => [token, topic]).sort();
    expect(topics).toEqual([
      [hex(1), "com.example.pinned"],
      [hex(2), "com.example.other"],
      [hex(3), "com.example.other"],
    ]);
    expect(other.gateway.stats().apps.map(({ received }) => received[2])).toEqual([1, 2]);
  });
});

describe("log lines", () => {
  it("tell of connections and refusals, without payload and whole token", async () => {
    const lines: [level: string, fields: object, message: string][] = [];
    const level = (name: string) => (fields: object, message: string) =>
      void lines.push([name, fields, message]);
    const logger = { info: level("info"), warn: level("warn"), error: level("error"), debug: level("debug") };
    await using world = await World.open({ logger });
    world.apns.inject({ kind: "answer", reason: "BadDeviceToken", token: hex(1) });
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    client.send(frame(1));
    await client.packet;
    const told = lines.filter(([name, , message]) => name !== "debug" && message.startsWith("legacy"));
    const common = {
      app: `${TOPIC} sandbox`,
      address: "127.0.0.1",
      connection: expect.stringMatching(/^[0-9a-f]{8}$/),
    };
    expect(told).toMatchObject([
      ["info", common, "legacy client connected"],
      [
        "warn",
        { ...common, status: 8, identifier: 1, reason: "BadDeviceToken" },
        "legacy connection ends: invalid token",
      ],
    ]);
    expect(JSON.stringify(lines)).not.toContain(hex(1));
    expect(JSON.stringify(lines)).not.toContain("Hello");
  });
});
