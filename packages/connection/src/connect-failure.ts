import { ConnectFailed, type ConnectFailure } from "./errors.ts";

/** What Node and OpenSSL call the trouble, and what it comes to. */
const byCode: Readonly<Record<string, ConnectFailure>> = {
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  EAI_FAIL: "dns",
  EAI_NODATA: "dns",
  ECONNREFUSED: "unreachable",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  EADDRNOTAVAIL: "unreachable",
  ETIMEDOUT: "unreachable",
  ECONNRESET: "unreachable",
  EPIPE: "unreachable",
  CERT_HAS_EXPIRED: "untrusted",
  CERT_NOT_YET_VALID: "untrusted",
  CERT_REVOKED: "untrusted",
  CERT_UNTRUSTED: "untrusted",
  CERT_REJECTED: "untrusted",
  DEPTH_ZERO_SELF_SIGNED_CERT: "untrusted",
  SELF_SIGNED_CERT_IN_CHAIN: "untrusted",
  UNABLE_TO_GET_ISSUER_CERT: "untrusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "untrusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "untrusted",
  ERR_TLS_CERT_ALTNAME_INVALID: "untrusted",
  ERR_TLS_CERT_ALTNAME_FORMAT: "untrusted",
  HOSTNAME_MISMATCH: "untrusted",
  INVALID_PURPOSE: "untrusted",
  INVALID_CA: "untrusted",
  EPROTO: "tls",
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: "alpn",
};

/**
 * TLS alerts by which a server says that it does not want this client certificate (RFC 8446 §6.2). OpenSSL 3.2 has
 * renamed most of them.
 */
const certificateAlert =
  /^ERR_SSL_(SSLV3|TLSV1|TLSV13|SSL\/TLS)_ALERT_(BAD_CERTIFICATE|CERTIFICATE_REVOKED|CERTIFICATE_EXPIRED|CERTIFICATE_UNKNOWN|UNSUPPORTED_CERTIFICATE|CERTIFICATE_REQUIRED|UNKNOWN_CA|ACCESS_DENIED)$/;

/** The kind of trouble that an error of `tls.connect` stands for. */
export function classifyConnectError(error: unknown): ConnectFailure {
  const code = codeOf(error);
  if (code === undefined) return "unreachable";
  if (certificateAlert.test(code)) return "client-certificate";
  return byCode[code] ?? (code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS") ? "tls" : "unreachable");
}

/**
 * An error of `tls.connect` in this package's words.
 *
 * @param authority host, and port where it is not 443
 */
export function connectFailed(
  authority: string,
  error: unknown,
  failure: ConnectFailure = classifyConnectError(error),
): ConnectFailed {
  const code = codeOf(error);
  const detail = code === undefined ? "" : ` (${code})`;
  return new ConnectFailed(failure, `cannot connect to ${authority}: ${explanations[failure]}${detail}`, {
    cause: error,
  });
}

/**
 * The error for a connection that ended between the TLS handshake and the server's first SETTINGS frame. Over TLS 1.3
 * the server's refusal of the handshake comes only then, from the client's point of view.
 *
 * @param goaway the reason that the server gave
 */
export function openingFailed(
  authority: string,
  reason: string,
  error: Error | undefined,
  goaway: string | undefined,
): ConnectFailed {
  const failure = error === undefined ? "http2" : classifyConnectError(error);
  if (failure === "client-certificate" || failure === "tls") return connectFailed(authority, error, failure);
  const options = { ...(error && { cause: error }), ...(goaway !== undefined && { reason: goaway }) };
  return new ConnectFailed("http2", `cannot connect to ${authority}: ${reason}`, options);
}

const explanations: Readonly<Record<ConnectFailure, string>> = {
  dns: "the host name does not resolve",
  unreachable: "nobody answers there",
  timeout: "not open in time",
  untrusted: "the server's certificate is not trusted",
  "client-certificate": "the server refused the client certificate",
  tls: "TLS failed",
  alpn: "the server does not speak HTTP/2",
  http2: "the server broke off before its first SETTINGS frame",
  proxy: "the proxy does not let it through",
  aborted: "given up",
};

/** The code of an error; for one that stands for several addresses, that of the last. */
export function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors.at(-1));
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}
