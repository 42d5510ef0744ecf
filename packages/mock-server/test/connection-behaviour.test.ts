import { once } from "node:events";
import { constants } from "node:http2";
import { describe, expect, test } from "vitest";
import { MockApns } from "../src/index.ts";
import { bearer, Client, closed } from "./support/client.ts";
import { GOAWAY, RawClient, SETTINGS } from "./support/raw-client.ts";

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const EMPTY_SETTINGS = Buffer.from([0, 0, 0, SETTINGS, 0, 0, 0, 0, 0]);

function settingsOf(payload: Buffer): Record<number, number> {
  const settings: Record<number, number> = {};
  for (let at = 0; at < payload.length; at += 6)
    settings[payload.readUInt16BE(at)] = payload.readUInt32BE(at + 2);
  return settings;
}

describe("the first SETTINGS frame", () => {
  test.each([
    ["token", 1],
    ["anything", 1000],
  ] as const)("is Apple's, with %s credentials and %i streams", async (auth, streams) => {
    await using server = await MockApns.start({ auth });
    await using client = await RawClient.open(server.port, server.ca, { ALPNProtocols: ["h2"] });
    client.socket.write(Buffer.concat([PREFACE, EMPTY_SETTINGS]));
    const frame = await client.frame(SETTINGS);
    expect(settingsOf(frame.payload)).toEqual({ 1: 4096, 3: streams, 4: 65_535, 5: 16_384, 6: 8000 });
  });
});

