import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Peer } from "./peer.ts";
import { type PeerOptions, PeerProcess, type Site } from "./peer-process.ts";
import { findProgram } from "./program.ts";

/**
 * h2o with one thread. It answers every request with 200. The body of the answer repeats the request: a line
 * with the path, a line for each header field, an empty line, the body.
 */
export const H2o: Peer = {
  name: "h2o",
  available: () => findProgram("h2o", "h2o"),
  start: (options = {}) =>
    PeerProcess.start("h2o", H2o.available(), options, async (site) => {
      const file = join(site.directory, "h2o.conf");
      await writeFile(file, configuration(site, options));
      return ["-c", file];
    }),
};

// A process that changes its user no longer ends with its parent (prctl(2), PR_SET_PDEATHSIG). So h2o keeps
// its user.
const user = process.getuid?.() === 0 ? "user: root" : "";

function configuration({ port, certFile, keyFile }: Site, { streams = 1000 }: PeerOptions): string {
  return `
${user}
num-threads: 1
http2-max-concurrent-requests-per-connection: ${streams}
http2-idle-timeout: 3600
listen:
  host: 127.0.0.1
  port: ${port}
  ssl:
    certificate-file: ${JSON.stringify(certFile)}
    key-file: ${JSON.stringify(keyFile)}
    minimum-version: TLSv1.2
    ocsp-update-interval: 0
hosts:
  default:
    paths:
      /:
        mruby.handler: |
          Proc.new do |env|
            lines = [env["PATH_INFO"]]
            env.each do |key, value|
              next unless key.start_with?("HTTP_") && key != "HTTP_HOST"
              lines << key[5..-1].downcase.gsub("_", "-") + ": " + value
            end
            id = env["HTTP_APNS_ID"]
            [200, id ? { "apns-id" => id } : {}, [lines.join("\\n") + "\\n\\n" + env["rack.input"].read]]
          end
`;
}
