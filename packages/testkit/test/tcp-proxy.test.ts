import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { deferred, settle, TcpProxy } from "../src/index.ts";
import { failOnLeaks } from "../src/leaks.ts";

failOnLeaks();

/** An echo server. `received` holds the bytes that reached it. */
let server: Server;
let received: Buffer[];
let accepted: Socket[];
let proxy: TcpProxy;

beforeEach(async () => {
  received = [];
  accepted = [];
  server = createServer((socket) => {
    accepted.push(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      received.push(bytes);
      socket.write(bytes);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy = await TcpProxy.listen({ target: (server.address() as AddressInfo).port });
});

afterEach(async () => {
  await proxy.close();
  for (const socket of accepted) socket.destroy();
  server.close();
});

async function dial(): Promise<Socket> {
  const socket = connect(proxy.port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

async function read(socket: Socket, length: number): Promise<string> {
  let text = "";
  const { promise, resolve } = deferred<string>();
  const onData = (bytes: Buffer) => {
    text += bytes.toString();
    if (text.length >= length) resolve(text);
  };
  socket.on("data", onData);
  await promise;
  socket.off("data", onData);
  return text;
}

const errorOf = async (socket: Socket) => ((await once(socket, "error")) as [NodeJS.ErrnoException])[0].code;

/** Enough turns of the event loop for bytes to pass, if the proxy allows it. */
const passage = () => settle(50);

test("passes bytes and ends of streams both ways, and counts them", async () => {
  const socket = await dial();
  socket.write("hello");
  expect(await read(socket, 5)).toBe("hello");
  expect(proxy.bytes).toEqual({ toServer: 5, toClient: 5 });
  expect([proxy.connections, proxy.accepted]).toEqual([1, 1]);
  socket.end();
  await once(socket, "close");
  await expect.poll(() => proxy.connections).toBe(0);
});

test("passes megabytes without loss or reordering, with back-pressure", async () => {
  const socket = await dial();
  const sent = Buffer.alloc(4_000_000, "0123456789");
  socket.write(sent);
  const text = await read(socket, sent.length);
  expect(Buffer.from(text).equals(sent)).toBe(true);
  socket.destroy();
});

test("stalls one direction, and passes the held bytes when it resumes", async () => {
  const socket = await dial();
  proxy.stall("toClient");
  socket.write("question");
  await expect.poll(() => Buffer.concat(received).toString()).toBe("question");
  await passage();
  expect(proxy.bytes.toClient).toBe(0);
  proxy.resume("toClient");
  expect(await read(socket, 8)).toBe("question");
  socket.destroy();
});

test("stalls later connections as well", async () => {
  proxy.stall();
  const socket = await dial();
  socket.write("late");
  await passage();
  expect(received).toEqual([]);
  proxy.resume();
  expect(await read(socket, 4)).toBe("late");
  socket.destroy();
});

test("swallows bytes permanently", async () => {
  const socket = await dial();
  proxy.swallow("toServer");
  await new Promise((resolve) => socket.write("gone", resolve));
  await passage();
  proxy.resume();
  socket.write("kept");
  expect(await read(socket, 4)).toBe("kept");
  expect(Buffer.concat(received).toString()).toBe("kept");
  socket.destroy();
});

test("cuts every connection with a reset on both sides", async () => {
  const sockets = [await dial(), await dial()];
  await expect.poll(() => accepted.length).toBe(2);
  const errors = sockets.map(errorOf);
  const serverSide = accepted.map((socket) => new Promise((resolve) => socket.once("close", resolve)));
  proxy.cut();
  expect(await Promise.all(errors)).toEqual(["ECONNRESET", "ECONNRESET"]);
  await Promise.all(serverSide);
  expect(proxy.connections).toBe(0);
});

test("cuts after an exact number of bytes, once", async () => {
  proxy.cut({ after: 6, direction: "toServer" });
  const first = await dial();
  const error = errorOf(first);
  first.write("123");
  first.write("456789");
  expect(await error).toBe("ECONNRESET");
  expect(proxy.bytes.toServer).toBe(6);
  const second = await dial();
  second.write("123456789");
  expect(await read(second, 9)).toBe("123456789");
  second.destroy();
});

test("delays every chunk and keeps their order", async () => {
  proxy.delay(5);
  const socket = await dial();
  for (let i = 0; i < 10; i++) socket.write(String(i));
  const start = performance.now();
  expect(await read(socket, 10)).toBe("0123456789");
  expect(performance.now() - start).toBeGreaterThanOrEqual(5);
  socket.destroy();
});

test("refuses new connections while open connections stay, then accepts again on the same port", async () => {
  const before = await dial();
  const { port } = proxy;
  proxy.refuse();
  const refused = connect(port, "127.0.0.1");
  expect(await errorOf(refused)).toBe("ECONNREFUSED");
  before.write("alive");
  expect(await read(before, 5)).toBe("alive");
  await proxy.accept();
  expect(proxy.port).toBe(port);
  const after = await dial();
  after.write("back");
  expect(await read(after, 4)).toBe("back");
  before.destroy();
  after.destroy();
});

test("resets its client if the target refuses", async () => {
  server.close();
  await once(server, "close");
  const socket = connect(proxy.port, "127.0.0.1");
  expect(await errorOf(socket)).toBe("ECONNRESET");
});
