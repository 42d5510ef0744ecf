import { connect, createServer } from "node:net";
import { expect, test } from "vitest";
import { ManualClock } from "../../src/index.ts";
import { failOnLeaks } from "../../src/leaks.ts";

failOnLeaks({ grace: 200 });

// Keeps references to leaked objects, so that garbage collection does not close them.
const kept: unknown[] = [];

test("a listening server", async () => {
  kept.push(
    await new Promise((resolve) => {
      const server = createServer().listen(0, "127.0.0.1", () => resolve(server));
    }),
  );
});

test("a connected socket, unref'd", async () => {
  const server = createServer((socket) => kept.push(socket)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const socket = connect((server.address() as { port: number }).port, "127.0.0.1").unref();
  await new Promise((resolve) => socket.once("connect", resolve));
  kept.push(socket);
  server.close();
});

test("a timer", () => {
  kept.push(setTimeout(() => {}, 60_000));
});

test("an unref'd interval", () => {
  kept.push(setInterval(() => {}, 60_000).unref());
});

test("a timer of a manual clock", () => {
  new ManualClock().setTimer(() => {}, 5_000);
});

test("an unhandled rejection", () => {
  void Promise.reject(new Error("nobody listens"));
});

test("nothing: all was closed", async () => {
  const server = createServer((socket) => socket.resume().end()).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const socket = connect((server.address() as { port: number }).port, "127.0.0.1");
  socket.resume().end();
  await new Promise((resolve) => socket.once("close", resolve));
  server.close();
  clearTimeout(setTimeout(() => {}, 60_000));
  const clock = new ManualClock();
  clock.setTimer(() => {}, 5_000).cancel();
  await Promise.reject(new Error("handled")).catch(() => {});
  expect(clock.pending).toBe(0);
});
