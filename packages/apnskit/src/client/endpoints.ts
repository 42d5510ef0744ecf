import { InvalidOption } from "@apnskit/pool";
import type { Environment } from "../credentials/apns-extensions.ts";

/** An environment as callers may name it; `development` is Apple's older name for the sandbox. */
export type EnvironmentName = Environment | "development";

/** The hosts of APNs. Default: Apple's own. */
export interface EndpointOptions {
  /** Port of Apple's hosts for device pushes: 443 by default; 2197 for firewalls that block other HTTPS. */
  readonly port?: 443 | 2197 | undefined;
  /** Replaces the host for device pushes, and for broadcasts too: `https://host` or `https://host:port`. */
  readonly origin?: string | URL | undefined;
  /** Replaces the host for broadcasts; Apple's pages also name `https://api-broadcast.push.apple.com`. */
  readonly broadcastOrigin?: string | URL | undefined;
  /** Replaces the host for channel management. */
  readonly managementOrigin?: string | URL | undefined;
}

/** The origins of APNs's three services. */
export interface Endpoints {
  readonly push: string | URL;
  readonly broadcast: string | URL;
  /** Absent if only `origin` was replaced: a client of a stand-in must not manage real channels. */
  readonly management: string | URL | undefined;
}

/** Apple: "Sending notification requests to APNs", "Sending channel management requests to APNs". */
const HOSTS: Readonly<Record<Environment, { push: string; management: string }>> = {
  production: {
    push: "https://api.push.apple.com",
    management: "https://api-manage-broadcast.push.apple.com:2196",
  },
  sandbox: {
    push: "https://api.sandbox.push.apple.com",
    management: "https://api-manage-broadcast.sandbox.push.apple.com:2195",
  },
};

/**
 * @param origin replaces Apple's host, if given
 * @throws InvalidOption
 */
export function readEnvironment(name: unknown, origin: unknown): Environment {
  if (name === "production" || name === "sandbox") return name;
  if (name === "development" || (name === undefined && origin !== undefined)) return "sandbox";
  // A key in place of the name is not repeated.
  const short = typeof name === "string" && /^[\w-]{1,20}$/.test(name);
  const got = name === undefined ? "nothing" : short ? JSON.stringify(name) : `a ${typeof name}`;
  throw new InvalidOption("environment", `environment must be "production" or "sandbox"; received ${got}`);
}

/** @throws InvalidOption */
export function endpointsOf(environment: Environment, options: EndpointOptions): Endpoints {
  const { port = 443, origin, broadcastOrigin, managementOrigin } = options;
  if (port !== 443 && port !== 2197) {
    throw new InvalidOption(
      "port",
      `port must be 443 or 2197; received ${typeof port === "number" ? port : typeof port}; for another, set origin`,
    );
  }
  if (options.port !== undefined && origin !== undefined) {
    throw new InvalidOption("port", "port is for Apple's hosts; with origin, put it there");
  }
  const { push, management } = HOSTS[environment];
  return {
    push: origin ?? (port === 443 ? push : `${push}:${port}`),
    broadcast: broadcastOrigin ?? origin ?? push,
    management: managementOrigin ?? (origin === undefined ? management : undefined),
  };
}
