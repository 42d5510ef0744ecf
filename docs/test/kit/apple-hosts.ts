import { syncBuiltinESMExports } from "node:module";
import tls from "node:tls";
import type { MockApns } from "@apnskit/mock-server";

/** Apple's hosts and ports, and who stands in for them. */
function routes(production: MockApns, sandbox: MockApns): ReadonlyMap<string, string> {
  const of = (server: MockApns, infix: string, managementPort: number): [string, string][] => [
    [`api${infix}.push.apple.com:443`, server.origin],
    [`api${infix}.push.apple.com:2197`, server.origin],
    [`api-broadcast${infix}.push.apple.com:443`, server.broadcastOrigin],
    [`api-manage-broadcast${infix}.push.apple.com:${managementPort}`, server.managementOrigin],
  ];
  return new Map([...of(production, "", 2196), ...of(sandbox, ".sandbox", 2195)]);
}

/** The names that a stand-in's certificate has to have. */
export const APPLE_HOSTS = ["api", "api-broadcast", "api-manage-broadcast"].flatMap((name) => [
  `${name}.push.apple.com`,
  `${name}.sandbox.push.apple.com`,
]);

/**
 * Leads TLS connections to Apple's hosts to mock servers, so that examples run as they stand, hosts and all. Certificates
 * are verified as ever, with the mock servers' authority in Node's list. Any other host but this machine is refused.
 *
 * @returns what puts everything back
 */
export function redirectAppleHosts(production: MockApns, sandbox: MockApns): () => void {
  const { connect, createSecureContext } = tls;
  const ways = routes(production, sandbox);
  tls.createSecureContext = (options = {}) =>
    createSecureContext({ ...options, ca: options.ca ?? [...tls.rootCertificates, production.ca] });
  tls.connect = ((options: tls.ConnectionOptions, ...rest: never[]) => {
    const address = `${options.host}:${options.port}`;
    const origin = ways.get(address);
    if (origin !== undefined) {
      const { hostname, port } = new URL(origin);
      return connect({ ...options, host: hostname, port: Number(port) }, ...rest);
    }
    if (options.host === "127.0.0.1") return connect(options, ...rest);
    throw new Error(`an example must not leave this machine, but wanted ${address}`);
  }) as typeof tls.connect;
  syncBuiltinESMExports();
  return () => {
    Object.assign(tls, { connect, createSecureContext });
    syncBuiltinESMExports();
  };
}
