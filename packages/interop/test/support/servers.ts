import { spawnSync } from "node:child_process";
import { Apache, type Availability, findProgram, H2o, Haproxy, Nghttpd, Nginx } from "@apnskit/testkit/peers";
import { type Cell, windows } from "./cells.ts";
import { GoServer } from "./go-server.ts";
import { exampleHtdocs } from "./htdocs.ts";
import { NodeServer } from "./node-server.ts";

/** A server that listens. */
export interface Running extends AsyncDisposable {
  readonly origin: string;
  /** Certificate of the authority to trust, PEM. */
  readonly ca: string;
}

/** A server by other authors, with its known properties. */
export interface Server {
  readonly name: string;
  readonly available: Availability;
  readonly version: () => string;
  /** The status of its answers. */
  readonly status: number;
  /** Whether its answer's body repeats the received request. */
  readonly echoes: boolean;
  /** Set if the server ignores a client's HPACK table below 4,096 octets, against RFC 7541 §4.2. */
  readonly keepsTable?: true;
  /** The settings of a cell that can be configured. The server has its own values for the others. */
  readonly sets: readonly (keyof Cell)[];
  start(cell: Cell): Promise<Running>;
}

const here: Availability = { installed: true, path: process.execPath };
const everything = ["tls", "streams", "headerTableSize", "windows"] as const;
const allButTables = ["tls", "streams", "windows"] as const;

export const servers: readonly Server[] = [
  {
    name: "nginx",
    available: Nginx.available(),
    version: () => printed("nginx", "-v"),
    status: 200,
    echoes: false,
    sets: allButTables,
    start: (cell) =>
      Nginx.start({ streams: cell.streams, window: windows[cell.windows].stream, readBodies: true }),
  },
  {
    name: "nghttpd",
    available: Nghttpd.available(),
    version: () => printed("nghttpd", "--version"),
    status: 200,
    echoes: false,
    sets: everything,
    start: async ({ streams, headerTableSize, windows }) =>
      Nghttpd.start({
        htdocs: await exampleHtdocs(),
        streams,
        headerTableSize,
        ...(windows === "small"
          ? { windowBits: 10, connectionWindowBits: 16 }
          : { windowBits: 20, connectionWindowBits: 24 }),
      }),
  },
  {
    name: "Apache",
    available: Apache.available(),
    version: () => printed("apache2", "-v"),
    status: 204,
    echoes: false,
    sets: allButTables,
    start: (cell) => Apache.start({ streams: cell.streams, window: windows[cell.windows].stream }),
  },
  {
    name: "h2o",
    available: H2o.available(),
    version: () => printed("h2o", "--version"),
    status: 200,
    echoes: true,
    keepsTable: true,
    sets: ["tls", "streams"],
    start: ({ streams }) => H2o.start({ streams }),
  },
  {
    name: "HAProxy",
    available: Haproxy.available(),
    version: () => printed("haproxy", "-v"),
    status: 200,
    echoes: true,
    sets: everything,
    start: startHaproxy,
  },
  {
    name: "Go net/http",
    available: GoServer.available(),
    version: () => printed("go", "version"),
    status: 200,
    echoes: true,
    sets: everything,
    start: (cell) =>
      GoServer.start({
        streams: cell.streams,
        headerTableSize: cell.headerTableSize,
        streamWindow: windows[cell.windows].stream,
        connectionWindow: windows[cell.windows].connection,
      }),
  },
  {
    name: "node:http2",
    available: here,
    version: () => `${process.versions.node} (nghttp2 ${process.versions.nghttp2})`,
    status: 200,
    echoes: true,
    sets: everything,
    start: (cell) =>
      NodeServer.start({
        streams: cell.streams,
        headerTableSize: cell.headerTableSize,
        streamWindow: windows[cell.windows].stream,
        connectionWindow: windows[cell.windows].connection,
      }),
  },
];

/** The name for a test's title, with the reason if the server's tests are skipped. */
export function title({ name, available }: Pick<Server, "name" | "available">): string {
  return available.installed ? name : `${name} (skipped: ${available.reason})`;
}

async function startHaproxy(cell: Cell): Promise<Running> {
  const backend = await NodeServer.start();
  try {
    const proxy = await Haproxy.start({
      backend: backend.port,
      streams: cell.streams,
      // HAProxy refuses lower values.
      headerTableSize: Math.max(cell.headerTableSize, 4_096),
      window: windows[cell.windows].stream,
    });
    const stop = async () => {
      await proxy.stop();
      await backend.die();
    };
    return { origin: proxy.origin, ca: proxy.ca, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await backend.die();
    throw error;
  }
}

/** The first version number that a program prints. */
function printed(name: string, argument: string): string {
  const program = findProgram(name, name);
  if (!program.installed) return "";
  const { stdout, stderr } = spawnSync(program.path, [argument], { encoding: "utf8" });
  return /\d+(?:\.\d+)+/.exec(stdout + stderr)?.[0] ?? "unknown";
}
