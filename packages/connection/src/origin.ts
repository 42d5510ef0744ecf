import { isIP } from "node:net";
import { InvalidOption } from "./errors.ts";
import { printable } from "./printable.ts";

/** Where to connect to. */
export interface Origin {
  /** As it was given, normalised: `https://host` or `https://host:port`. */
  readonly href: string;
  /** The host name or address, IPv6 without brackets. */
  readonly host: string;
  /** 443 if the origin names no port. */
  readonly port: number;
  /** The `:authority` of requests: the port is left out when it is 443 (RFC 9113 §8.3.1). */
  readonly authority: string;
  /** The name for SNI; absent for an address (RFC 6066 §3). */
  readonly servername: string | undefined;
}

/**
 * Reads an origin: `https`, a host, optionally a port, nothing else.
 *
 * @throws {@link InvalidOption}
 */
export function parseOrigin(text: string | URL): Origin {
  const given = typeof text === "string" || text instanceof URL ? String(text) : "";
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || url.protocol !== "https:" || url.hostname === "") {
    throw new InvalidOption(
      "origin",
      `origin must be https://host or https://host:port; received ${JSON.stringify(printable(withoutUser(given), 100))}`,
    );
  }
  if (
    url.pathname !== "/" ||
    url.search !== "" ||
    url.hash !== "" ||
    url.username !== "" ||
    url.password !== ""
  ) {
    // The text is not repeated: it may hold a password.
    throw new InvalidOption(
      "origin",
      "origin must be scheme, host and port only: no path, query, fragment or user",
    );
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return {
    href: url.origin,
    host,
    port: url.port === "" ? 443 : Number(url.port),
    authority: url.host,
    servername: isIP(host) === 0 ? host : undefined,
  };
}

/** Removes a user name and password, or text that looks like them, for error messages. */
function withoutUser(text: string): string {
  return text.replace(/^([^/]*\/\/)?.*@/s, "$1…@");
}
