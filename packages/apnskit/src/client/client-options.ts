import { received, requireObject } from "@apnskit/connection/internal";
import { InvalidOption, type PoolOptions, type TlsOptions } from "@apnskit/pool";
import type { Environment } from "../credentials/apns-extensions.ts";
import { type Auth, requireAuth } from "../credentials/auth.ts";
import { Certificate } from "../credentials/certificate.ts";
import { checkWarnBefore } from "../credentials/expiry-watch.ts";
import { InvalidCredentials } from "../errors.ts";
import { httpProxy } from "../network/http-proxy.ts";
import type { HttpProxyOptions } from "../network/proxy-options.ts";
import { checkTopic } from "../notifications/topic.ts";
import {
  type EndpointOptions,
  type Endpoints,
  type EnvironmentName,
  endpointsOf,
  readEnvironment,
} from "./endpoints.ts";

/**
 * How to reach APNs: all options except credentials. Includes all options of `Pool`, with the same defaults.
 */
export interface NetworkOptions extends Omit<PoolOptions, "tls">, EndpointOptions {
  /** Trust and TLS versions, such as `{ ca }`. Client certificates belong into `auth`. */
  readonly tls?: Omit<TlsOptions, "cert" | "key" | "pfx" | "passphrase"> | undefined;
  /** An HTTP proxy: its URL, or {@link HttpProxyOptions}. Instead of `connect`. */
  readonly proxy?: string | URL | HttpProxyOptions | undefined;
  /**
   * Milliseconds from the call until a notification times out, queueing and retries included. Default 10,000,
   * from 0; `Infinity` for no limit. Each call may set its own.
   */
  readonly timeout?: number | undefined;
  /** How long before a certificate's expiry to warn, in milliseconds. Default 30 days. */
  readonly warnBefore?: number | undefined;
}

/** The app that sends notifications. */
export interface AppOptions {
  /** From `providerToken()` or `certificate()`. */
  readonly auth: Auth;
  /** The app's bundle identifier; push types that need a suffix get it. Default: the certificate's own. */
  readonly topic?: string | undefined;
}

/** The environment of the app's device tokens. Only a stand-in (`origin`) does not need it. */
export type EnvironmentOptions =
  | {
      /** `production` or `sandbox`; `development` means `sandbox`. */
      readonly environment: EnvironmentName;
    }
  | {
      /** The environment that the stand-in plays; `sandbox` by default. */
      readonly environment?: EnvironmentName | undefined;
      /**
       * The stand-in: `https://host` or `https://host:port`. `broadcastOrigin` may replace it for broadcasts.
       */
      readonly origin: string | URL;
    };

/**
 * Options of `ApnsClient.open`: the app and its credentials, the environment, and how to reach APNs.
 *
 * @interface
 */
export type ApnsClientOptions = NetworkOptions & AppOptions & EnvironmentOptions;

/** Checked options of an app. */
export interface App {
  readonly environment: Environment;
  readonly auth: Auth;
  readonly topic: string | undefined;
}

/** Checked options of the network. */
export interface Network {
  readonly endpoints: Endpoints;
  readonly pool: PoolOptions;
  readonly timeout: number | undefined;
  readonly warnBefore: number | undefined;
}

/**
 * @throws InvalidOption for an unknown environment
 * @throws InvalidCredentials for missing, ambiguous or unfit credentials
 * @throws InvalidNotification for a topic that no header can carry
 */
export function readApp(options: Partial<AppOptions> & { environment?: unknown; origin?: unknown }): App {
  const environment = readEnvironment(options.environment, options.origin);
  const auth = requireAuth(options.auth, environment);
  const topic = options.topic ?? (auth instanceof Certificate ? auth.defaultTopic : undefined);
  return { environment, auth, topic: topic === undefined ? undefined : checkTopic(topic) };
}

/**
 * Sorts a client's options. Unknown options stay among the pool's, and the pool refuses them.
 *
 * @throws InvalidOption, InvalidCredentials
 */
export function readNetwork(options: NetworkOptions, { environment, auth }: App): Network {
  const { port, origin, broadcastOrigin, managementOrigin, proxy, timeout, warnBefore, ...rest } = options;
  if (timeout !== undefined && !(typeof timeout === "number" && timeout >= 0)) {
    const rule = "timeout must be milliseconds from 0, or Infinity";
    throw new InvalidOption("timeout", `${rule}${received(timeout)}`);
  }
  if (warnBefore !== undefined) checkWarnBefore(warnBefore);
  const pool: PoolOptions = { ...rest, tls: tlsOf(rest.tls, auth) };
  if (proxy !== undefined) {
    if (rest.connect !== undefined) {
      throw new InvalidOption(
        "proxy",
        "proxy and connect are two ways to open a connection: give one of them",
      );
    }
    pool.connect = httpProxy(proxy);
  }
  const endpoints = endpointsOf(environment, { port, origin, broadcastOrigin, managementOrigin });
  return { endpoints, pool, timeout, warnBefore };
}

function tlsOf(given: TlsOptions = {}, auth: Auth): TlsOptions {
  requireObject("tls", given);
  for (const name of ["cert", "key", "pfx", "passphrase"] as const) {
    // The same certificate twice is no contradiction: the options of a stand-in may hold it as well.
    if (given[name] === undefined || isOf(auth, name, given[name])) continue;
    throw new InvalidCredentials(
      "ERR_APNS_CREDENTIALS_AMBIGUOUS",
      `tls.${name}: client certificates are given as auth: certificate({ cert, key }), not in tls`,
    );
  }
  return auth instanceof Certificate ? { ...given, ...auth.tls } : given;
}

/** Whether the certificate in `auth` has the same value. */
function isOf(auth: Auth, name: string, value: unknown): boolean {
  if (!(auth instanceof Certificate) || (name !== "cert" && name !== "key")) return false;
  return typeof value === "string" && value.trim() === auth.tls[name].trim();
}

/** Only the options of the network. */
export function withoutApp<Options extends object>(
  options: Options,
): Omit<Options, "environment" | "auth" | "topic"> {
  const { environment: _, auth: __, topic: ___, ...rest } = options as Options & Record<string, unknown>;
  return rest as Omit<Options, "environment" | "auth" | "topic">;
}
