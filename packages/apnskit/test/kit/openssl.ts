import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What is made by OpenSSL was not made by the code under test. All files go with the workshop. */
export class OpenSsl {
  readonly folder = mkdtempSync(join(tmpdir(), "apnskit-openssl-"));

  run(...args: string[]): string {
    return execFileSync("openssl", args, {
      cwd: this.folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  text(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  write(name: string, content: string): void {
    writeFileSync(this.path(name), content);
  }

  bytes(name: string): Buffer {
    return readFileSync(this.path(name));
  }

  /** An EC key in the form of Apple's `.p8` files. */
  p8(name: string, curve = "prime256v1"): string {
    this.run("genpkey", "-algorithm", "EC", "-pkeyopt", `ec_paramgen_curve:${curve}`, "-out", name);
    return this.text(name);
  }

  /** A self-signed certificate `<name>.crt` with its key `<name>.key`. */
  certificate(
    name: string,
    { algorithm = "rsa:2048", subject = "/CN=Test", extensions = "", days = "365" } = {},
  ): void {
    writeFileSync(
      this.path(`${name}.cnf`),
      `[req]\ndistinguished_name=dn\nx509_extensions=ext\n[dn]\n[ext]\n${extensions}\n`,
    );
    const key = algorithm === "ec" ? ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"] : [algorithm];
    const out = ["-nodes", "-keyout", `${name}.key`, "-out", `${name}.crt`];
    this.run(
      "req",
      "-x509",
      "-newkey",
      ...key,
      "-subj",
      subject,
      "-days",
      days,
      "-config",
      `${name}.cnf`,
      ...out,
    );
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function hasOpenSsl(): boolean {
  return succeeds("version");
}

/** Whether this OpenSSL can write the ciphers of old (RC2-40). */
export function hasLegacyProvider(): boolean {
  return succeeds("list", "-providers", "-provider", "legacy");
}

function succeeds(...args: string[]): boolean {
  try {
    execFileSync("openssl", args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** The extensions of Apple's universal push certificates; topics and purposes take turns. */
export function appleExtensions(topics: Record<string, string[]>): string {
  const lines = ["1.2.840.113635.100.6.3.1=DER:0500", "1.2.840.113635.100.6.3.2=DER:0500"];
  lines.push("1.2.840.113635.100.6.3.6=ASN1:SEQUENCE:topics", "[topics]");
  const sections: string[] = [];
  Object.entries(topics).forEach(([topic, purposes], at) => {
    lines.push(`topic${at}=UTF8String:${topic}`, `purposes${at}=SEQUENCE:purposes${at}`);
    sections.push(`[purposes${at}]`, ...purposes.map((purpose, index) => `p${index}=UTF8String:${purpose}`));
  });
  return [...lines, ...sections].join("\n");
}
