import { expect, test } from "vitest";
import { classifyConnectError, codeOf, connectFailed, openingFailed } from "../src/connect-failure.ts";

const withCode = (code: string) => Object.assign(new Error(code), { code });

test.each([
  ["ENOTFOUND", "dns"],
  ["EAI_AGAIN", "dns"],
  ["ECONNREFUSED", "unreachable"],
  ["EHOSTUNREACH", "unreachable"],
  ["ECONNRESET", "unreachable"],
  ["ESOMETHING", "unreachable"],
  ["CERT_HAS_EXPIRED", "untrusted"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "untrusted"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "untrusted"],
  ["EPROTO", "tls"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "tls"],
  ["ERR_TLS_INVALID_PROTOCOL_VERSION", "tls"],
  ["ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "alpn"],
  // As OpenSSL up to 3.1 calls them, and since 3.2.
  ["ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE", "client-certificate"],
  ["ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE", "client-certificate"],
  ["ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED", "client-certificate"],
  ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "client-certificate"],
  ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "client-certificate"],
  ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "tls"],
])("%s is %s", (code, failure) => {
  expect(classifyConnectError(withCode(code))).toBe(failure);
});

test("an error without a code, and none at all, are the network's", () => {
  for (const error of [new Error("x"), undefined, null, "x", { code: 5 }]) {
    expect(classifyConnectError(error)).toBe("unreachable");
    expect(codeOf(error)).toBeUndefined();
  }
  expect(connectFailed("h", new Error("x")).message).toBe("cannot connect to h: nobody answers there");
});

test("of several addresses the last one's trouble counts", () => {
  const several = new AggregateError([withCode("ETIMEDOUT"), withCode("ENOTFOUND")]);
  expect([codeOf(several), classifyConnectError(several)]).toEqual(["ENOTFOUND", "dns"]);
  expect(codeOf(Object.assign(new AggregateError([]), { code: "ECONNREFUSED" }))).toBe("ECONNREFUSED");
});

test.each([
  [
    "a refusal of the client certificate",
    withCode("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"),
    "client-certificate",
  ],
  ["a TLS alert of another kind", withCode("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE"), "tls"],
  ["a lost connection", withCode("ECONNRESET"), "http2"],
  ["no error at all", undefined, "http2"],
])("after the handshake, before SETTINGS: %s", (_title, error, failure) => {
  const failed = openingFailed("h:2197", "the connection was lost", error, "Shutdown");
  expect([failed.failure, failed.cause]).toEqual([failure, error]);
  expect(failed.message).toMatch(/^cannot connect to h:2197: /);
  expect(failed.reason).toBe(failure === "http2" ? "Shutdown" : undefined);
});
