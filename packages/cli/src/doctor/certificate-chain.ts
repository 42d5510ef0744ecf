import type { DetailedPeerCertificate } from "node:tls";
import type { Finding } from "./finding.ts";

/** One certificate of the server's chain. */
export interface ChainLink {
  readonly subject: string;
  readonly issuer: string;
  /** The issuer's organisation. */
  readonly issuerOrganisation: string | undefined;
  readonly notAfter: Date;
}

/** What TLS said about the server's certificate. */
export interface ServerCertificate {
  readonly host: string;
  readonly chain: readonly ChainLink[];
  /** The code of Node's verification, such as `SELF_SIGNED_CERT_IN_CHAIN`; `undefined`: trusted. */
  readonly problem: string | undefined;
  /** Whether `--ca` named a trusted authority. */
  readonly ownCa: boolean;
}

const APPLE = /(?:^|\.)push\.apple\.com$/;

/** Whether someone else issued a chain that claims to be Apple's: then a proxy on the way decrypts TLS. */
export function interceptorOf({ host, chain }: ServerCertificate): string | undefined {
  const leaf = chain[0];
  if (!APPLE.test(host) || leaf === undefined) return undefined;
  if (leaf.issuerOrganisation?.startsWith("Apple")) return undefined;
  return leaf.issuerOrganisation === undefined ? leaf.issuer : `${leaf.issuer} (${leaf.issuerOrganisation})`;
}

/** Judges the server's certificate. */
export function chainFinding(server: ServerCertificate): Finding {
  const { chain, problem, host, ownCa } = server;
  const check = "certificate";
  const path = chain.map(({ subject }) => subject);
  const last = chain.at(-1);
  if (last !== undefined && last.issuer !== last.subject) path.push(last.issuer);
  const detail = path.length === 0 ? "the server shows none" : path.join(" ← ");
  const interceptor = interceptorOf(server);
  if (interceptor !== undefined) {
    return {
      check,
      status: "failed",
      detail: `not Apple's, but issued by ${interceptor}: something in between opens TLS (${detail})`,
      remedy: `Have ${host} exempted from TLS inspection; or, if that cannot be, trust its authority with --ca.`,
      ...(problem === undefined ? { status: "warning" as const } : { exitCode: 3 as const }),
    };
  }
  if (problem === undefined) return { check, status: "ok", detail };
  return {
    check,
    status: "failed",
    detail: `${problemText(problem)} (${detail})`,
    remedy: remedy(problem, ownCa),
    exitCode: 3,
  };
}

function problemText(code: string): string {
  if (code === "CERT_HAS_EXPIRED") return "expired";
  if (code === "CERT_NOT_YET_VALID") return "not valid yet";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "for another host name";
  return `not trusted: ${code}`;
}

function remedy(code: string, ownCa: boolean): string {
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") return "Check this machine's clock.";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "Check the target's host name, and DNS.";
  return ownCa
    ? "Check that --ca is the authority that issued the server's certificate."
    : "Name the authority with --ca; Apple's is the USERTrust RSA root, which Node.js has.";
}

/** The chain, leaf first, of a connection. */
export function chainOf(leaf: DetailedPeerCertificate | undefined): ChainLink[] {
  const links: ChainLink[] = [];
  const seen = new Set<string>();
  let one = leaf;
  while (one?.subject !== undefined && !seen.has(one.fingerprint256)) {
    seen.add(one.fingerprint256);
    links.push({
      subject: text(one.subject.CN) ?? text(one.subject.O) ?? "?",
      issuer: text(one.issuer.CN) ?? text(one.issuer.O) ?? "?",
      issuerOrganisation: text(one.issuer.O),
      notAfter: new Date(one.valid_to),
    });
    one = one.issuerCertificate;
  }
  return links;
}

function text(value: unknown): string | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" ? first : undefined;
}
