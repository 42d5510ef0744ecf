import { CertificateAuthority, type IssuedCertificate, type IssueOptions } from "@apnskit/mock-server";

let authority: Promise<CertificateAuthority> | undefined;
let server: Promise<IssuedCertificate> | undefined;
let client: Promise<IssuedCertificate> | undefined;

/** The authority of all test certificates of this process. Clients trust its `certificate`. */
export function testAuthority(): Promise<CertificateAuthority> {
  authority ??= CertificateAuthority.create();
  return authority;
}

/** A certificate for localhost, 127.0.0.1 and ::1. Without options, it is created once per process. */
export function serverCertificate(options?: IssueOptions): Promise<IssuedCertificate> {
  if (options !== undefined) return issue({ ...options, usage: "server" });
  server ??= issue({ usage: "server" });
  return server;
}

/** A client certificate for the topic `com.example.app`. Without options, it is created once per process. */
export function clientCertificate(options?: IssueOptions): Promise<IssuedCertificate> {
  if (options !== undefined) return issue({ ...options, usage: "client" });
  client ??= issue({ usage: "client", uid: "com.example.app", topics: ["com.example.app"] });
  return client;
}

async function issue(options: IssueOptions): Promise<IssuedCertificate> {
  return (await testAuthority()).issue(options);
}
