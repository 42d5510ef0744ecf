import type { TLSSocket } from "node:tls";
import {
  type ApnsEnvironment,
  decodeTopics,
  PRODUCTION_OID,
  SANDBOX_OID,
  TOPICS_OID,
} from "./certificate-extensions.ts";
import { X509Certificate } from "./x509.ts";

const UID = "0.9.2342.19200300.100.1.1";

/** The contents of an APNs client certificate. */
export interface ClientCertificate {
  /** Hexadecimal, as OpenSSL prints it. */
  readonly serialNumber: string;
  /** From the topics extension, else the subject's user id. Empty: no certificate for APNs. */
  readonly topics: ReadonlySet<string>;
  /** Empty: usable in both environments. */
  readonly environments: readonly ApnsEnvironment[];
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
  /** Whether the authority that the server trusts issued it. */
  readonly trusted: boolean;
}

/** Reads the client's certificate, if it showed one. */
export function clientCertificate(socket: TLSSocket): ClientCertificate | undefined {
  const peer = socket.getPeerCertificate();
  if (!peer?.raw) return undefined;
  const certificate = new X509Certificate(peer.raw);
  const expired = String(socket.authorizationError) === "CERT_HAS_EXPIRED";
  return {
    serialNumber: peer.serialNumber,
    topics: topicsOf(certificate),
    environments: environmentsOf(certificate),
    notAfter: certificate.notAfter.getTime(),
    trusted: socket.authorized || expired,
  };
}

function topicsOf(certificate: X509Certificate): ReadonlySet<string> {
  const extension = certificate.getExtension(TOPICS_OID);
  if (extension) {
    try {
      return new Set(decodeTopics(new Uint8Array(extension.value)).map(({ topic }) => topic));
    } catch {
      return new Set();
    }
  }
  return new Set(certificate.subjectName.getField(UID));
}

/** The environments that a certificate is for, PEM; empty: both. */
export function environmentsIn(pem: string): ApnsEnvironment[] {
  return environmentsOf(new X509Certificate(pem));
}

function environmentsOf(certificate: X509Certificate): ApnsEnvironment[] {
  const environments: ApnsEnvironment[] = [];
  if (certificate.getExtension(SANDBOX_OID)) environments.push("sandbox");
  if (certificate.getExtension(PRODUCTION_OID)) environments.push("production");
  return environments;
}
