import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Peer } from "./peer.ts";
import { type PeerOptions, PeerProcess } from "./peer-process.ts";
import { findProgram } from "./program.ts";

export interface NghttpdOptions extends PeerOptions {
  /** Paths that get a 200 with an empty body. All other paths get a 404. Default none. */
  paths?: Iterable<string>;
  /**
   * Directory to serve instead of files for `paths`. The peer does not change or delete it. See
   * {@link createFiles}.
   */
  htdocs?: string;
  /** SETTINGS_HEADER_TABLE_SIZE in bytes. Default 4096. */
  headerTableSize?: number;
  /** Initial stream window is 2^windowBits − 1 bytes. Default 16. */
  windowBits?: number;
  /** Connection window is 2^connectionWindowBits − 1 bytes. Default 16. */
  connectionWindowBits?: number;
}

/** nghttp2's server. It answers only from files, so each path in `paths` gets an empty file. */
export const Nghttpd: Peer<NghttpdOptions> = {
  name: "nghttpd",
  available: () => findProgram("nghttpd", "nghttp2"),
  start: (options = {}) =>
    PeerProcess.start("nghttpd", Nghttpd.available(), options, async (site) => {
      const root = options.htdocs ?? join(site.directory, "htdocs");
      if (options.htdocs === undefined) await createFiles(root, options.paths ?? []);
      const args = ["--address=127.0.0.1", `--htdocs=${root}`];
      args.push(`--max-concurrent-streams=${options.streams ?? 1000}`);
      if (options.headerTableSize !== undefined) args.push(`--header-table-size=${options.headerTableSize}`);
      if (options.windowBits !== undefined) args.push(`--window-bits=${options.windowBits}`);
      if (options.connectionWindowBits !== undefined) {
        args.push(`--connection-window-bits=${options.connectionWindowBits}`);
      }
      return [...args, String(site.port), site.keyFile, site.certFile];
    }),
};

/** Number of files that are created concurrently. */
const BATCH = 512;

/** Creates a directory with an empty file for each path, so that nghttpd answers these paths with 200. */
export async function createFiles(root: string, paths: Iterable<string>): Promise<void> {
  await mkdir(root, { recursive: true });
  const directories = new Set<string>();
  let batch: Promise<void>[] = [];
  for (const path of paths) {
    if (!path.startsWith("/") || path.includes("..")) {
      throw new TypeError(`paths: expected an absolute path; received ${JSON.stringify(path)}`);
    }
    const file = join(root, path);
    const directory = dirname(file);
    if (!directories.has(directory)) {
      await mkdir(directory, { recursive: true });
      directories.add(directory);
    }
    batch.push(writeFile(file, ""));
    if (batch.length === BATCH) {
      await Promise.all(batch);
      batch = [];
    }
  }
  await Promise.all(batch);
}
