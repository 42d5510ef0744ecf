import type { IncomingMessage } from "node:http";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { checkServerIdentity, connect as connectTls } from "node:tls";
import { printable } from "@apnskit/connection/internal";
import { type Connect, ConnectFailed } from "@apnskit/pool";
import { http } from "./node-http.ts";
import { type HttpProxyOptions, type ProxyRoute, readProxyOptions } from "./proxy-options.ts";
import { watchIssuer } from "./tls-issuer.ts";

/**
 * A `connect` hook that tunnels through an HTTP proxy (CONNECT, RFC 9110 §9.3.6). TLS protects the connection
 * to APNs from end to end inside the tunnel: the proxy sees only host, port and amounts. Errors and logs
 * never contain the proxy's password.
 *
 * @throws InvalidOption for an invalid address or option
 */
export function httpProxy(proxy: string | URL | HttpProxyOptions): Connect {
  const route = readProxyOptions(proxy);
  return ({ host, port, signal }) => {
    const target = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
    return tunnel(route, target, signal);
  };
}

/** The most octets of headers in a proxy's answer, whatever `--max-http-header-size` says. */
const MOST_HEADERS = 16_384;

function tunnel(route: ProxyRoute, target: string, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    let issuer = (): string | undefined => undefined;
    const request = http().request({
      method: "CONNECT",
      path: target,
      maxHeaderSize: MOST_HEADERS,
      headers: { ...route.headers, host: target },
      signal,
      createConnection: () => {
        const socket = openSocket(route);
        issuer = watchIssuer(socket);
        return socket;
      },
    });
    request.once("connect", (response: IncomingMessage, socket: Duplex, head: Buffer) => {
      const { statusCode: status = 0 } = response;
      if (status >= 200 && status < 300) {
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
        return;
      }
      socket.on("error", () => {});
      socket.destroy();
      reject(failed(route, refusal(status, response)));
    });
    request.on("error", (error) => reject(failed(route, trouble(error, route, issuer()), error)));
    request.end();
  });
}

function openSocket({ host, port, tls }: ProxyRoute): Socket {
  if (tls === undefined) return connectTcp({ host, port });
  // An IP address is not a server name (RFC 6066 §3).
  const servername = tls.servername ?? (isIP(host) === 0 ? host : "");
  return connectTls({
    host,
    port,
    servername,
    secureContext: tls.context,
    ALPNProtocols: ["http/1.1"],
    // Set last and always: no option and no NODE_TLS_REJECT_UNAUTHORIZED in the environment switches it off.
    rejectUnauthorized: true,
    checkServerIdentity: (_, certificate) => checkServerIdentity(tls.servername ?? host, certificate),
  });
}

/**
 * The error text for a proxy that opens no tunnel. Names the proxy, since there may be several on the way.
 */
function refusal(status: number, { headers }: IncomingMessage): string {
  const answering = headers.server ?? headers.via ?? headers["proxy-agent"];
  const name =
    answering === undefined ? "" : `; it calls itself ${JSON.stringify(printable(String(answering), 60))}`;
  if (status !== 407) return `it refused with status ${status}${name}`;
  const scheme = /^[\w-]{1,20}/.exec(headers["proxy-authenticate"]?.trim() ?? "")?.[0];
  const wanted = scheme === undefined || scheme === "Basic" ? "" : `; it asks for ${scheme}`;
  return `it wants a user name and password, or others (407)${wanted}${name}`;
}

function trouble(error: Error & { code?: unknown }, { tls }: ProxyRoute, issuer: string | undefined): string {
  const code = typeof error.code === "string" ? error.code : "";
  const detail = code === "" ? "" : ` (${code})`;
  if (issuer !== undefined) {
    const certificate = `its certificate, issued by ${JSON.stringify(issuer)},`;
    if (code.startsWith("ERR_TLS_CERT_ALTNAME")) {
      return `${certificate} is for another name${detail}; tls.servername names it`;
    }
    return `${certificate} is not trusted${detail}; tls.ca takes the authority of the proxy`;
  }
  if (code.startsWith("HPE_")) return `talking to it failed: it does not speak HTTP${detail}`;
  if (tls !== undefined && (code === "EPROTO" || code === "ERR_SSL_WRONG_VERSION_NUMBER")) {
    return `talking to it failed: it does not speak TLS; is it an http:// proxy?${detail}`;
  }
  return `talking to it failed${detail}`;
}

function failed({ authority }: ProxyRoute, why: string, cause?: Error): ConnectFailed {
  // The bytes that the other side sent do not belong in a log.
  if (cause !== undefined && "rawPacket" in cause) delete cause.rawPacket;
  return new ConnectFailed("proxy", `cannot connect by way of the proxy ${authority}: ${why}`, {
    ...(cause !== undefined && { cause }),
  });
}