describe("TLS", () => {
  test.each(["TLSv1.2", "TLSv1.3"] as const)(
    "with %s works, with and without a client certificate",
    async (version) => {
      await using server = await MockApns.start();
      const identity = await server.issueClientCertificate();
      for (const credentials of [{}, identity]) {
        const options = { ALPNProtocols: ["h2"], minVersion: version, maxVersion: version, ...credentials };
        await using client = await RawClient.open(server.port, server.ca, options);
        expect(client.socket.alpnProtocol).toBe("h2");
        client.socket.write(Buffer.concat([PREFACE, EMPTY_SETTINGS]));
        // The limit tells whether the server was shown a certificate.
        const streams = credentials === identity ? 1000 : 1;
        expect(settingsOf((await client.frame(SETTINGS)).payload)[3]).toBe(streams);
      }
    },
  );

  test("below 1.2 is refused", async () => {
    await using server = await MockApns.start();
    const old = { maxVersion: "TLSv1.1", minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
    await expect(RawClient.open(server.port, server.ca, old)).rejects.toThrow();
  });
});

describe("a client that does not ask for h2", () => {
  test.each([undefined, ["http/1.1"]])(
    "and speaks HTTP/1.x (ALPN %j) gets APNs's GOAWAY",
    async (protocols) => {
      await using server = await MockApns.start();
      const alpn = protocols ? { ALPNProtocols: protocols } : {};
      await using client = await RawClient.open(server.port, server.ca, alpn);
      const ended = once(client.socket, "end");
      client.socket.write("POST /3/device/aaaa HTTP/1.1\r\nhost: x\r\n\r\n");
      const { payload } = await client.frame(GOAWAY);
      expect(payload.readUInt32BE(0)).toBe(0);
      expect(payload.subarray(8).toString()).toBe("Unexpected HTTP/1.x request: POST /3/device/aaaa");
      await ended;
    },
  );

  test("but speaks HTTP/2 by prior knowledge is served", async () => {
    await using server = await MockApns.start();
    await using client = await RawClient.open(server.port, server.ca);
    client.socket.write(PREFACE.subarray(0, 10));
    client.socket.write(Buffer.concat([PREFACE.subarray(10), EMPTY_SETTINGS]));
    expect(settingsOf((await client.frame(SETTINGS)).payload)[3]).toBe(1);
  });
});

describe("the stream limit", () => {
  test("stays at 1 while no token is valid, and rises before the first answer that had one", async () => {
    await using server = await MockApns.start();
    await using client = await Client.open(server);
    await client.push();
    expect(client.limits).toEqual([1]);
    const limitAtAnswer = client.push({ authorization: bearer(server) }).then(() => client.limits.at(-1));
    expect(await limitAtAnswer).toBe(1000);
  });

  test("rises even if the push with the valid token is refused for another reason", async () => {
    await using server = await MockApns.start();
    await using client = await Client.open(server);
    await client.push({ authorization: bearer(server), "apns-priority": "7" });
    expect(client.limits).toEqual([1, 1000]);
  });

  test("drops to 1 after a refused push and comes back with the next accepted one, if switched on", async () => {
    await using server = await MockApns.start({ streamsAfterRejection: 1 });
    await using client = await Client.open(server);
    const authorization = bearer(server);
    await client.push({ authorization });
    await client.push({ authorization, "apns-priority": "7" });
    expect(client.limits).toEqual([1, 1000, 1]);
    await client.push({ authorization });
    expect(client.limits).toEqual([1, 1000, 1, 1000]);
  });

  test("is what the options say", async () => {
    await using server = await MockApns.start({ maxConcurrentStreams: 500, streamsBeforeToken: 3 });
    await using client = await Client.open(server);
    await client.push({ authorization: bearer(server) });
    expect(client.limits).toEqual([3, 500]);
  });

  test("is enforced: what comes before the client can know it is reset with REFUSED_STREAM", async () => {
    await using server = await MockApns.start();
    await using client = await RawClient.open(server.port, server.ca, { ALPNProtocols: ["h2"] });
    // HEADERS of streams 1 and 3: POST, https, authority "a", path /3/device/aa, without END_STREAM.
    const block = Buffer.concat([
      Buffer.from([0x83, 0x87, 0x01, 1, 0x61, 0x04, 12]),
      Buffer.from("/3/device/aa"),
    ]);
    const headers = (id: number) =>
      Buffer.concat([Buffer.from([0, 0, block.length, 1, 4, 0, 0, 0, id]), block]);
    client.socket.write(Buffer.concat([PREFACE, EMPTY_SETTINGS, headers(1), headers(3)]));
    const reset = await client.frame(3);
    expect([reset.stream, reset.payload.readUInt32BE(0)]).toEqual([3, constants.NGHTTP2_REFUSED_STREAM]);
  });
});

describe("an expired token", () => {
  test("costs the other open streams, with error 7, if switched on", async () => {
    await using server = await MockApns.start({ resetsOnExpiredToken: true, tokenUpdateInterval: 0 });
    await using client = await Client.open(server);
    const authorization = bearer(server);
    await client.push({ authorization });
    server.inject({ kind: "latency", latency: 60_000, token: "aaaa" });
    const waiting = client.session.request({ ":method": "POST", ":path": "/3/device/aaaa", authorization });
    waiting.end("{}");
    const failure = once(waiting, "error").catch((error: unknown) => error);
    const seconds = Math.floor(Date.now() / 1000);
    const expired = `bearer ${server.providerToken({ issuedAt: seconds - 7200 })}`;
    expect((await client.push({ authorization: expired })).reason).toBe("ExpiredProviderToken");
    await failure;
    expect(waiting.rstCode).toBe(constants.NGHTTP2_REFUSED_STREAM);
    expect(client.limits.at(-1)).toBe(1);
    await client.push({ authorization });
    expect(client.limits.at(-1)).toBe(1000);
  });
});

describe("a connection ends", () => {
  test("with IdleTimeout when nothing comes for so long", async () => {
    await using server = await MockApns.start({ auth: "anything", idleTimeout: 300 });
    await using client = await Client.open(server);
    await client.push();
    await closed(client.session);
    expect(client.goaways).toEqual([{ code: 0, last: 1, debug: '{"reason":"IdleTimeout"}' }]);
    expect(server.connections).toEqual([]);
  });

  test("not while a request waits for its answer", async () => {
    await using server = await MockApns.start({ auth: "anything", idleTimeout: 200, latency: 500 });
    await using client = await Client.open(server);
    expect(await client.push()).toMatchObject({ status: 200 });
  });

  test("after too many errors, of which BadDeviceToken counts for five and a 410 for none", async () => {
    await using server = await MockApns.start({ auth: "anything", errorBudget: 5 });
    server.devices.unregister("aaaa");
    await using client = await Client.open(server);
    for (let i = 0; i < 10; i++) await client.push({ ":path": "/3/device/aaaa" });
    await client.push({ ":path": "/3/device/x" });
    expect(client.goaways).toEqual([]);
    const gone = closed(client.session);
    expect((await client.push({ "apns-priority": "7" })).reason).toBe("BadPriority");
    await gone;
    expect(client.goaways).toHaveLength(1);
  });

  test("when the client breaks the protocol, after a GOAWAY that says how", async () => {
    await using server = await MockApns.start({ auth: "anything" });
    await using client = await RawClient.open(server.port, server.ca, { ALPNProtocols: ["h2"] });
    const gone = closed(client.socket);
    client.socket.write(Buffer.concat([PREFACE, EMPTY_SETTINGS, Buffer.from("ff".repeat(20), "hex")]));
    const { payload } = await client.frame(GOAWAY);
    expect(payload.readUInt32BE(4)).toBe(constants.NGHTTP2_FRAME_SIZE_ERROR);
    await gone;
  });

  test("at once when the server closes, and the port is free again", async () => {
    const server = await MockApns.start({ auth: "anything", latency: 60_000 });
    const client = await Client.open(server);
    const pending = client.push().catch(() => "lost");
    const gone = closed(client.session);
    await server.close();
    await gone;
    expect(await pending).toBe("lost");
    await using again = await MockApns.start({ port: server.port });
    expect(again.port).toBe(server.port);
  });
});
