import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { describe, expect, test } from "vitest";
import { MockApns } from "../src/index.ts";
import { Client } from "./support/client.ts";
import { GOAWAY, RawClient, SETTINGS } from "./support/raw-client.ts";

const HELLO = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  Buffer.from([0, 0, 0, SETTINGS, 0, 0, 0, 0, 0]),
]);
const BLOCK = Buffer.concat([
  Buffer.from([0x83, 0x87, 0x01, 1, 0x61, 0x04, 12]),
  Buffer.from("/3/device/aa"),
]);

/** A whole request, without a body. */
function request(stream: number): Buffer {
  return Buffer.concat([Buffer.from([0, 0, BLOCK.length, 1, 5, 0, 0, 0, stream]), BLOCK]);
}

const ENDINGS: [string, (client: RawClient) => void][] = [
  ["half-closes with requests in flight", (client) => client.socket.end()],
  ["vanishes with requests in flight", (client) => client.socket.destroy()],
  ["stops within a frame", (client) => client.socket.end(request(5).subarray(0, 12))],
  ["sends garbage", (client) => client.socket.write("\xff".repeat(100), "latin1")],
  ["opens a stream with an even number", (client) => client.socket.write(request(2))],
];

describe("the server survives a client that", () => {
  test.each(ENDINGS)("%s", async (_what, end) => {
    await using server = await MockApns.start({ auth: "anything", latency: { min: 0, max: 5 } });
    for (let round = 0; round < 10; round++) {
      await using client = await RawClient.open(server.port, server.ca, { ALPNProtocols: ["h2"] });
      client.socket.write(Buffer.concat([HELLO, request(1), request(3)]));
      await client.frame(SETTINGS);
      const over = new Promise((resolve) => client.socket.once("close", resolve));
      end(client);
      await over;
    }
    await using client = await Client.open(server);
    expect(await client.push()).toMatchObject({ status: 200 });
    await server.received({ count: 1, acted: true });
  });

  test("goes away in the moment in which the server closes", async () => {
    for (let round = 0; round < 10; round++) {
      const server = await MockApns.start({ auth: "anything", latency: 1 });
      const client = await RawClient.open(server.port, server.ca, { ALPNProtocols: ["h2"] });
      client.socket.write(Buffer.concat([HELLO, request(1)]));
      await server.received({ count: 1 });
      client.socket.end();
      await Promise.all([server.close(), once(client.socket, "close").catch(() => {})]);
    }
  });

  test("half-closes while a GOAWAY drains its connection", async () => {
    await using server = await MockApns.start({ auth: "anything", latency: 5 });
    for (let round = 0; round < 10; round++) {
      await using client = await RawClient.open(server.port, server.ca, { ALPNProtocols: ["h2"] });
      client.socket.write(Buffer.concat([HELLO, request(1)]));
      await client.frame(SETTINGS);
      server.strike({ kind: "goaway" });
      await client.frame(GOAWAY);
      const over = new Promise((resolve) => client.socket.once("close", resolve));
      client.socket.end();
      await over;
    }
    await using client = await Client.open(server);
    expect(await client.push()).toMatchObject({ status: 200 });
  });

  test("speaks no TLS at all", async () => {
    await using server = await MockApns.start({ auth: "anything" });
    const socket = connectTcp(server.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write("GET / HTTP/1.1\r\n\r\n");
    await new Promise((resolve) => socket.once("close", resolve));
    await using client = await Client.open(server);
    expect(await client.push()).toMatchObject({ status: 200 });
  });
});
