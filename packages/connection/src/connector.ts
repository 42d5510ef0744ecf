import type { LookupFunction } from "node:net";
import type { Duplex } from "node:stream";
import {
  connect,
  type ConnectionOptions as NodeTlsOptions,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import { classifyConnectError, connectFailed } from "./connect-failure.ts";
import { ConnectFailed, InvalidOption } from "./errors.ts";
import { orAborted } from "./or-aborted.ts";
import type { Origin } from "./origin.ts";
import type { TlsOptions } from "./tls-options.ts";

/**
 * Opens a raw connection to a host: for proxies and tunnels. TLS is put on top of what it returns. A {@link ConnectFailed}
 * that it throws is passed on as it is, any other error becomes the cause of one.
 */
export type Connect = (target: {
  readonly host: string;
  readonly port: number;
  readonly signal: AbortSignal;
}) => Duplex | Promise<Duplex>;

/** What {@link openSocket} needs to know. */
export interface Route {
  readonly origin: Origin;
  readonly credentials: SecureContext;
  readonly tls: TlsOptions;
  readonly connect: Connect | undefined;
  readonly lookup: LookupFunction | undefined;
  /** Milliseconds that each address may take before the next one is tried as well (RFC 8305 §5). */
  readonly attemptTimeout: number;
}

/** Called with bytes that are only valid during the call. */
export type OnBytes = (chunk: Buffer) => void;

/** Bytes read from the socket at once. */
const READ_SIZE = 65_536;

/**
 * Opens a TLS socket that speaks HTTP/2. The signal gives up: its reason is thrown.
 *
 * @throws {@link ConnectFailed}
 */
export async function openSocket(route: Route, onBytes: OnBytes, signal: AbortSignal): Promise<TLSSocket> {
  const { origin, tls } = route;
  const options: NodeTlsOptions = {
    secureContext: route.credentials,
    ALPNProtocols: ["h2"],
    // Said explicitly: NODE_TLS_REJECT_UNAUTHORIZED in the environment must not switch it off.
    rejectUnauthorized: true,
  };
  signal.throwIfAborted();
  const servername = tls.servername ?? origin.servername;
  if (servername !== undefined) options.servername = servername;
  if (tls.checkServerIdentity !== undefined) options.checkServerIdentity = guarded(tls.checkServerIdentity);
  if (route.connect !== undefined) {
    options.socket = await openRaw(route.connect, origin, signal);
    options.host = origin.host;
  } else {
    options.host = origin.host;
    options.port = origin.port;
    Object.assign(options, {
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: route.attemptTimeout,
      // One buffer for all reads: what must be kept is copied by the reader, and it is little.
      onread: {
        buffer: Buffer.allocUnsafeSlow(READ_SIZE),
        callback(length: number, buffer: Buffer): boolean {
          onBytes(buffer.subarray(0, length));
          return true;
        },
      },
    });
    if (route.lookup !== undefined) Object.assign(options, { lookup: route.lookup });
  }
  return secured(connect(options), origin, route.connect === undefined ? undefined : onBytes, signal);
}

/** What throws has not found the certificate good. */
function guarded(check: NonNullable<TlsOptions["checkServerIdentity"]>): typeof check {
  return (hostname, certificate) => {
    try {
      return check(hostname, certificate);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  };
}

async function openRaw(
  open: Connect,
  { host, port, authority }: Origin,
  signal: AbortSignal,
): Promise<Duplex> {
  // In a function of its own, so that what `open` throws at once is a rejection too.
  const opening = (async () => open({ host, port, signal }))();
  let raw: Duplex;
  try {
    raw = await orAborted(opening, signal);
  } catch (error) {
    signal.throwIfAborted();
    // Whoever opens it may know better what went wrong than can be told from an error code.
    throw error instanceof ConnectFailed ? error : connectFailed(authority, error);
  } finally {
    // Whoever does not heed the signal may still come up with a stream, which nobody wants then.
    if (signal.aborted) opening.then(discard, () => {});
  }
  if (typeof raw?.write !== "function") {
    throw new InvalidOption("connect", `connect must return a duplex stream, got ${String(raw)}`);
  }
  return raw;
}

function discard(raw: Duplex | undefined): void {
  raw?.on?.("error", () => {});
  raw?.destroy?.();
}

function secured(
  socket: TLSSocket,
  origin: Origin,
  onBytes: OnBytes | undefined,
  signal: AbortSignal,
): Promise<TLSSocket> {
  if (onBytes !== undefined) socket.on("data", onBytes);
  // For good: an error before the connection listens, or after it was given up, must not end the process.
  socket.on("error", () => {});
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      signal.removeEventListener("abort", onAbort);
      socket.off("secureConnect", onSecure).off("error", onError).off("close", onClose);
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
      // Node leaves a mark when it was the server's certificate that it did not like, whatever the error looks like.
      const failure = socket.authorizationError ? "untrusted" : classifyConnectError(error);
      fail(connectFailed(origin.authority, error, failure));
    };
    const onClose = (): void => fail(connectFailed(origin.authority, { code: "ECONNRESET" }));
    const onSecure = (): void => {
      // Requests are small and complete: waiting for more to send with them (RFC 896) only delays them.
      socket.setNoDelay(true);
      if (socket.alpnProtocol === "h2") settle(() => resolve(socket));
      else
        fail(
          new ConnectFailed(
            "alpn",
            `cannot connect to ${origin.authority}: the server does not speak HTTP/2`,
          ),
        );
    };
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("secureConnect", onSecure).once("error", onError).once("close", onClose);
  });
}
