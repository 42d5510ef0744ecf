import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { shown } from "../printable.ts";

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/**
 * Keeps web pages away from the control endpoint. A page of any site can have its browser send requests to
 * this machine. `Sec-Fetch-Site` and `Origin` reveal such a page. After DNS rebinding only the name in `Host`
 * does.
 */
export class Gatekeeper {
  readonly #names: ReadonlySet<string>;

  /** @param names hosts by which clients may address the endpoint, besides the loopback ones */
  constructor(names: readonly string[]) {
    this.#names = new Set(names.map((name) => name.toLowerCase()));
  }

  /** @returns why the request is refused, or undefined */
  refusal(request: IncomingMessage): string | undefined {
    const { host, origin, "sec-fetch-site": site } = request.headers;
    const name = hostnameOf(host);
    if (name === undefined || !this.#isOwn(name, request.socket.localAddress)) {
      return `The host ${shown(host)} is not one of this endpoint; use a loopback address, or start it with that name`;
    }
    if (site !== undefined && site !== "same-origin" && site !== "none") {
      return "Requests of other web pages are refused";
    }
    if (origin !== undefined && origin !== `http://${host}`) {
      return `Requests of web pages at ${shown(origin)} are refused`;
    }
    return undefined;
  }

  #isOwn(name: string, localAddress: string | undefined): boolean {
    if (this.#names.has(name)) return true;
    const family = isIP(name);
    if (family === 0) return name === "localhost" || name.endsWith(".localhost");
    // An address cannot be rebound: a page served from it belongs to this machine.
    return LOOPBACK.check(name, family === 6 ? "ipv6" : "ipv4") || name === unmapped(localAddress);
  }
}

/** The name or address of a `Host` header, in lower case and without brackets. */
function hostnameOf(host: string | undefined): string | undefined {
  if (host === undefined || !URL.canParse(`http://${host}`)) return undefined;
  const url = new URL(`http://${host}`);
  const isPlain =
    url.pathname === "/" &&
    url.search === "" &&
    url.hash === "" &&
    url.username === "" &&
    url.password === "";
  return isPlain && !/[/?#@\\]/.test(host) ? url.hostname.replace(/^\[|\]$/g, "") : undefined;
}

/** An IPv4 address that came over an IPv6 socket. */
function unmapped(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:/i, "");
}
