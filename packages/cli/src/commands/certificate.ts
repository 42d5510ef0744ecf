import type { CertificateFlags } from "../certificate.ts";
import { defineCommand } from "../definition.ts";
import { certificateParts } from "../options/setting-options.ts";

export const certificate = defineCommand<CertificateFlags>({
  name: "certificate",
  summary: "show what a client certificate is for, until when, and whether its key fits",
  arguments: [{ name: "<file>", description: "the certificate: PEM, DER or PKCS #12 (.p12)" }],
  options: [{ heading: "Certificate", options: certificateParts() }],
  examples: [
    {
      line: "apnskit certificate app.p12 --passphrase-file passphrase.txt",
      does: "topics, push types, environments and dates",
    },
  ],
  run: async (invocation) => (await import("../certificate.ts")).certificate(invocation),
});
