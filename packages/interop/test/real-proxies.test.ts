import { CertificateAuthority, MockApns } from "@apnskit/mock-server";
import { type Availability, Haproxy, Tinyproxy } from "@apnskit/testkit/peers";
import { ApnsClient, type ApnsClientOptions, alert, type ConnectFailed, providerToken } from "apnskit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { title } from "./support/servers.ts";

/*
 * Proxies by other authors between the client and the mock server: Tinyproxy takes CONNECT, and HAProxy intercepts TLS,
 * as company gateways do.
 */

const TOKEN = "aa".repeat(32);
const hello = alert({ title: "Hello" });
let server: MockApns;
beforeAll(async () => {
  server = await MockApns.start();
});
afterAll(() => server.close());

function open(options: Partial<ApnsClientOptions>): Promise<ApnsClient> {
  return ApnsClient.open({
    environment: "sandbox",
    origin: server.origin,
    tls: { ca: server.ca },
    auth: providerToken(server.key),
    topic: "com.example.app",
    ...options,
  });
}

async function failure(options: Partial<ApnsClientOptions>): Promise<ConnectFailed> {
  return open(options).then(
    async (apns) => {
      await apns.close();
      throw new Error("it opened");
    },
    (error: ConnectFailed) => error,
  );
}

const tinyproxy = { name: "Tinyproxy", available: Tinyproxy.available() };
const both: Availability = tinyproxy.available.installed ? Haproxy.available() : tinyproxy.available;

describe.skipIf(!tinyproxy.available.installed)(`through ${title(tinyproxy)}`, () => {
  test("a notification is accepted, with and without a password", async () => {
    for (const login of [undefined, "anna:s3cret"]) {
      await using proxy = await Tinyproxy.start(login === undefined ? {} : { login });
      const user = login === undefined ? "" : `${login}@`;
      await using apns = await open({ proxy: `http://${user}127.0.0.1:${proxy.port}` });
      expect(await apns.send(TOKEN, hello)).toMatchObject({ result: "accepted" });
    }
  });

  test("the proxy's answers to a wrong password and to a forbidden port reach the caller", async () => {
    await using strict = await Tinyproxy.start({ login: "anna:s3cret" });
    const refused = await failure({ proxy: `http://anna:0ther@127.0.0.1:${strict.port}` });
    expect(refused).toMatchObject({ code: "ERR_APNS_CONNECT", failure: "proxy", delivery: "unsent" });
    expect(refused.message).toMatch(/40[17]/);
    expect(refused.message).not.toContain("0ther");
    await using narrow = await Tinyproxy.start({ ports: [443] });
    const blocked = await failure({ proxy: `http://127.0.0.1:${narrow.port}` });
    expect(blocked).toMatchObject({ failure: "proxy" });
    expect(blocked.message).toContain("403");
  });
});

describe.skipIf(!both.installed)(
  `through ${title({ name: "Tinyproxy and HAProxy", available: both })}`,
  () => {
    test("an interceptor without HTTP/2: the error says so, and who signed its certificate", async () => {
      const authority = await CertificateAuthority.create({ commonName: "Company Gateway CA" });
      const trust = { ca: [server.ca, authority.certificate] };
      await using gateway = await Haproxy.start({ backend: server.port, alpn: "http/1.1", authority });
      await using proxy = await Tinyproxy.start();
      for (const way of [{}, { proxy: `http://127.0.0.1:${proxy.port}` }]) {
        const error = await failure({ origin: gateway.origin, tls: trust, ...way });
        expect(error).toMatchObject({ code: "ERR_APNS_CONNECT", failure: "alpn", delivery: "unsent" });
        expect(error.message).toContain('issued by "Company Gateway CA"');
        expect(error.message).toMatch(/does not speak HTTP\/2.*It must let HTTP\/2 through/);
      }
    });

    test("an untrusted interceptor: the error names the signer and the option to set", async () => {
      const authority = await CertificateAuthority.create({ commonName: "Company Gateway CA" });
      await using gateway = await Haproxy.start({ backend: server.port, authority });
      await using proxy = await Tinyproxy.start();
      const error = await failure({ origin: gateway.origin, proxy: `http://127.0.0.1:${proxy.port}` });
      expect(error).toMatchObject({ failure: "untrusted", delivery: "unsent" });
      expect(error.message).toMatch(/issued by "Company Gateway CA".*`tls.ca` or NODE_EXTRA_CA_CERTS/);
    });

    test("a trusted interceptor with HTTP/2 lets notifications through", async () => {
      const authority = await CertificateAuthority.create();
      await using gateway = await Haproxy.start({ backend: server.port, authority });
      await using proxy = await Tinyproxy.start();
      await using apns = await open({
        origin: gateway.origin,
        tls: { ca: authority.certificate },
        proxy: `http://127.0.0.1:${proxy.port}`,
      });
      expect(await apns.send(TOKEN, hello)).toMatchObject({ result: "accepted" });
    });
  },
);
