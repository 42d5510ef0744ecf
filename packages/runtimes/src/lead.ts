import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CertificateAuthority, MockApns, type MockApnsOptions } from "@apnskit/mock-server";

/** Arguments and environment that lead a program to the mock server instead of Apple's server. */
export interface Lead {
  readonly server: MockApns;
  /** Arguments of Node.js, before the program's file. */
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Starts a server under Apple's name, and writes a file that leads a program of the project there. The
 * program needs no change. The server's provider key is in the project, under the name in the documentation.
 */
export async function leadToMock(project: string, options: MockApnsOptions = {}): Promise<Lead> {
  const authority = await CertificateAuthority.create();
  const identity = await authority.issue({ altNames: ["api.push.apple.com"] });
  const server = await MockApns.start({ ...options, authority, identity, environment: "production" });
  writeFileSync(join(project, "AuthKey_ABC123DEFG.p8"), server.key.key);
  writeFileSync(join(project, "ca.pem"), server.ca);
  const lead = join(project, "lead.cjs");
  writeFileSync(
    lead,
    `const tls = require("node:tls"), { connect } = tls;
     tls.connect = (options) => {
       if (options.host !== "api.push.apple.com" || options.port !== 443) throw new Error("not Apple's: " + options.host);
       return connect({ ...options, host: "127.0.0.1", port: ${server.port} });
     };
     require("node:module").syncBuiltinESMExports();`,
  );
  const environment = { NODE_EXTRA_CA_CERTS: join(project, "ca.pem") };
  return { server, args: ["--require", lead], environment };
}
