import type { TLSSocket } from "node:tls";
import { ConnectFailed, type ConnectFailure } from "./errors.ts";
import { printable } from "./printable.ts";
import { toError, wordsOf } from "./thrown.ts";

/** The kind of failure that each error code of Node and OpenSSL stands for. */
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

/** TLS alerts of a server that refuses the client certificate (RFC 8446 §6.2). OpenSSL 3.2 renamed most. */
const certificateAlert =
  /^ERR_SSL_(SSLV3|TLSV1|TLSV13|SSL\/TLS)_ALERT_(BAD_CERTIFICATE|CERTIFICATE_REVOKED|CERTIFICATE_EXPIRED|CERTIFICATE_UNKNOWN|UNSUPPORTED_CERTIFICATE|CERTIFICATE_REQUIRED|UNKNOWN_CA|ACCESS_DENIED)$/;

/** The kind of failure that an error of `tls.connect` stands for. */
export function classifyConnectError(error: unknown): ConnectFailure {
  const code = codeOf(error);
  if (code === undefined) return "unreachable";
  if (certificateAlert.test(code)) return "client-certificate";
  return byCode[code] ?? (code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS") ? "tls" : "unreachable");
}

/**
 * The kind of failure of a TLS socket.
 *
 * Under TLS 1.2, a server that misses a client certificate reports only "handshake failure" (RFC 5246
 * §7.4.6). After the server's own certificate has arrived, the alert can only mean a missing client
 * certificate: versions and ciphers are agreed by then.
 *
 * @param hasCertificate whether this end has a client certificate
 */
export function classifyTlsError(
  socket: Pick<TLSSocket, "authorizationError" | "getPeerCertificate">,
  error: unknown,
  hasCertificate: boolean,
): ConnectFailure {
  // Node sets this property when it rejects the server's certificate, whatever the error looks like.
  if (socket.authorizationError) return "untrusted";
  if (hasCertificate || codeOf(error) !== HANDSHAKE_FAILURE) return classifyConnectError(error);
  const sawCertificate = Object.keys(socket.getPeerCertificate() ?? {}).length > 0;
  return sawCertificate ? "client-certificate" : "tls";
}

const HANDSHAKE_FAILURE = "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE";

/** Details that the error itself lacks. */
export interface FailureContext {
  /** Default: derived from the error's code. */
  readonly failure?: ConnectFailure | undefined;
  /** Who signed the server's certificate. */
  readonly issuer?: string | undefined;
}

/**
 * The {@link ConnectFailed} for an error of `tls.connect`.
 *
 * @param authority host, and port unless it is 443
 */
export function connectFailed(
  authority: string,
  error: unknown,
  context: FailureContext = {},
): ConnectFailed {
  const failure = context.failure ?? classifyConnectError(error);
  const code = codeOf(error);
  const detail = code === undefined ? "" : ` (${code})`;
  const notes = tlsNote(failure, context.issuer) + proxyNote(failure);
  const message = `cannot connect to ${authority}: ${explanations[failure]}${detail}${notes}`;
  return new ConnectFailed(failure, message, error === undefined ? undefined : { cause: error });
}

/** The error for a `connect` or `lookup` option that failed; the function's own message explains it best. */
export function callerFailed(authority: string, option: "connect" | "lookup", error: unknown): ConnectFailed {
  const failure =
    byCode[codeOf(toError(error)) ?? ""] ?? (option === "lookup" ? "unreachable" : "connect-hook");
  const words = wordsOf(error) || "its error has no message";
  return new ConnectFailed(failure, `cannot connect to ${authority}: \`${option}\` failed: ${words}`, {
    cause: error,
  });
}

/** The issuer of the certificate reveals a proxy that intercepts TLS. */
function tlsNote(failure: ConnectFailure, issuer: string | undefined): string {
  if (failure !== "untrusted" && failure !== "alpn") return "";
  const signer = issuer === undefined ? "" : `; its certificate was issued by "${printable(issuer)}"`;
  const advice = "set `tls.ca` or NODE_EXTRA_CA_CERTS to its authority";
  return `${signer}. Does a proxy intercept TLS? ${failure === "alpn" ? "It must let HTTP/2 through" : `If so, ${advice}`}`;
}

const proxied: ReadonlySet<ConnectFailure> = new Set(["dns", "unreachable", "timeout", "untrusted", "alpn"]);

/** Other programs on the machine may need the environment's proxy, which the engine does not use. */
export function proxyNote(failure: ConnectFailure): string {
  if (!proxied.has(failure)) return "";
  try {
    const { HTTPS_PROXY, https_proxy } = process.env;
    if (!HTTPS_PROXY && !https_proxy) return "";
    return ". HTTPS_PROXY is set, but not used: give the `proxy` option (`connect` below the client)";
  } catch {
    // Deno without permission to read the environment.
    return "";
  }
}

/**
 * The error for a connection that ended between the TLS handshake and the server's first SETTINGS frame. Over
 * TLS 1.3, a client learns only then that the server refused the handshake.
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
  if (failure === "client-certificate" || failure === "tls")
    return connectFailed(authority, error, { failure });
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
  "connect-hook": "the `connect` function failed",
  proxy: "the proxy does not let it through",
  aborted: "given up",
};

/** The code of an error; for an error of several addresses, the code of the last one. */
export function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors.at(-1));
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}
