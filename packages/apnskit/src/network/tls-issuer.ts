import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { printable } from "@apnskit/connection/internal";

/**
 * Remembers the issuer of the other side's certificate. The event comes before Node.js verifies the
 * certificate; a rejected certificate is gone afterwards.
 *
 * @returns a function that returns the issuer if the certificate was refused, else `undefined`
 */
export function watchIssuer(socket: Socket): () => string | undefined {
  if (!(socket instanceof TLSSocket)) return () => undefined;
  let issuer: string | undefined;
  socket.prependOnceListener("secure", () => {
    // Not getPeerX509Certificate: after it, Node.js finds no certificate to verify.
    const { CN, O } = socket.getPeerCertificate().issuer ?? {};
    issuer = printable(String(CN ?? O ?? "an unnamed authority"));
  });
  return () => (socket.authorizationError ? (issuer ?? "an unknown authority") : undefined);
}
