import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { expect, test } from "vitest";
import { ReservedPort } from "./support/judge/reserved-port.ts";

async function listening(port: number): Promise<Server> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

test("a reserved port refuses connections, no other server gets it, and its owner can listen there again", async () => {
  const first = await listening(0);
  const port = portOf(first);
  await new Promise((resolve) => first.close(resolve));
  const reserved = await ReservedPort.of(port);

  const socket = connect(port, "127.0.0.1");
  expect((await once(socket, "error"))[0]).toMatchObject({ code: "ECONNREFUSED" });
  const others = await Promise.all(Array.from({ length: 300 }, () => listening(0)));
  expect(others.map(portOf)).not.toContain(port);
  for (const other of others) other.close();

  const again = await listening(port);
  reserved[Symbol.dispose]();
  const client = connect(port, "127.0.0.1");
  await once(client, "connect");
  client.destroy();
  again.close();
});
