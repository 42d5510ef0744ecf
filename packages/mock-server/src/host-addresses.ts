import { hostname, networkInterfaces } from "node:os";

const ANY: readonly string[] = ["0.0.0.0", "::", "[::]"];
const LOOPBACK = ["localhost", "127.0.0.1", "::1"];

/** Whether a server that listens on this host is reachable at every address of the machine. */
export function isAnyAddress(host: string): boolean {
  return ANY.includes(host);
}

/** A host that clients on this machine can connect to; for "any address", the loopback address. */
export function reachableHost(host: string): string {
  if (!isAnyAddress(host)) return host;
  return host === "0.0.0.0" ? "127.0.0.1" : "::1";
}

/** `https://…` with a host that clients can connect to. */
export function originOf(scheme: "http" | "https", host: string, port: number): string {
  const reachable = reachableHost(host);
  return `${scheme}://${reachable.includes(":") && !reachable.startsWith("[") ? `[${reachable}]` : reachable}:${port}`;
}

/** Names and addresses that clients use for a server on this host; for its certificate. */
export function namesOf(host: string): string[] {
  const names = new Set(LOOPBACK);
  if (!isAnyAddress(host)) names.add(host);
  else for (const name of [hostname(), ...externalAddresses(host)]) names.add(name);
  return [...names].filter((name) => name !== "");
}

/** The machine's addresses, except loopback, at which a server on this host answers. */
export function externalAddresses(host: string): string[] {
  if (!isAnyAddress(host)) return [];
  const found = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return found
    .filter(({ internal, family }) => !internal && (family === "IPv4" || host !== "0.0.0.0"))
    .map(({ address }) => address)
    .filter((address) => !address.startsWith("fe80:"));
}
