import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { Pool } from "@apnskit/pool";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { httpProxy } from "apnskit";
import { describe, expect, test } from "vitest";
import { turns, watchUncaught } from "./kit/uncaught.ts";

// A proxy may answer CONNECT with any bytes. The attempt ends with a typed error, in bounded time and memory.
failOnLeaks();
const uncaught = watchUncaught();

/**
 * Connects through a proxy that runs the given function after the CONNECT request, and returns the result.
 */
async function through(
  treat: (socket: Socket) => void,
  connectTimeout = 2_000,
): Promise<Error & { failure?: string }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).once("data", () => treat(socket));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const connect = httpProxy(`http://user:secret@127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    await Pool.open("https://127.0.0.1:1", { connect, connectTimeout, reconnect: { minDelay: 60_000 } });
    throw new Error("opened");
  } catch (error) {
    return error as Error;
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
    await turns();
  }
}

/** Writes until the other side closes, up to a limit. */
function pour(socket: Socket, chunk: string, first = "", most = 20_000): void {
  let count = 0;
  socket.write(first);
  const more = (): void => {
    while (count++ < most && !socket.destroyed) {
      if (!socket.write(chunk, "latin1")) {
        socket.once("drain", more);
        return;
      }
    }
  };
  more();
}

const ok = "HTTP/1.1 200 OK\r\n";
const answers: readonly (readonly [string, (socket: Socket) => void])[] = [
  ["20 MB of headers", (socket) => pour(socket, `x-a: ${"v".repeat(1_000)}\r\n`.padStart(1_010))],
  ["a status line, then 20 MB of headers", (socket) => pour(socket, `x-a: ${"v".repeat(1_000)}\r\n`, ok)],
  ["one header of 20 MB", (socket) => pour(socket, "v".repeat(1_000), `${ok}x-a: `)],
  ["a status text of 20 MB", (socket) => pour(socket, "v".repeat(1_000), "HTTP/1.1 200 ")],
  [
    "a header's value with an escape sequence",
    (socket) => void socket.write("HTTP/1.1 502 No\r\nserver: \x1b[2J\x9b2J\r\n\r\n", "latin1"),
  ],
  [
    "a 407 with a megabyte of schemes",
    (socket) => void socket.write(`HTTP/1.1 407 No\r\nproxy-authenticate: ${"A".repeat(10_000)}\r\n\r\n`),
  ],
  ["100 without end", (socket) => pour(socket, "HTTP/1.1 100 Continue\r\n\r\n")],
  [
    "101",
    (socket) => void socket.write("HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n"),
  ],
  ["HTTP/2", (socket) => void socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]))],
  ["garbage", (socket) => void socket.write(Buffer.alloc(100_000, 0xff))],
  ["nothing but the end", (socket) => void socket.end()],
  ["a reset", (socket) => void socket.resetAndDestroy()],
  ["200 and the end", (socket) => void socket.end(`${ok}\r\n`)],
  ["200 and a reset", (socket) => void socket.write(`${ok}\r\n`, () => socket.resetAndDestroy())],
  ["200 and 20 MB of garbage", (socket) => pour(socket, "g".repeat(1_000), `${ok}\r\n`)],
  [
    "200 with a body that it announces",
    (socket) => void socket.write(`${ok}content-length: 1000000000\r\n\r\nbody`),
  ],
  ["200 in chunks", (socket) => void socket.write(`${ok}transfer-encoding: chunked\r\n\r\nfffffff\r\n`)],
  ["two answers", (socket) => void socket.write(`${ok}\r\n${ok}\r\n`)],
];

describe("an answer to CONNECT", () => {
  test.each(answers)("of %s: ConnectFailed, unsent, without the password", async (_, treat) => {
    const error = await through(treat);
    expect(error).toMatchObject({ name: "ConnectFailed", code: "ERR_APNS_CONNECT", delivery: "unsent" });
    expect(error.message).not.toContain("secret");
    expect(error.message.length).toBeLessThan(600);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression looks for them
    expect(error.message).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
    expect(uncaught).toEqual([]);
  });

  test("of one octet at a time: ends with the time to connect", async () => {
    const error = await through((socket) => {
      const timer = setInterval(() => socket.write("H"), 20);
      socket.on("close", () => clearInterval(timer));
      socket.write("HTTP/1.1 200 ");
    }, 300);
    expect(error).toMatchObject({ name: "ConnectFailed" });
  });

  test("that never comes: ends with the time to connect", async () => {
    expect(await through(() => {}, 200)).toMatchObject({ name: "ConnectFailed", failure: "timeout" });
  });
});
