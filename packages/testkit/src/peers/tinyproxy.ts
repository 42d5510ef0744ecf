import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Peer } from "./peer.ts";
import { type PeerOptions, PeerProcess } from "./peer-process.ts";
import { findProgram } from "./program.ts";

export interface TinyproxyOptions extends PeerOptions {
  /** Ports that CONNECT may reach. Default: all. */
  ports?: readonly number[];
  /** Required `user:password`. Default: none. */
  login?: string;
}

/**
 * Tinyproxy: an HTTP proxy for CONNECT, itself without TLS. Reach it at `http://127.0.0.1:<port>`, not at
 * `origin`.
 */
export const Tinyproxy: Peer<TinyproxyOptions> = {
  name: "Tinyproxy",
  available: () => findProgram("tinyproxy", "tinyproxy-bin"),
  start: (options = {}) =>
    PeerProcess.start("tinyproxy", Tinyproxy.available(), options, async ({ directory, port }) => {
      const file = join(directory, "tinyproxy.conf");
      const lines = [
        `Port ${port}`,
        "Listen 127.0.0.1",
        "Timeout 60",
        `LogFile "${join(directory, "tinyproxy.log")}"`,
        ...(options.ports ?? []).map((one) => `ConnectPort ${one}`),
        ...(options.login === undefined ? [] : [`BasicAuth ${options.login.replace(":", " ")}`]),
      ];
      await writeFile(file, `${lines.join("\n")}\n`);
      return ["-d", "-c", file];
    }),
};
