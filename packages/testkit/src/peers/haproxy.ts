import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Peer } from "./peer.ts";
import { type PeerOptions, PeerProcess } from "./peer-process.ts";
import { findProgram } from "./program.ts";

export interface HaproxyOptions extends PeerOptions {
  /**
   * Port on 127.0.0.1 of the server behind HAProxy, which speaks HTTP/2 over TLS. HAProxy does not verify its
   * certificate.
   */
  backend: number;
  /** SETTINGS_HEADER_TABLE_SIZE in bytes, 4096 … 65536, towards both sides. Default 4096. */
  headerTableSize?: number;
  /** Initial stream window in bytes, towards both sides. Default 65535. */
  window?: number;
  /**
   * The protocol towards clients. Default `"h2"`. With `"http/1.1"`, HAProxy acts as a TLS interceptor
   * without HTTP/2.
   */
  alpn?: "h2" | "http/1.1";
}

/**
 * HAProxy in front of a server: HTTP/2 over TLS on both sides. A master process supervises the worker.
 * SIGUSR2 reloads it: the old worker sends GOAWAY, finishes its requests and exits, while a new worker takes
 * new connections.
 */
export const Haproxy: Omit<Peer<HaproxyOptions>, "start"> & {
  start(options: HaproxyOptions): Promise<PeerProcess>;
} = {
  name: "HAProxy",
  available: () => findProgram("haproxy", "haproxy"),
  start: (options) =>
    PeerProcess.start("haproxy", Haproxy.available(), options, async (site) => {
      const file = join(site.directory, "haproxy.cfg");
      const pem = join(site.directory, "server.pem");
      // HAProxy needs certificate and key in one file.
      const parts = await Promise.all([site.certFile, site.keyFile].map((path) => readFile(path, "utf8")));
      await writeFile(pem, parts.join("\n"), { mode: 0o600 });
      await writeFile(file, configuration(site.port, pem, options));
      return ["-W", "-db", "-f", file];
    }),
};

function configuration(port: number, pem: string, options: HaproxyOptions): string {
  const { backend, streams = 1000, headerTableSize = 4096, window = 65_535, alpn = "h2" } = options;
  return `
global
  nbthread 1
  hard-stop-after 10s
  tune.h2.max-concurrent-streams ${streams}
  tune.h2.header-table-size ${headerTableSize}
  tune.h2.initial-window-size ${window}
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend apns
  bind 127.0.0.1:${port} ssl crt "${pem}" alpn ${alpn} ssl-min-ver TLSv1.2
  default_backend upstream
backend upstream
  # Until one connection is there, each request would make another.
  server upstream 127.0.0.1:${backend} ssl verify none alpn h2 maxconn 100
`;
}
