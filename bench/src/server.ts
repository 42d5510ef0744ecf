import { execFileSync } from "node:child_process";
import { CertificateAuthority } from "@apnskit/mock-server";
import { Nghttpd, Nginx, type Peer, type PeerProcess } from "@apnskit/testkit/peers";
import type { Bundle } from "./bundle.ts";
import { Child } from "./child.ts";
import type { SinkMessage, SinkOptions, SinkStatistics } from "./sink/messages.ts";
import { devicePath, deviceTokens } from "./workload.ts";

export const SERVER_NAMES = ["nginx", "nghttpd", "sink"] as const;
export type ServerName = (typeof SERVER_NAMES)[number];

/** Source file of the sink's process. Callers bundle it with the contenders. */
export const SINK_SOURCE = "sink/process.ts";

/** The server that the contenders send to. */
export interface BenchServer extends AsyncDisposable {
  readonly name: ServerName;
  readonly version: string;
  readonly origin: string;
  readonly ca: string;
  /** The sink's own counts. nginx and nghttpd count nothing. */
  statistics?(): Promise<SinkStatistics>;
}

export interface BenchServerOptions {
  streams: number;
  cores: string | undefined;
  payloadBytes: number;
  /** Number of device tokens in use. nghttpd needs one file per token. */
  tokens: number;
  /** Sink only: ms between a request and its answer. Null never answers. Default 0. */
  delay?: number | null;
}

/**
 * nghttpd's default window of 64 KiB holds 16 bodies of 4 KB, so the bench would measure that window. nginx
 * opens its window fully.
 */
const CONNECTION_WINDOW_BITS = 30;

/** Why this machine cannot run the server; undefined if it can. The sink runs everywhere. */
export function missingServer(name: ServerName): string | undefined {
  if (name === "sink") return undefined;
  const program = (name === "nginx" ? Nginx : Nghttpd).available();
  return program.installed ? undefined : program.reason;
}

/** nginx and nghttpd if they are installed, else the sink. */
export function installedServers(): ServerName[] {
  const installed = SERVER_NAMES.filter((name) => name !== "sink" && missingServer(name) === undefined);
  return installed.length > 0 ? installed : ["sink"];
}

/**
 * nginx for small payloads, nghttpd for larger payloads if it is installed: nghttpd reads bodies cheaply. See
 * `SMALL_PAYLOAD`.
 */
export function preferredServer(payloadBytes: number): ServerName {
  const installed = installedServers();
  return payloadBytes > SMALL_PAYLOAD && installed.includes("nghttpd") ? "nghttpd" : installed[0]!;
}

/**
 * Up to this many bytes, nginx may answer before it reads the body. With larger bodies nginx would close
 * connections, because it counts DATA for finished streams as a flood. And a client that sees the answer
 * early, as h2load does, would skip bodies that the other clients send.
 */
const SMALL_PAYLOAD = 200;

export async function startServer(
  name: ServerName,
  bundle: Bundle,
  { streams, cores, payloadBytes, tokens, delay = 0 }: BenchServerOptions,
): Promise<BenchServer> {
  const pinning = cores === undefined ? {} : { cores };
  switch (name) {
    case "nginx":
      return described(
        name,
        Nginx,
        await Nginx.start({ streams, readBodies: payloadBytes > SMALL_PAYLOAD, ...pinning }),
      );
    case "nghttpd": {
      const paths = deviceTokens(tokens).map(devicePath);
      return described(
        name,
        Nghttpd,
        await Nghttpd.start({ streams, paths, connectionWindowBits: CONNECTION_WINDOW_BITS, ...pinning }),
      );
    }
    case "sink":
      return startSink(bundle, { streams, delay, cores });
  }
}

function described(name: ServerName, peer: Peer, server: PeerProcess): BenchServer {
  return {
    name,
    version: versionOf(peer),
    origin: server.origin,
    ca: server.ca,
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

/**
 * Parses `nginx version: nginx/1.22.1` or `nghttpd nghttp2/1.52.0`. nginx writes to standard error, hence the
 * shell.
 */
function versionOf(peer: Peer): string {
  const program = peer.available();
  if (!program.installed) return "";
  const flag = peer.name === "nginx" ? "-v" : "--version";
  const output = execFileSync("sh", ["-c", '"$0" "$1" 2>&1', program.path, flag], { encoding: "utf8" });
  return /\d+\.\d+(\.\d+)?/.exec(output)?.[0] ?? "";
}

async function startSink(
  bundle: Bundle,
  { streams, delay, cores }: { streams: number; delay: number | null; cores: string | undefined },
): Promise<BenchServer> {
  const authority = await CertificateAuthority.create();
  const { cert, key } = await authority.issue();
  const child = new Child<SinkOptions | "statistics", SinkMessage>(bundle.file(SINK_SOURCE), { cores });
  const { port } = await child.ask({ cert, key, streams, delay }, "listening");
  return {
    name: "sink",
    version: process.versions.node,
    origin: `https://localhost:${port}`,
    ca: authority.certificate,
    async statistics() {
      const { type: _, ...statistics } = await child.ask("statistics", "statistics");
      return statistics;
    },
    [Symbol.asyncDispose]: () => child.stop(),
  };
}
