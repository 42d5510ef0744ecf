import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Availability, findProgram, type PeerOptions, PeerProcess } from "@apnskit/testkit/peers";
import { cacheDirectory } from "./cache.ts";

export interface GoServerOptions extends PeerOptions {
  /** Octets of the HPACK tables, of both directions. Default 4,096. */
  readonly headerTableSize?: number;
  /** Flow-control window of a stream, in octets. Default 65,535. */
  readonly streamWindow?: number;
  /** Flow-control window of a connection, in octets. Default 1,048,576. */
  readonly connectionWindow?: number;
}

const source = join(import.meta.dirname, "../go-server/main.go");
/** Debian's folder for the sources of Go libraries. */
const libraries = "/usr/share/gocode";

/** Go's net/http with the server in `go-server/main.go`. The program is compiled after each change. */
export const GoServer = {
  name: "Go net/http",

  available(): Availability {
    const compiler = findProgram("go", "golang-go");
    if (!compiler.installed || existsSync(join(libraries, "src/golang.org/x/net/http2"))) return compiler;
    return {
      installed: false,
      reason: "golang.org/x/net/http2 is not installed (Debian package golang-golang-x-net-dev)",
    };
  },

  async start(options: GoServerOptions = {}): Promise<PeerProcess> {
    const program = await compiled(GoServer.available());
    return PeerProcess.start("go-server", program, options, async ({ port, certFile, keyFile }) => [
      `-port=${port}`,
      `-cert=${certFile}`,
      `-key=${keyFile}`,
      `-streams=${options.streams ?? 1_000}`,
      `-header-table-size=${options.headerTableSize ?? 4_096}`,
      `-stream-window=${options.streamWindow ?? 65_535}`,
      `-connection-window=${options.connectionWindow ?? 1_048_576}`,
    ]);
  },
};

/**
 * The program, compiled once for each version of its source and of the compiler. The build downloads nothing.
 */
async function compiled(compiler: Availability): Promise<Availability> {
  if (!compiler.installed) return compiler;
  const run = promisify(execFile);
  const { stdout: version } = await run(compiler.path, ["version"]);
  const hash = createHash("sha256")
    .update(version)
    .update(await readFile(source));
  const path = await cacheDirectory(`go-server-${hash.digest("hex").slice(0, 16)}`);
  if (!existsSync(path)) {
    const objects = await cacheDirectory("go-build");
    const env = {
      ...process.env,
      GO111MODULE: "off",
      GOFLAGS: "",
      GOPATH: libraries,
      GOCACHE: objects,
    };
    // Several test files may compile at once. Each writes its own file, and the last file stays.
    const made = `${path}.${process.pid}`;
    await run(compiler.path, ["build", "-o", made, source], { env });
    await rename(made, path);
  }
  return { installed: true, path };
}
