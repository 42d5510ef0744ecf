import type { LookupAddress } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { InvalidOption } from "./errors.ts";
import { toError } from "./thrown.ts";

/** The most addresses of one answer to try; each may take `attemptTimeout`. */
const MOST_ADDRESSES = 100;

const RETURNS_ADDRESSES =
  "`lookup` must call its callback, as dns.lookup of node:dns does; received a promise of addresses";

/** The `lookup` option as Node may call it, and the error that it ended with. */
export interface GuardedLookup {
  readonly lookup: LookupFunction;
  /** The error of the last call, if it failed. */
  readonly error: Error | undefined;
}

/**
 * Whatever the given function does (throw, reject, return addresses in a promise, call back twice, with one address or with
 * none), Node is called back once, with addresses or an error.
 */
export function guardLookup(given: LookupFunction): GuardedLookup {
  let failure: Error | undefined;
  const lookup: LookupFunction = (hostname, options, callback) => {
    let done = false;
    const settle = (error: Error | null, addresses: readonly LookupAddress[]): void => {
      if (done) return;
      done = true;
      const [first] = addresses;
      failure = error ?? (first === undefined ? noAddress(hostname) : undefined);
      if (failure !== undefined) callback(failure, []);
      else if (options.all) callback(null, [...addresses]);
      else callback(null, first!.address, first!.family);
    };
    const fail = (error: unknown): void => settle(toError(error), []);
    try {
      const returned: unknown = given(hostname, options, (error, address, family) => {
        if (error) fail(error);
        else settle(null, usable(address, family));
      });
      // An async function may still call back. If it returns addresses instead, it never will.
      if (returned instanceof Promise) {
        returned.then((value) => {
          if (value !== undefined) fail(new InvalidOption("lookup", RETURNS_ADDRESSES));
        }, fail);
      }
    } catch (error) {
      fail(error);
    }
  };
  return {
    lookup,
    get error() {
      return failure;
    },
  };
}

function usable(address: unknown, family: unknown): LookupAddress[] {
  const list: unknown[] = Array.isArray(address) ? address : [{ address, family }];
  return list.slice(0, MOST_ADDRESSES).flatMap((entry) => {
    const text = (entry as Partial<LookupAddress> | null)?.address;
    const version = typeof text === "string" ? isIP(text) : 0;
    return version === 0 ? [] : [{ address: text as string, family: version }];
  });
}

function noAddress(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`lookup found no address of ${hostname}`), { code: "ENOTFOUND" });
}
