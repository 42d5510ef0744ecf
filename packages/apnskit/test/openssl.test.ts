import { it } from "vitest";
import { hasOpenSsl } from "./kit/openssl.ts";

// What these suites read is made by OpenSSL, so that no bug shared by writer and reader can hide.
const suites = [
  "certificate",
  "certificate-choice",
  "hostile-files",
  "pfx",
  "provider-token",
  "second-reader",
  "written-forms",
] as const;

for (const suite of suites) {
  // Skipped by name where OpenSSL is not installed: without it there is nothing to read.
  if (hasOpenSsl()) await import(`./openssl/${suite}.suite.ts`);
  else it.skip(`${suite}: the command openssl is not installed`, () => {});
}
