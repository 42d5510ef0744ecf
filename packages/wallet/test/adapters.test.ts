import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { type Handler, MemoryRegistrations, nodeListener, passService } from "../src/index.ts";
import { PASS_TYPE, TOKEN } from "./kit/models.ts";

const PATH = `/wallet/v1/devices/d1/registrations/${PASS_TYPE}`;

function service(): { readonly handle: Handler; readonly registrations: MemoryRegistrations } {
  const registrations = new MemoryRegistrations();
  const find = () => ({ authenticationToken: TOKEN, package: () => Promise.reject(new Error("none")) });
  return { registrations, handle: passService({ registrations, basePath: "/wallet", find }) };
}

async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The answers of each adapter to a registration, a list and a body that is too large. */
async function answers(base: string): Promise<unknown> {
  const headers = { authorization: `ApplePass ${TOKEN}`, "content-type": "application/json" };
  const post = async (body: string) =>
    (await fetch(`${base}${PATH}/4711`, { method: "POST", headers, body })).status;
  return {
    registered: await post('{"pushToken":"abcd"}'),
    again: await post('{"pushToken":"abcd"}'),
    large: await post(JSON.stringify({ pushToken: "ab".repeat(4_000) })),
    list: await (await fetch(`${base}${PATH}`)).json(),
    absent: (await fetch(`${base}/wallet/v1/nothing`)).status,
  };
}

const EXPECTED = {
  registered: 201,
  again: 200,
  large: 413,
  list: { serialNumbers: ["4711"], lastUpdated: "1" },
  absent: 404,
};

const NODE: Readonly<Record<string, (handle: Handler) => RequestListener>> = {
  "node:http": (handle) => nodeListener(handle) as RequestListener,
  Express: (handle) => express().use("/wallet", nodeListener(handle)),
  "Express behind its JSON parser": (handle) =>
    express().use(express.json()).use("/wallet", nodeListener(handle)),
};

describe("the service of passes in a web server", () => {
  it.each(Object.entries(NODE))("%s", async (_name, listener) => {
    const { handle } = service();
    const server = createServer(listener(handle));
    expect(await answers(await listening(server))).toEqual(EXPECTED);
    server.close();
    server.closeAllConnections();
  });

  it("Fastify", async () => {
    const { handle } = service();
    const fastify = Fastify();
    fastify.all("/wallet/*", (request, reply) => {
      const { method, url, headers, body } = request;
      const init = { method, headers: headers as Record<string, string> };
      const content = body === undefined || body === null ? {} : { body: JSON.stringify(body) };
      return handle(new Request(new URL(url, "https://localhost"), { ...init, ...content })).then((answer) =>
        reply.send(answer),
      );
    });
    await fastify.listen({ port: 0, host: "127.0.0.1" });
    const { port } = fastify.server.address() as AddressInfo;
    expect(await answers(`http://127.0.0.1:${port}`)).toEqual(EXPECTED);
    await fastify.close();
  });

  it("Hono", async () => {
    const { handle } = service();
    const app = new Hono().all("/wallet/*", (context) => handle(context.req.raw));
    const headers = { authorization: `ApplePass ${TOKEN}` };
    const registration = { method: "POST", headers, body: '{"pushToken":"abcd"}' };
    expect((await app.request(`${PATH}/4711`, registration)).status).toBe(201);
    expect(await (await app.request(PATH)).json()).toEqual(EXPECTED.list);
  });

  it("answers 400 to a method that the Fetch API does not have, and lives on", async () => {
    const server = createServer(nodeListener(service().handle) as RequestListener);
    const base = await listening(server);
    const socket = connect(Number(new URL(base).port), "127.0.0.1");
    const answer = once(socket, "data");
    socket.write("TRACE / HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(String((await answer)[0])).toMatch(/^HTTP\/1\.1 400 /);
    socket.destroy();
    expect(await answers(base)).toEqual(EXPECTED);
    server.close();
    server.closeAllConnections();
  });
});
