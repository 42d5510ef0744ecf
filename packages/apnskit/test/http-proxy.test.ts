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

describe("verification of an https proxy", () => {
  const password = "s3cret-password";

  it.each<[string, Record<string, unknown>]>([
    ["rejectUnauthorized", { rejectUnauthorized: false }],
    ["checkServerIdentity", { checkServerIdentity: () => undefined }],
    ["secureContext", { secureContext: {} }],
    ["minVersion", { minVersion: "TLSv1" }],
    ["host", { host: "127.0.0.2" }],
    ["port", { port: 1 }],
    ["path", { path: "/" }],
    ["headers", { headers: {} }],
    ["socketPath", { socketPath: "/nowhere" }],
    ["pskCallback", { pskCallback: () => undefined }],
  ])("cannot be switched off or led elsewhere by tls.%s", (name, tls) => {
    const attempt = () => httpProxy({ url: `https://user:${password}@127.0.0.1`, tls });
    expect(attempt).toThrow(expect.objectContaining({ option: `proxy.tls.${name}` }));
    expect(attempt).toThrow(/is unknown; there are ca, cert, key, servername/);
  });

  it("cannot be switched off by NODE_TLS_REJECT_UNAUTHORIZED: the password does not reach an impostor", async () => {
    const identity = await server.authority.issue({ altNames: ["elsewhere.example"] });
    await using proxy = await ConnectProxy.listen({ tls: identity });
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
    try {
      for (const tls of [
        undefined,
        {},
        { ca: undefined },
        { ca: server.ca },
        { ca: server.ca, servername: undefined },
      ]) {
        const connecting = openClient(server, {
          proxy: { url: `https://user:${password}@${proxy.host}`, tls },
        });
        expect(await failure<ConnectFailed>(connecting)).toMatchObject({ failure: "proxy" });
      }
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
    expect(proxy.asked).toEqual([]);
  });

  it("names the authority that it does not trust, and the name that does not fit", async () => {
    const identity = await server.authority.issue({ altNames: ["elsewhere.example"] });
    await using proxy = await ConnectProxy.listen({ tls: identity });
    const url = `https://${proxy.host}`;
    const untrusted = await failure<ConnectFailed>(openClient(server, { proxy: url }));
    expect(untrusted.message).toMatch(
      /its certificate, issued by "[^"]+", is not trusted \([A-Z_]+\); tls\.ca takes/,
    );
    const misnamed = await failure<ConnectFailed>(
      openClient(server, { proxy: { url, tls: { ca: server.ca } } }),
    );
    expect(misnamed.message).toMatch(
      /is for another name \(ERR_TLS_CERT_ALTNAME_INVALID\); tls\.servername names it/,
    );
  });

  it("ends with the client certificate that the proxy asks for", async () => {
    const identity = await server.authority.issue({});
    const { cert, key } = await server.authority.issue({ usage: "client" });
    await using proxy = await ConnectProxy.listen({
      tls: { ...identity, ca: server.ca, requestCert: true, rejectUnauthorized: true },
    });
    const url = `https://${proxy.host}`;
    await using apns = await openClient(server, { proxy: { url, tls: { ca: server.ca, cert, key } } });
    expect((await apns.send(TOKEN, hello)).result).toBe("accepted");
    const without = openClient(server, { proxy: { url, tls: { ca: server.ca } } });
    expect(await failure<ConnectFailed>(without)).toMatchObject({ failure: "proxy" });
  });
});

describe("a proxy that answers in its own way", () => {
  it.each<[Record<string, string>, RegExp]>([
    [{ server: "squid/6.1" }, /it refused with status 403; it calls itself "squid\/6\.1"$/],
    [{ via: "1.1 gate.example" }, /it calls itself "1\.1 gate\.example"$/],
    [{ server: `\u009b31m${"x".repeat(500)}` }, /it calls itself "[^"\\]*x+…"$/],
    [{ server: "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJBIn0.c2ln" }, /it calls itself "\[token\]"$/],
  ])("is named as it calls itself: %j", async (headers, message) => {
    const error = await refusal({ status: 403, headers }, (host) => `http://${host}`);
    expect(error.message).toMatch(message);
    expect(error.message.length).toBeLessThan(250);
  });

  it("and asks for another scheme is told so", async () => {
    const headers = { "proxy-authenticate": 'Negotiate realm="a"' };
    const error = await refusal({ login: "a:b", headers }, (host) => `http://${host}`);
    expect(error.message).toMatch(/\(407\); it asks for Negotiate$/);
  });

  it("and speaks no TLS, or no HTTP, is told so", async () => {
    await using plain = await ConnectProxy.listen();
    const tls = await failure<ConnectFailed>(openClient(server, { proxy: `https://${plain.host}` }));
    expect(tls.message).toMatch(/it does not speak TLS; is it an http:\/\/ proxy\?/);
    const other = await failure<ConnectFailed>(
      openClient(server, { proxy: `http://127.0.0.1:${server.port}` }),
    );
    expect(inspect(other, { depth: 9, showHidden: true })).not.toContain("rawPacket");
  });
});

