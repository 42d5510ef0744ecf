import type { Socket } from "node:net";
import { createSecureContext, type SecureVersion, TLSSocket, type TLSSocketOptions } from "node:tls";
import type { IssuedCertificate } from "@apnskit/mock-server";
import { serverCertificate, testAuthority } from "./certificates.ts";
import { resetSocket } from "./reset-socket.ts";
import { alertCipher, refuseByAlert, type TlsAlert } from "./tls-alert.ts";

/** The behaviour of the peer's TLS. `{}` is a correct server. */
export interface ScriptedTls {
  /** Default: the test authority's certificate for localhost, 127.0.0.1 and ::1. */
  readonly certificate?: IssuedCertificate;
  /** Protocols that the server speaks. `false` disables ALPN. Default `["h2"]`. */
  readonly alpn?: readonly string[] | false;
  /** Default `"TLSv1.3"`. */
  readonly maxVersion?: SecureVersion;
  readonly minVersion?: SecureVersion;
  /**
   * - `"ignored"` (default): the server requests no certificate.
   * - `"requested"`: the server requests a certificate, but also accepts none, as APNs does.
   * - `"required"`: the server refuses clients without a certificate by a TLS alert.
   * - `{ refusedWith }`: the server refuses every client by this TLS alert.
   */
  readonly clientCertificate?: "ignored" | "requested" | "required" | { readonly refusedWith: TlsAlert };
  /** `"never ends"` reads the client's hello and stays silent. `"is cut"` answers it with a TCP reset. */
  readonly handshake?: "completes" | "never ends" | "is cut";
}

/**
 * Runs the server's side of the handshake. Resolves with undefined if the script prevents the handshake, or
 * if it fails.
 */
export async function secure(raw: Socket, tls: ScriptedTls): Promise<TLSSocket | undefined> {
  raw.on("error", () => {});
  if (tls.handshake === "never ends") return void raw.resume();
  if (tls.handshake === "is cut") return void raw.once("data", () => resetSocket(raw));

  const options = await serverOptions(tls);
  if (raw.destroyed) return;
  if (typeof tls.clientCertificate === "object") {
    return refuseByAlert(raw, options, tls.clientCertificate.refusedWith) as undefined;
  }
  const socket = new TLSSocket(raw, options);
  return new Promise((resolve) => {
    socket.on("error", () => {});
    socket.once("secure", () => resolve(socket));
    socket.once("close", () => resolve(undefined));
  });
}

async function serverOptions(tls: ScriptedTls): Promise<TLSSocketOptions> {
  const { cert, key } = tls.certificate ?? (await serverCertificate());
  const clientCertificate = tls.clientCertificate ?? "ignored";
  const refuses = typeof clientCertificate === "object";
  const alpn = tls.alpn ?? ["h2"];
  return {
    isServer: true,
    secureContext: createSecureContext({
      cert,
      key,
      ca: (await testAuthority()).certificate,
      ...(tls.minVersion && { minVersion: tls.minVersion }),
      maxVersion: tls.maxVersion ?? "TLSv1.3",
      ...(refuses && { ciphers: `${alertCipher}:ECDHE+AESGCM` }),
    }),
    ...(alpn && { ALPNProtocols: [...alpn] }),
    requestCert: clientCertificate !== "ignored",
    rejectUnauthorized: clientCertificate === "required",
  };
}
