import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { CertificateAuthority } from "@apnskit/mock-server";
import { ManualClock, testAuthority } from "@apnskit/testkit";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { systemClock } from "apnskit";
import { describe, expect, it } from "vitest";
import { encodeNotification } from "../src/index.ts";
import { LegacyClient } from "./kit/legacy-client.ts";
import { HELLO, tokenOf, World } from "./kit/world.ts";

failOnLeaks();

const good = (identifier: number): Buffer =>
  encodeNotification({ command: 2, token: tokenOf(identifier), payload: HELLO, identifier });

/** Has another client send a notification, and waits until APNs has it. */
async function othersAreServed(world: World): Promise<void> {
  await using client = await LegacyClient.connect(world.ports.push, world.client);
  client.send(good(4_711));
  await world.apns.received({ token: tokenOf(4_711).toString("hex"), acted: true });
}

describe("hostile input", () => {
  it.each<[string, Buffer, number]>([
    ["a wrong command", Buffer.of(9, 1, 2, 3), 128],
    ["HTTP", Buffer.from("POST /3/device/ab HTTP/1.1\r\n\r\n"), 128],
    ["a token length that lies", Buffer.of(0, 0xff, 0xff), 5],
    ["a payload length that lies", Buffer.concat([Buffer.of(0, 0, 1, 0xab), Buffer.of(0xff, 0xff)]), 7],
    ["a frame length that lies", Buffer.of(2, 0xff, 0xff, 0xff, 0xff), 128],
    ["random octets", Buffer.from("07d1e4c7a3f2", "hex"), 128],
  ])(
    "of %s gets its status behind what was good before, and harms no other client",
    async (_, octets, status) => {
      await using world = await World.open();
      await using client = await LegacyClient.connect(world.ports.push, world.client);
      client.send(good(1), octets);
      expect(await client.packet).toEqual({ status, identifier: 0 });
      await client.closed;
      expect(world.apns.ledger.totals.acted).toBe(1);
      await othersAreServed(world);
    },
  );

  it("of half a frame and silence ends after the time for a frame", async () => {
    const clock = new ManualClock();
    await using world = await World.open({ clock, frameTimeout: 30_000 });
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    client.send(good(1).subarray(0, 20));
    await turn();
    await clock.advanceAsync(29_999);
    expect(world.gateway.stats().pushConnections).toBe(1);
    await clock.advanceAsync(1);
    expect(await client.packet).toEqual({ status: 128, identifier: 0 });
  });

  it("of a frame that drips byte by byte has no more time than any other", async () => {
    const clock = new ManualClock();
    await using world = await World.open({ clock, frameTimeout: 30_000 });
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    const frame = good(1);
    let isAnswered = false;
    void client.packet.then(() => {
      isAnswered = true;
    });
    let sent = 0;
    for (; sent < frame.length && !isAnswered; sent++) {
      client.send(frame.subarray(sent, sent + 1));
      await turn();
      await clock.advanceAsync(1_000);
    }
    expect(await client.packet).toEqual({ status: 128, identifier: 0 });
    expect(sent).toBeLessThan(frame.length);
  });

  it("of silence alone costs a connection, which may last for days", async () => {
    const clock = new ManualClock();
    await using world = await World.open({ clock }, {}, { clock: systemClock });
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    client.send(good(1));
    await world.apns.received();
    await clock.advanceAsync(3 * 86_400_000);
    client.send(good(2));
    await world.apns.received({ count: 2 });
    expect(world.gateway.stats().pushConnections).toBe(1);
  });

  it("of a client that does not read its packet ends after the time to close", async () => {
    const clock = new ManualClock();
    await using world = await World.open({ clock, lingerTimeout: 5_000 });
    await using client = await LegacyClient.connect(world.ports.push, world.client);
    client.socket.pause();
    client.send(Buffer.of(9));
    await turn();
    client.send(Buffer.alloc(10_000));
    await clock.advanceAsync(5_000);
    await turn();
    expect(world.gateway.stats().pushConnections).toBe(0);
  });
});

describe("a client without the right certificate", () => {
  it("is let go after the handshake, and is counted and logged", async () => {
    const lines: object[] = [];
    await using world = await World.open({ logger: { warn: (fields) => void lines.push(fields) } });
    const stranger = await CertificateAuthority.create();
    const uid = "com.example.app";
    const forged = await stranger.issue({ usage: "client", uid, topics: [uid] });
    const other = await (await testAuthority()).issue({ usage: "client", uid: "com.example.other" });
    const expired = await (await testAuthority()).issue({
      usage: "client",
      uid,
      topics: [uid],
      notAfter: new Date(Date.now() - 1_000),
    });
    for (const identity of [{}, forged, other, expired]) {
      // It may not even see the end of the handshake.
      const connecting = LegacyClient.connect(world.ports.push, { ca: world.client.ca, ...identity });
      await using client = await connecting.catch(() => undefined);
      client?.send(good(1));
      expect(await client?.packet).toBeUndefined();
    }
    expect(world.gateway.stats()).toMatchObject({ refusedClients: 4, pushConnections: 0 });
    expect(world.apns.ledger.totals.arrived).toBe(0);
    expect(lines).toMatchObject([
      { reason: "no client certificate" },
      { reason: "the client certificate is neither pinned nor of a given authority" },
      { reason: "the client certificate is for no app behind this listener" },
      { reason: "the client certificate is neither pinned nor of a given authority" },
    ]);
    await othersAreServed(world);
  });

  it("is let go without one if it speaks no TLS", async () => {
    await using world = await World.open();
    const socket = connectTcp(world.ports.push, "127.0.0.1");
    socket.on("error", () => {});
    socket.write("GET / HTTP/1.1\r\n\r\n");
    socket.resume();
    await once(socket, "close");
    expect(world.gateway.stats().failedHandshakes).toBe(1);
    await othersAreServed(world);
  });

  it("is turned away while too many are there", async () => {
    await using world = await World.open({ maxConnections: 1 });
    await using _first = await LegacyClient.connect(world.ports.push, world.client);
    await expect(LegacyClient.connect(world.ports.push, world.client)).rejects.toThrow();
    expect(world.gateway.stats().droppedConnections).toBe(1);
  });
});

/** Some turns of the event loop: what was written on loopback has come. */
async function turn(): Promise<void> {
  for (let count = 0; count < 10; count++) await new Promise((resolve) => setImmediate(resolve));
}