describe("options of a proxy that cannot be used", () => {
  const url = "http://proxy.example";
  const secure = "https://proxy.example";

  it.each<[string, unknown, string, RegExp]>([
    ["none", undefined, "proxy", /must be a URL/],
    ["null", null, "proxy", /must be a URL/],
    ["a number", 3128, "proxy", /must be a URL/],
    ["no URL", {}, "proxy", /must be http/],
    ["an unknown name", { url, agent: {} }, "proxy.agent", /there are url, headers, tls/],
    ["TLS options without TLS", { url, tls: { servername: "a" } }, "proxy.tls", /has no effect on an http:/],
    ["an empty authority", { url: secure, tls: { ca: "" } }, "proxy.tls.ca", /is empty/],
    ["an empty list of authorities", { url: secure, tls: { ca: [] } }, "proxy.tls.ca", /is empty/],
    ["an authority that is none", { url: secure, tls: { ca: 12 } }, "proxy.tls", /cannot be read/],
    ["a certificate without key", { url: secure, tls: { cert: "a" } }, "proxy.tls.key", /belong together/],
    [
      "a key without certificate",
      { url: secure, tls: { key: "s3cret" } },
      "proxy.tls.cert",
      /belong together/,
    ],
    [
      "a certificate that is none",
      { url: secure, tls: { cert: "a", key: "s3cret" } },
      "proxy.tls",
      /cannot be read/,
    ],
    [
      "an empty name",
      { url: secure, tls: { servername: "" } },
      "proxy.tls.servername",
      /must be a host name/,
    ],
    ["headers that are none", { url, headers: "s3cret" }, "proxy.headers", /must be an object/],
    [
      "a header that is no text",
      { url, headers: { a: 1 } },
      "proxy.headers",
      /must be an object of strings; a is none/,
    ],
    [
      "a header with a line break",
      { url, headers: { a: "s3cret\r\nb: c" } },
      "proxy.headers",
      /does not allow: a$/,
    ],
    [
      "a name with a line break",
      { url, headers: { "a\r\ns3cret": "c" } },
      "proxy.headers",
      /\(unprintable\)$/,
    ],
    ["another Host", { url, headers: { Host: "elsewhere" } }, "proxy.headers", /cannot set host/],
    ["a length", { url, headers: { "Content-Length": "5" } }, "proxy.headers", /cannot set content-length/],
    [
      "a coding",
      { url, headers: { "transfer-encoding": "chunked" } },
      "proxy.headers",
      /cannot set transfer-encoding/,
    ],
  ])("%s", (_, options, option, message) => {
    const attempt = () => httpProxy(options as string);
    expect(attempt).toThrow(expect.objectContaining({ code: "ERR_APNS_INVALID_OPTION", option }));
    expect(attempt).toThrow(message);
    expect(attempt).not.toThrow(/s3cret/);
  });

  it("undefined is the same as not given: the password of the URL is sent", async () => {
    await using proxy = await ConnectProxy.listen({ login: "a:b" });
    const headers = { "proxy-authorization": undefined, "x-team": undefined };
    await using apns = await openClient(server, {
      proxy: { url: `http://a:b@${proxy.host}`, headers, tls: undefined },
    });
    expect((await apns.send(TOKEN, hello)).result).toBe("accepted");
    expect(proxy.asked[0]!.headers).not.toHaveProperty("x-team");
  });

  it("a header in capitals replaces the password of the URL, and is sent once", async () => {
    await using proxy = await ConnectProxy.listen();
    const headers = { "Proxy-Authorization": "Negotiate abc" };
    await using apns = await openClient(server, { proxy: { url: `http://a:b@${proxy.host}`, headers } });
    await apns.send(TOKEN, hello);
    expect(proxy.asked[0]!.headers["proxy-authorization"]).toBe("Negotiate abc");
  });
});
