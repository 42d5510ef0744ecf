import type { LookupAddress, LookupOptions } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { toError } from "@apnskit/connection/internal";

/**
 * Resolves the host afresh each time, as Apple asks ("Sending notification requests to APNs"). Each time it
 * begins with another address, so that the connections of a pool spread over the addresses. The order of
 * address families stays as the system returns it.
 */
export function spreadingLookup(lookup: LookupFunction = systemLookup()): LookupFunction {
  let turn = 0;
  return (hostname, options, callback) => {
    const found: typeof callback = (error, address, family) => {
      // A function that does not know `all` returns a single address.
      const list = typeof address === "string" ? [{ address, family: family ?? isIP(address) }] : address;
      const addresses = error ? [] : rotate(usable(list), turn++);
      const [first] = addresses;
      if (first === undefined) callback(error ?? noAddress(hostname), []);
      else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    };
    try {
      // The connection handles the promise of an async function, and its rejection.
      return lookup(hostname, { ...options, all: true } as LookupOptions, found);
    } catch (error) {
      callback(toError(error), []);
    }
  };
}

/** `node:dns` is loaded by the first pool: an `import` would load its promises and resolvers with the package. */
function systemLookup(): LookupFunction {
  return process.getBuiltinModule("node:dns").lookup as LookupFunction;
}

function noAddress(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} has no address`), { code: "ENOTFOUND" });
}

/** A caller's function may return anything; the connection checks the addresses themselves. */
function usable(list: unknown): LookupAddress[] {
  if (!Array.isArray(list)) return [];
  return list.filter((entry) => typeof entry === "object" && entry !== null);
}

/** Rotates the addresses of each family among the places of that family. */
export function rotate(addresses: readonly LookupAddress[], by: number): LookupAddress[] {
  const taken = new Map<number, number>();
  const families = new Map<number, LookupAddress[]>();
  for (const address of addresses) {
    const members = families.get(address.family);
    if (members === undefined) families.set(address.family, [address]);
    else members.push(address);
  }
  return addresses.map(({ family }) => {
    const members = families.get(family)!;
    const place = taken.get(family) ?? 0;
    taken.set(family, place + 1);
    return members[(place + by) % members.length]!;
  });
}
