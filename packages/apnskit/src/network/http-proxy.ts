import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { type Connect, ConnectFailed, InvalidOption } from "@apnskit/pool";

/** Where an HTTP proxy is, and how to get past it. */
export interface HttpProxyOptions {
  /** `http://` or `https://`, host, port (80 or 443 if it is left out), and `user:password@` where the proxy asks for it. */
  readonly url: string | URL;
  /** Further headers of the CONNECT request, such as a `proxy-authorization` of another kind than Basic. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** For an `https://` proxy: whom to trust instead of Node's own list, and a client certificate; PEM. */
  readonly tls?:
    | {
        /** Certificate authorities to trust, instead of Node's own list. */
        readonly ca?: string | Buffer | readonly (string | Buffer)[] | undefined;
        /** The client certificate, with intermediates if there are any; goes with `key`. */
        readonly cert?: string | Buffer | undefined;
        /** The client certificate's private key, not encrypted. */
        readonly key?: string | Buffer | undefined;
        /** The name that the proxy's certificate must bear, and SNI (RFC 6066 §3). Default: the host of `url`. */
        readonly servername?: string | undefined;
      }
    | undefined;
}

/**
 * A `connect` hook that tunnels through an HTTP proxy (CONNECT, RFC 9110 §9.3.6). APNs is spoken to inside the tunnel over
 * TLS of its own, so that the proxy sees host, port and amounts, no more. Neither errors nor logs hold the proxy's password.
 *
 * @throws InvalidOption for an address that is none
 */
export function httpProxy(proxy: string | URL | HttpProxyOptions): Connect {
  const options = typeof proxy === "string" || proxy instanceof URL ? { url: proxy } : proxy;
  const url = readUrl(options?.url);
  const headers = proxyHeaders(url, options.headers);
  const proxyHost = url.hostname.replace(/^\[|\]$/g, "");
  // Node.js would take the name of the host header, which is not the proxy's. An address is no name (RFC 6066 §3).
  const servername = options.tls?.servername ?? (isIP(proxyHost) === 0 ? proxyHost : "");
  return ({ host, port, signal }) => {
    const target = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
    const request: RequestOptions = {
      method: "CONNECT",
      host: proxyHost,
      port: url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port),
      path: target,
      headers: { ...headers, host: target },
      agent: false,
      signal,
    };
    return tunnel(url, request, { ...options.tls, servername });
  };
}

function tunnel(url: URL, options: RequestOptions, tls: HttpProxyOptions["tls"]): Promise<Duplex> {
  const fail = (why: string, cause?: unknown): ConnectFailed => {
    const { code } = (cause ?? {}) as { code?: unknown };
    const detail = typeof code === "string" ? ` (${code})` : "";
    return new ConnectFailed("proxy", `cannot connect by way of the proxy ${url.host}: ${why}${detail}`, {
      ...(cause !== undefined && { cause }),
    });
  };
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === "https:"
        ? httpsRequest({ ...options, ...tls, ALPNProtocols: ["http/1.1"] } as RequestOptions)
        : httpRequest(options);
    request.once("connect", (response: IncomingMessage, socket: Duplex, head: Buffer) => {
      const { statusCode: status = 0 } = response;
      if (status >= 200 && status < 300) {
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      } else {
        socket.on("error", () => {});
        socket.destroy();
        reject(fail(refusal(status)));
      }
    });
    request.on("error", (error) => reject(fail("talking to it failed", error)));
    request.end();
  });
}

function refusal(status: number): string {
  if (status === 407) return "it wants a user name and password, or others (407)";
  return `it refused with status ${status}`;
}

function readUrl(given: unknown): URL {
  const url = URL.canParse(String(given)) ? new URL(String(given)) : undefined;
  const wellFormed =
    url !== undefined &&
    (url.protocol === "http:" || url.protocol === "https:") &&
    url.hostname !== "" &&
    url.pathname === "/" &&
    url.search === "" &&
    url.hash === "";
  // What was given is not repeated: it may hold a password.
  if (!wellFormed)
    throw new InvalidOption("proxy", "proxy must be http:// or https://, a host and optionally a port");
  return url;
}

function proxyHeaders(url: URL, given: Readonly<Record<string, string>> = {}): Record<string, string> {
  if (url.username === "" && url.password === "") return { ...given };
  let login: string;
  try {
    login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  } catch {
    throw new InvalidOption("proxy", "proxy: user name and password must be percent-encoded");
  }
  return { "proxy-authorization": `Basic ${Buffer.from(login).toString("base64")}`, ...given };
}
