import { lookup } from "node:dns/promises";
import { connect as connectTcp, isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { chainOf, type ServerCertificate } from "./certificate-chain.ts";

/** Opens a stream to a host, directly or through a proxy. */
export type Dial = (host: string, port: number, timeout: number) => Promise<Duplex>;

/** Addresses of a host, IPv4 and IPv6. */
export async function addressesOf(host: string, timeout: number): Promise<{ v4: string[]; v6: string[] }> {
  const found = await within(lookup(host, { all: true }), timeout, "no answer");
  const family = (wanted: number) => found.filter((one) => one.family === wanted).map((one) => one.address);
  return { v4: family(4), v6: family(6) };
}

/** Opens a TCP connection. */
export function dialDirectly(host: string, port: number, timeout: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port });
    const timer = setTimeout(() => socket.destroy(timeoutError(timeout)), timeout);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeAllListeners("error");
      resolve(socket);
    });
    socket.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

/** The result of a TLS handshake. */
export interface Handshake {
  readonly version: string;
  readonly alpn: string | undefined;
  readonly certificate: ServerCertificate;
}

/**
 * Makes a TLS handshake and sends nothing else. It refuses no certificate, because the doctor wants to know
 * the issuer; nothing secret goes over this connection.
 */
export async function shakeHands(
  stream: Duplex,
  host: string,
  ca: string | undefined,
  timeout: number,
): Promise<Handshake> {
  const socket = connectTls({
    socket: stream,
    ...(isIP(host) === 0 && { servername: host }),
    host,
    ALPNProtocols: ["h2"],
    minVersion: "TLSv1.2",
    rejectUnauthorized: false,
    ...(ca !== undefined && { ca }),
  });
  try {
    await within(handshake(socket), timeout, "no answer to the TLS handshake");
    const problem = socket.authorizationError as unknown;
    const code = problem instanceof Error ? (problem as NodeJS.ErrnoException).code : problem;
    return {
      version: socket.getProtocol() ?? "unknown",
      alpn: socket.alpnProtocol || undefined,
      certificate: {
        host,
        chain: chainOf(socket.getPeerCertificate(true)),
        problem: socket.authorized ? undefined : String(code ?? "unknown"),
        ownCa: ca !== undefined,
      },
    };
  } finally {
    socket.on("error", () => {});
    stream.on("error", () => {});
    socket.destroy();
    stream.destroy();
  }
}

function handshake(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the connection was closed during the TLS handshake")));
  });
}

function timeoutError(timeout: number): Error {
  return new Error(`no answer within ${timeout} ms`);
}

/** Rejects after this many milliseconds. */
async function within<Value>(promise: Promise<Value>, timeout: number, what: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} within ${timeout} ms`)), timeout);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** The reason of a network error in a few words. */
export function networkProblem(error: unknown): string {
  const { code, errors } = error as { code?: unknown; errors?: readonly unknown[] };
  if (code === "ECONNREFUSED") return "connection refused: nothing listens there";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `the name cannot be resolved (${code})`;
  if (code === "EHOSTUNREACH" || code === "ENETUNREACH") return `no route (${code})`;
  if (code === "ETIMEDOUT") return "no answer (ETIMEDOUT)";
  if (typeof code === "string" && code !== "") return code;
  if (errors !== undefined && errors.length > 0) return networkProblem(errors[0]);
  return error instanceof Error ? error.message : String(error);
}
