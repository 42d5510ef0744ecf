import type { LookupFunction } from "node:net";
import {
  checkServerIdentity,
  connect,
  type ConnectionOptions as NodeTlsOptions,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import { callerFailed, classifyConnectError, classifyTlsError, connectFailed } from "./connect-failure.ts";
import { type GuardedLookup, guardLookup } from "./lookup-guard.ts";
import { received } from "./options.ts";
import type { Origin } from "./origin.ts";
import { type Connect, openRaw } from "./raw-stream.ts";
import { toError } from "./thrown.ts";
import type { TlsOptions } from "./tls-options.ts";

/** Where and how {@link openSocket} connects. */
export interface Route {
  readonly origin: Origin;
  readonly credentials: SecureContext;
  readonly tls: TlsOptions;
  readonly connect: Connect | undefined;
  readonly lookup: LookupFunction | undefined;
  /** Milliseconds that each address may take before the next one is tried in parallel (RFC 8305 §5). */
  readonly attemptTimeout: number;
}

/** Called with bytes that are only valid during the call. */
export type OnBytes = (chunk: Buffer) => void;

/** Bytes read from the socket at once. */
const READ_SIZE = 65_536;

/**
 * Opens a TLS socket that speaks HTTP/2. If the signal fires, its reason is thrown.
 *
 * @throws {@link ConnectFailed}
 */
export async function openSocket(route: Route, onBytes: OnBytes, signal: AbortSignal): Promise<TLSSocket> {
  const { origin, tls } = route;
  const options: NodeTlsOptions = {
    host: origin.host,
    secureContext: route.credentials,
    ALPNProtocols: ["h2"],
    // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED in the environment cannot switch it off.
    rejectUnauthorized: true,
  };
  signal.throwIfAborted();
  const servername = tls.servername ?? origin.servername;
  // Both are always set, so that nothing else decides about them. An address is no server name (RFC 6066 §3).
  options.servername = servername ?? "";
  options.checkServerIdentity =
    tls.checkServerIdentity === undefined ? checkServerIdentity : guarded(tls.checkServerIdentity);
  if (route.connect !== undefined) {
    options.socket = await openRaw(route.connect, origin, signal);
    return secured(connect(options), route, { onBytes, signal });
  }
  const lookup = route.lookup === undefined ? undefined : guardLookup(route.lookup);
  Object.assign(options, {
    port: origin.port,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: route.attemptTimeout,
    // One buffer serves all reads: the reader copies the little that it must keep.
    onread: {
      buffer: Buffer.allocUnsafeSlow(READ_SIZE),
      callback(length: number, buffer: Buffer): boolean {
        onBytes(buffer.subarray(0, length));
        return true;
      },
    },
    ...(lookup && { lookup: lookup.lookup }),
  });
  return secured(connect(options), route, { lookup, signal });
}

/** Only a result of `undefined` means that the certificate is good. */
function guarded(check: NonNullable<TlsOptions["checkServerIdentity"]>): typeof check {
  return (hostname, certificate) => {
    try {
      const verdict: unknown = check(hostname, certificate);
      if (verdict === undefined) return undefined;
      if (verdict instanceof Error) return toError(verdict);
      // The rejection of a promise must not end the process.
      if (verdict instanceof Promise) verdict.catch(() => {});
      return new Error(`checkServerIdentity must return undefined or an Error${received(verdict)}`);
    } catch (error) {
      return toError(error);
    }
  };
}

interface Handshake {
  readonly signal: AbortSignal;
  /** The guard of the `lookup` option, if the socket uses it. */
  readonly lookup?: GuardedLookup | undefined;
  /** For a socket without `onread`. */
  readonly onBytes?: OnBytes;
}

/** Waits for the end of the TLS handshake. */
function secured(
  socket: TLSSocket,
  route: Route,
  { signal, lookup, onBytes }: Handshake,
): Promise<TLSSocket> {
  const { tls, origin } = route;
  const hasCertificate = tls.cert !== undefined || tls.pfx !== undefined;
  if (onBytes !== undefined) socket.on("data", onBytes);
  // Stays: an error before the connection listens, or after it was abandoned, must not end the process.
  socket.on("error", () => {});
  return new Promise((resolve, reject) => {
    let issuer: string | undefined;
    const settle = (finish: () => void): void => {
      signal.removeEventListener("abort", onAbort);
      socket
        .off("secure", onHandshake)
        .off("secureConnect", onSecure)
        .off("error", onError)
        .off("close", onClose);
      finish();
    };
    const fail = (error: unknown): void => {
      settle(() => {
        socket.destroy();
        reject(error);
      });
    };
    const onAbort = (): void => fail(signal.reason);
    const onError = (error: Error): void => {
      if (error === lookup?.error && classifyConnectError(error) !== "dns") {
        fail(callerFailed(origin.authority, "lookup", error));
        return;
      }
      const failure = classifyTlsError(socket, error, hasCertificate);
      fail(connectFailed(origin.authority, error, { failure, issuer }));
    };
    const onClose = (): void => fail(connectFailed(origin.authority, { code: "ECONNRESET" }));
    // Runs before Node judges the certificate, since a socket that Node destroys no longer has it.
    const onHandshake = (): void => {
      issuer = issuerOf(socket);
    };
    const onSecure = (): void => {
      // Requests are small and complete: waiting for more to send with them (RFC 896) only delays them.
      socket.setNoDelay(true);
      if (socket.alpnProtocol === "h2") settle(() => resolve(socket));
      else fail(connectFailed(origin.authority, undefined, { failure: "alpn", issuer }));
    };
    signal.addEventListener("abort", onAbort, { once: true });
    socket.prependListener("secure", onHandshake);
    socket.once("secureConnect", onSecure).once("error", onError).once("close", onClose);
  });
}

/** Who signed the server's certificate, as text. */
function issuerOf(socket: TLSSocket): string | undefined {
  // Without a certificate Node returns an empty object, although its type says otherwise.
  const issuer: { O?: unknown; CN?: unknown } | undefined = socket.getPeerCertificate()?.issuer;
  const name = issuer?.O ?? issuer?.CN;
  return name === undefined ? undefined : String(name);
}
