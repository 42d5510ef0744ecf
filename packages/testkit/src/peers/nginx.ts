import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Peer } from "./peer.ts";
import { type PeerOptions, PeerProcess, type Site } from "./peer-process.ts";
import { findProgram } from "./program.ts";

export interface NginxOptions extends PeerOptions {
  /** TLS versions that nginx accepts. Default `["TLSv1.2", "TLSv1.3"]`. */
  tlsVersions?: readonly ("TLSv1.2" | "TLSv1.3")[];
  /** Initial stream window in bytes (`http2_body_preread_size`). Default 65536. */
  window?: number;
  /**
   * Whether nginx answers only after it has read the request's body. Default false: nginx answers after the
   * headers and resets the stream with NO_ERROR, as RFC 9113 §8.1 allows. But nginx counts bodies that arrive
   * after the reset as a flood. Some megabytes in bodies of several KB make it end the connection with
   * GOAWAY.
   */
  readBodies?: boolean;
  /**
   * Requests after which nginx ends a connection with GOAWAY (`keepalive_requests`). Default 100,000,000:
   * never.
   */
  keepaliveRequests?: number;
  /**
   * Path of the status page with the number of requests (`stub_status`, see {@link nginxRequests}). Default:
   * none.
   */
  statusPath?: string;
}

/** nginx 1.19.10 or newer with one worker. It answers every request with 200 and no body. */
export const Nginx: Peer<NginxOptions> = {
  name: "nginx",
  available: () => findProgram("nginx", "nginx-light"),
  start: (options = {}) =>
    PeerProcess.start("nginx", Nginx.available(), options, async (site) => {
      const file = join(site.directory, "nginx.conf");
      await writeFile(file, configuration(site, options));
      return ["-p", site.directory, "-c", file, "-e", "stderr"];
    }),
};

function configuration({ directory, port, certFile, keyFile }: Site, options: NginxOptions): string {
  const { streams = 1000, tlsVersions = ["TLSv1.2", "TLSv1.3"], window = 65_536 } = options;
  const { keepaliveRequests = 100_000_000, statusPath } = options;
  return `
daemon off;
worker_processes 1;
pid "${directory}/nginx.pid";
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path "${directory}/body";
  proxy_temp_path "${directory}/proxy";
  fastcgi_temp_path "${directory}/fastcgi";
  uwsgi_temp_path "${directory}/uwsgi";
  scgi_temp_path "${directory}/scgi";
  keepalive_requests ${keepaliveRequests};
  keepalive_time 24h;
  keepalive_timeout 1h;
  http2_max_concurrent_streams ${streams};
  http2_body_preread_size ${window};
  server {
    listen 127.0.0.1:${port} ssl http2;
    ssl_certificate "${certFile}";
    ssl_certificate_key "${keyFile}";
    ssl_protocols ${tlsVersions.join(" ")};
    ${statusPath === undefined ? "" : `location = ${statusPath} { stub_status; }`}
    ${options.readBodies ? READ_THEN_ANSWER : "location / { return 200; }"}
  }
}
`;
}

/**
 * Returns the number of requests that nginx has received, the request for the status page included. `page` is
 * the text of that page.
 */
export function nginxRequests(page: string): number {
  // The page has the line "server accepts handled requests" and a line of numbers below it.
  const counts = /handled requests\n (\d+) (\d+) (\d+)/.exec(page);
  if (counts === null) throw new Error("this is not the status page of nginx");
  return Number(counts[3]);
}

/**
 * Without other modules, only a mirror makes nginx read a body without forwarding it. "return" would run
 * before the mirror, so the configuration turns the following 404 into the answer.
 */
const READ_THEN_ANSWER = `
    location / {
      mirror /mirror;
      root /nonexistent;
      log_not_found off;
      open_file_cache max=100000;
      open_file_cache_errors on;
      error_page 404 =200 @answer;
    }
    location = /mirror { internal; return 204; }
    location @answer { return 200; }`;
