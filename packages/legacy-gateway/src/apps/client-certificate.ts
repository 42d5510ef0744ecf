import type { X509Certificate } from "node:crypto";
import { printable } from "@apnskit/connection/internal";
import type { Environment } from "apnskit";
import { readApnsExtensions } from "apnskit/internal";
import { fingerprintOf } from "./app.ts";

/** The fields of a client's certificate that the gateway reads. */
export interface ClientCertificate {
  /** Lower-case hexadecimal without colons. */
  readonly fingerprint: string;
  /** For logs and the report. */
  readonly commonName: string | undefined;
  /**
   * Its topics: its list, otherwise the subject's UID. Empty for a certificate that does not have the APNs
   * form.
   */
  readonly topics: readonly string[];
  /** Environments that it names; empty when it names none. */
  readonly environments: readonly Environment[];
}

/** Reads a client's certificate. Reading does not mean that the gateway trusts its content. */
export function readClientCertificate(certificate: X509Certificate): ClientCertificate {
  const fingerprint = fingerprintOf(certificate.fingerprint256);
  const found = /^CN=(.+)$/m.exec(certificate.subject)?.[1];
  const commonName = found === undefined ? undefined : printable(found);
  try {
    const { uid, topics, environments } = readApnsExtensions(certificate.raw);
    const listed = topics?.map(({ topic }) => topic) ?? [];
    const all = new Set(uid === undefined ? listed : [uid, ...listed]);
    return { fingerprint, commonName, topics: [...all], environments };
  } catch {
    return { fingerprint, commonName, topics: [], environments: [] };
  }
}
