import { constants } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import { InvalidOption } from "@apnskit/pool";
import { http } from "./node-http.ts";

/** Trust and client certificate for an `https://` proxy; PEM. Its certificate is always verified. */
export interface ProxyTlsOptions {
  /** Certificate authorities to trust, instead of Node's own list. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[] | undefined;
  /** The client certificate, with any intermediates; goes with `key`. */
  readonly cert?: string | Buffer | undefined;
  /** The client certificate's private key, not encrypted. */
  readonly key?: string | Buffer | undefined;
  /** The name that the proxy's certificate must bear, and SNI (RFC 6066 §3). Default: the host of `url`. */
  readonly servername?: string | undefined;
}

/** An HTTP proxy and the credentials for it. */
export interface HttpProxyOptions {
  /**
   * `http://` or `https://`, host, port (default 80 or 443), and `user:password@` if the proxy requires it.
   */
  readonly url: string | URL;
  /** Further headers of the CONNECT request, such as a `proxy-authorization` other than Basic. */
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  /** For an `https://` proxy only. */
  readonly tls?: ProxyTlsOptions | undefined;
}

/** Checked options of a proxy. The headers contain its password. */
export interface ProxyRoute {
  readonly host: string;
  readonly port: number;
  /** Host, and port if the URL has one: for messages. */
  readonly authority: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent for a proxy without TLS. */
  readonly tls: { readonly context: SecureContext; readonly servername: string | undefined } | undefined;
}

const OPTIONS: readonly string[] = ["url", "headers", "tls"] satisfies (keyof HttpProxyOptions)[];
const TLS_OPTIONS: readonly string[] = [
  "ca",
  "cert",
  "key",
  "servername",
] satisfies (keyof ProxyTlsOptions)[];
/** Headers that control the end of the request or the connection. */
const RESERVED = new Set([
  "host",
  "connection",
  "content-length",
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** @throws InvalidOption; the message does not repeat the value, which may contain a password */
export function readProxyOptions(proxy: unknown): ProxyRoute {
  const options = typeof proxy === "string" || proxy instanceof URL ? { url: proxy } : proxy;
  if (options === null || typeof options !== "object")
    throw invalid("proxy", "must be a URL or { url, headers, tls }");
  checkNames("proxy", options, OPTIONS);
  const { url: address, headers, tls } = options as Partial<HttpProxyOptions>;
  const url = readUrl(address);
  const secure = url.protocol === "https:";
  if (!secure && tls !== undefined)
    throw invalid("proxy.tls", "has no effect on an http:// proxy; give an https:// URL");
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    authority: url.host,
    headers: { ...login(url), ...readHeaders(headers) },
    tls: secure ? readTls(tls) : undefined,
  };
}

function readUrl(given: unknown): URL {
  const url = typeof given === "string" || given instanceof URL ? parse(String(given)) : undefined;
  const wellFormed =
    url !== undefined &&
    (url.protocol === "http:" || url.protocol === "https:") &&
    url.hostname !== "" &&
    url.pathname === "/" &&
    url.search === "" &&
    url.hash === "";
  if (!wellFormed) throw invalid("proxy", "must be http:// or https://, a host and optionally a port");
  return url;
}

function parse(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function login(url: URL): Record<string, string> {
  if (url.username === "" && url.password === "") return {};
  try {
    const text = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return { "proxy-authorization": `Basic ${Buffer.from(text).toString("base64")}` };
  } catch {
    throw invalid("proxy", "has a user name or password that is not percent-encoded");
  }
}

function readHeaders(given: unknown): Record<string, string> {
  const headers: Record<string, string> = {};
  if (given === undefined) return headers;
  if (given === null || typeof given !== "object")
    throw invalid("proxy.headers", "must be an object of strings");
  for (const [written, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const name = written.toLowerCase();
    if (typeof value !== "string")
      throw invalid("proxy.headers", `must be an object of strings; ${shown(name)} is none`);
    if (RESERVED.has(name)) throw invalid("proxy.headers", `cannot set ${name}: the tunnel needs its own`);
    try {
      http().validateHeaderName(name);
      http().validateHeaderValue(name, value);
    } catch {
      throw invalid("proxy.headers", `has a name or a value that HTTP does not allow: ${shown(name)}`);
    }
    headers[name] = value;
  }
  return headers;
}

function readTls(tls: unknown = {}): ProxyRoute["tls"] {
  if (tls === null || typeof tls !== "object") throw invalid("proxy.tls", "must be an object");
  checkNames("proxy.tls", tls, TLS_OPTIONS);
  // Own properties only: a polluted `Object.prototype` must not count.
  const own = Object.assign(Object.create(null) as ProxyTlsOptions, tls);
  const { ca, cert, key, servername } = own;
  if (servername !== undefined && (typeof servername !== "string" || servername === "")) {
    throw invalid("proxy.tls.servername", "must be a host name");
  }
  if ((cert === undefined) !== (key === undefined)) {
    throw invalid(
      `proxy.tls.${cert === undefined ? "cert" : "key"}`,
      "must be given: cert and key belong together",
    );
  }
  // Node.js would take an empty list for its own list, which trusts far more.
  if (ca !== undefined && (Array.isArray(ca) ? ca.length === 0 || ca.some(isEmpty) : isEmpty(ca))) {
    throw invalid("proxy.tls.ca", "is empty");
  }
  try {
    const trust = ca === undefined ? {} : { ca: ca as string | Buffer | (string | Buffer)[] };
    const identity = cert === undefined || key === undefined ? {} : { cert, key };
    // As for APNs: a renegotiation could bring another certificate, which Node.js would not verify.
    const floor = { minVersion: "TLSv1.2", secureOptions: constants.SSL_OP_NO_RENEGOTIATION } as const;
    return { context: createSecureContext({ ...trust, ...identity, ...floor }), servername };
  } catch (cause) {
    throw new InvalidOption("proxy.tls", "`proxy.tls` holds a certificate or key that cannot be read", {
      cause,
    });
  }
}

function isEmpty(value: unknown): boolean {
  return String(value ?? "").trim() === "";
}

function checkNames(where: string, given: object, known: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (!known.includes(name))
      throw invalid(`${where}.${shown(name)}`, `is unknown; there are ${known.join(", ")}`);
  }
}

/** A name from outside, for a message. */
function shown(name: string): string {
  return /^[\w-]{1,40}$/.test(name) ? name : "(unprintable)";
}

function invalid(option: string, what: string): InvalidOption {
  return new InvalidOption(option, `${option} ${what}`);
}
