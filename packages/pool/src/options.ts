import { type ConnectionOptions, InvalidOption } from "@apnskit/connection";
import {
  connectionOptionNames,
  duration,
  integer,
  received,
  rejectUnknown,
} from "@apnskit/connection/internal";
import type { BackoffOptions } from "./backoff.ts";
import type { Lifetime } from "./member.ts";

/** Number of connections, limit of the queue and delays; and the options of each connection. */
export interface PoolOptions extends ConnectionOptions {
  /** Connections to hold. Default 1, 1 … 1,000. */
  size?: number | undefined;
  /** Requests that may wait; beyond it `post` throws {@link Blocked}. Default `Infinity`, from 0. */
  maxQueue?: number | undefined;
  /**
   * Milliseconds between attempts of one request. Default `{ minDelay: 250, maxDelay: 30_000, factor: 2 }`.
   * Apple advises waiting 15 minutes after a 5xx ("Handling notification responses from APNs"): to follow
   * that, set `minDelay: 900_000` and a longer `timeout`. A fresh connection often helps much sooner.
   */
  retry?: Partial<BackoffOptions> | undefined;
  /** Milliseconds between attempts to connect. Default `{ minDelay: 250, maxDelay: 30_000, factor: 2 }`. */
  reconnect?: Partial<BackoffOptions> | undefined;
  /** Milliseconds after which a connection is replaced, less up to 20 % at random. Default `Infinity`, from 1,000. */
  maxAge?: number | undefined;
  /** Requests after which a connection is replaced, less up to 20 % at random. Default `Infinity`, from 1. */
  maxRequests?: number | undefined;
  /** Answers with status 500 in a row after which a connection is replaced. Default 3, from 1; `Infinity`: never. */
  maxInternalServerErrors?: number | undefined;
  /** Source of jitter: a function that returns a number from 0 up to 1. Default `Math.random`. */
  random?: (() => number) | undefined;
}

export interface PoolSettings {
  readonly size: number;
  readonly maxQueue: number;
  readonly retry: BackoffOptions;
  readonly reconnect: BackoffOptions;
  readonly lifetime: Lifetime;
  readonly maxInternalServerErrors: number;
  readonly random: () => number;
}

const own = [
  "size",
  "maxQueue",
  "retry",
  "reconnect",
  "maxAge",
  "maxRequests",
  "maxInternalServerErrors",
  "random",
] as const satisfies readonly Exclude<keyof PoolOptions, keyof ConnectionOptions>[];

const MOST_CONNECTIONS = 1_000;

/** The pool's own options, with defaults; and those of its connections. @throws {@link InvalidOption} */
export function readOptions(options: PoolOptions): {
  settings: PoolSettings;
  forConnections: ConnectionOptions;
} {
  rejectUnknown(options, [...own, ...connectionOptionNames]);
  const {
    size,
    maxQueue,
    retry,
    reconnect,
    maxAge,
    maxRequests,
    maxInternalServerErrors,
    random,
    ...forConnections
  } = options;
  const unlimited = Number.POSITIVE_INFINITY;
  return {
    settings: {
      size: size === undefined ? 1 : readSize(size),
      maxQueue: integer("maxQueue", maxQueue, unlimited, 0, unlimited),
      retry: readBackoff("retry", retry),
      reconnect: readBackoff("reconnect", reconnect),
      lifetime: {
        maxAge: duration("maxAge", maxAge, unlimited, 1_000),
        maxRequests: integer("maxRequests", maxRequests, unlimited, 1, unlimited),
      },
      maxInternalServerErrors: integer("maxInternalServerErrors", maxInternalServerErrors, 3, 1, unlimited),
      random: readRandom(random),
    },
    forConnections,
  };
}

/** @throws {@link InvalidOption} */
export function readSize(size: unknown): number {
  return integer("size", size ?? null, 1, 1, MOST_CONNECTIONS);
}

/** The `random` option, guarded. @throws {@link InvalidOption} */
export function readRandom(random: unknown): () => number {
  if (random === undefined) return Math.random;
  if (typeof random === "function") return guarded(random as () => number);
  throw new InvalidOption("random", `random must be a function${received(random)}`);
}

/** A `random` that throws, or returns no number from 0 up to 1, only costs the jitter. */
function guarded(random: () => number): () => number {
  return () => {
    try {
      const value = random();
      return value >= 0 && value <= 1 ? value : 0.5;
    } catch {
      return 0.5;
    }
  };
}

function readBackoff(name: string, given: Partial<BackoffOptions> = {}): BackoffOptions {
  if (typeof given !== "object" || given === null) {
    throw new InvalidOption(name, `${name} must be an object${received(given)}`);
  }
  rejectUnknown(given, ["minDelay", "maxDelay", "factor"], `${name} option`);
  const minDelay = duration(`${name}.minDelay`, given.minDelay, 250, 1);
  const maxDelay = duration(`${name}.maxDelay`, given.maxDelay, Math.max(30_000, minDelay), minDelay);
  const factor = given.factor ?? 2;
  if (!(factor >= 1 && factor <= 100)) {
    throw new InvalidOption(`${name}.factor`, `${name}.factor must be from 1 to 100${received(factor)}`);
  }
  return { minDelay, maxDelay, factor };
}
