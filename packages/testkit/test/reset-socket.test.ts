import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { resetSocket } from "../src/reset-socket.ts";

test.each([
  ["is open", () => {}],
  ["is shutting down", (socket: Socket) => void socket.end()],
  ["has shut down", (socket: Socket) => once(socket.end(), "finish")],
])("a connection that %s is reset", async (_, prepare) => {
  const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const [peer] = (await once(server, "connection")) as [Socket];
  peer.on("error", () => {});
  peer.resume();
  if (socket.connecting) await once(socket, "connect");
  await prepare(socket);
  resetSocket(socket);
  // After the end of the other side, only a write meets the reset. A socket that stays open takes all of them.
  for (let attempt = 0; attempt < 200 && !peer.destroyed; attempt++) {
    peer.write("x");
    await pause(10);
  }
  expect(peer.errored).toMatchObject({ code: expect.stringMatching(/^(ECONNRESET|EPIPE)$/) });
  server.close();
  await once(server, "close");
});
