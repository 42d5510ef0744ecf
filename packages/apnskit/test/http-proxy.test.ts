import { inspect } from "node:util";
import { MockApns } from "@apnskit/mock-server";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApnsClientOptions, type ConnectFailed, httpProxy } from "../src/index.ts";
import { failure, hello, openClient, TOKEN } from "./kit/clients.ts";
import { ConnectProxy, type ProxyOptions } from "./kit/connect-proxy.ts";

failOnLeaks();

let server: MockApns;
beforeAll(async () => {
  server = await MockApns.start();
});
afterAll(() => server.close());

/** The error with which a client ends that goes through such a proxy. */
async function refusal(
  options: ProxyOptions,
  url: (host: string) => string,
  more: Partial<ApnsClientOptions> = {},
) {
  await using proxy = await ConnectProxy.listen(options);
  return await failure<ConnectFailed>(openClient(server, { proxy: url(proxy.host), ...more }));
}

describe("through a proxy", () => {
  it("notifications go over TLS from end to end", async () => {
    await using proxy = await ConnectProxy.listen();
    await using apns = await openClient(server, { proxy: `http://${proxy.host}` });
    expect((await apns.send(TOKEN, hello)).result).toBe("accepted");
    expect(proxy.asked.map(({ target }) => target)).toEqual([`127.0.0.1:${server.port}`]);
    expect(proxy.asked[0]!.headers).toMatchObject({ host: `127.0.0.1:${server.port}` });
    expect(proxy.asked[0]!.headers).not.toHaveProperty("proxy-authorization");
  });

  it("that asks who is there, with the user name and password of its URL", async () => {
    await using proxy = await ConnectProxy.listen({ login: "us:er:pass@word" });
    const url = `http://us%3Aer:pass%40word@${proxy.host}`;
    await using apns = await openClient(server, { proxy: new URL(url) });
    expect((await apns.send(TOKEN, hello)).result).toBe("accepted");
  });

  it("that wants another kind of proof, with headers of the caller's", async () => {
    await using proxy = await ConnectProxy.listen();
    const headers = { "proxy-authorization": "Negotiate abc" };
    await using apns = await openClient(server, { proxy: { url: `http://${proxy.host}`, headers } });
    await apns.send(TOKEN, hello);
    expect(proxy.asked[0]!.headers).toMatchObject(headers);
  });

  it("to which one speaks TLS, with the authority that it is to be trusted by", async () => {
    const identity = await server.authority.issue({});
    await using proxy = await ConnectProxy.listen({ tls: identity, login: "a:b" });
    const url = `https://a:b@${proxy.host}`;
    await using apns = await openClient(server, { proxy: { url, tls: { ca: server.ca } } });
    expect((await apns.send(TOKEN, hello)).result).toBe("accepted");
    const untrusted = await failure<ConnectFailed>(openClient(server, { proxy: url }));
    expect(untrusted).toMatchObject({ failure: "proxy" });
    expect(untrusted.message).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY/);
  });

  it("whose certificate bears its own name, not that of APNs", async () => {
    const identity = await server.authority.issue({ altNames: ["127.0.0.1"] });
    await using proxy = await ConnectProxy.listen({ tls: identity });
    const { port } = new URL(`https://${proxy.host}`);
    const origin = `https://localhost:${server.port}`;
    const tls = { ca: server.ca };
    await using apns = await openClient(server, { origin, proxy: { url: `https://127.0.0.1:${port}`, tls } });
    expect((await apns.send(TOKEN, hello)).result).toBe("accepted");
    const misnamed = openClient(server, { origin, proxy: { url: `https://localhost:${port}`, tls } });
    expect((await failure<ConnectFailed>(misnamed)).message).toContain("ERR_TLS_CERT_ALTNAME_INVALID");
  });

  it("whose certificate bears a name that its address does not tell", async () => {
    const identity = await server.authority.issue({ altNames: ["proxy.example"] });
    await using proxy = await ConnectProxy.listen({ tls: identity });
    const tls = { ca: server.ca, servername: "proxy.example" };
    await using apns = await openClient(server, { proxy: { url: `https://${proxy.host}`, tls } });
    expect((await apns.send(TOKEN, hello)).result).toBe("accepted");
  });

  it("broadcasts and channels go too", async () => {
    await using proxy = await ConnectProxy.listen();
    await using apns = await openClient(server, { proxy: `http://${proxy.host}` });
    await apns.channels.list();
    const ports = proxy.asked.map(({ target }) => Number(target.split(":")[1]));
    expect(ports).toEqual([server.port, Number(new URL(server.managementOrigin).port)]);
  });
});

describe("a proxy that", () => {
  it("is told a wrong password, or none, is named, and the password is not", async () => {
    for (const login of ["user:s3cret-wrong@", ""]) {
      const error = await refusal({ login: "user:right" }, (host) => `http://${login}${host}`);
      expect(error).toMatchObject({ name: "ConnectFailed", failure: "proxy", delivery: "unsent" });
      expect(error.message).toMatch(
        /^cannot connect by way of the proxy 127\.0\.0\.1:\d+: it wants a user name and password, or others \(407\)$/,
      );
      expect(inspect(error, { depth: 9, showHidden: true, getters: true })).not.toMatch(/s3cret|czNjcmV0/);
    }
  });

  it("refuses is believed", async () => {
    const error = await refusal({ status: 403 }, (host) => `http://${host}`);
    expect(error).toMatchObject({ failure: "proxy" });
    expect(error.message).toContain("it refused with status 403");
  });

  it("is none is told from one that refuses", async () => {
    const proxy = `http://127.0.0.1:${server.port}`;
    expect(await failure<ConnectFailed>(openClient(server, { proxy }))).toMatchObject({
      failure: "proxy",
      message: expect.stringContaining("talking to it failed"),
    });
  });

  it("nobody listens for", async () => {
    await using gone = await ConnectProxy.listen();
    const { host } = gone;
    await gone[Symbol.asyncDispose]();
    const error = await failure<ConnectFailed>(openClient(server, { proxy: `http://user:s3cret@${host}` }));
    expect(error).toMatchObject({ failure: "proxy" });
    expect(error.message).toContain("(ECONNREFUSED)");
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("s3cret");
  });

  it("never answers does not outlast connectTimeout", async () => {
    const error = await refusal({ hangs: true }, (host) => `http://${host}`, { connectTimeout: 100 });
    expect(error).toMatchObject({ failure: "timeout" });
  });
});

it("addresses that are none are refused without being repeated", () => {
  for (const url of [
    "",
    "proxy:8080",
    "http://",
    "socks5://u:s3cret@h",
    "http://u:s3cret@h/path",
    "http://u:%E0%A4%A@h",
  ]) {
    expect(() => httpProxy(url)).toThrow(
      expect.objectContaining({ code: "ERR_APNS_INVALID_OPTION", option: "proxy" }),
    );
    expect(() => httpProxy(url)).not.toThrow(/s3cret/);
  }
});
