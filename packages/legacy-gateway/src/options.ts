import {
  duration,
  integer,
  received,
  rejectUnknown,
  requireObject,
  requireType,
} from "@apnskit/connection/internal";
import { readPoolOptions } from "@apnskit/pool/internal";
import { type Clock, type Environment, InvalidOption, type Logger, type NetworkOptions } from "apnskit";
import { readNetwork } from "apnskit/internal";
import { type App, type GatewayApp, readApps } from "./apps/app.ts";
import { LARGEST_PAYLOAD_LIMIT } from "./codec/limits.ts";
import type { LegacyService, ListenerSetup } from "./listeners/listener.ts";
import { type GatewayTlsOptions, readTls } from "./listeners/tls-options.ts";
import { dataNames, type OptionForms } from "./option-forms.ts";
import type { ConnectionLimits } from "./push/push-service.ts";

/** A port that legacy clients connect to. */
export interface ListenerOptions {
  /** Pushes, or the feedback list. */
  readonly service: LegacyService;
  /** Address to listen on. Default: all of the machine. */
  readonly host?: string | undefined;
  /** Default 2195 for pushes, 2196 for feedback, as Apple had. 0 … 65,535; 0 takes any free port. */
  readonly port?: number | undefined;
  /** Name of the only app behind this port. */
  readonly app?: string | undefined;
  /** The only environment behind this port: for two apps with the same topic. */
  readonly environment?: Environment | undefined;
  /**
   * Which clients are admitted. `certificate`, the default: clients with a certificate that an app pins or
   * that one of `authorities` issued. `anyone`: every client that reaches the port, without a certificate;
   * needs `app`.
   */
  readonly clients?: "certificate" | "anyone" | undefined;
}

/** Options of `LegacyGateway.open`. */
export interface LegacyGatewayOptions {
  /** The apps whose clients are served; at least one. */
  readonly apps: readonly GatewayApp[];
  /** The gateway's own certificate, and versions of TLS. */
  readonly tls: GatewayTlsOptions;
  /**
   * Authorities that issue client certificates, PEM. Default: none, so only pinned certificates are admitted.
   */
  readonly authorities?: string | Buffer | readonly (string | Buffer)[] | undefined;
  /** Default: push and feedback on Apple's ports, on all addresses. */
  readonly listeners?: readonly ListenerOptions[] | undefined;
  /**
   * The way to APNs; see `ApnsClients` of `apnskit`. Its `timeout` is 30,000 by default: a notification
   * without an answer by then ends as a processing error.
   */
  readonly upstream?: NetworkOptions | undefined;
  /** Folder for state that survives a restart. Without it, feedback and memories end with the process. */
  readonly stateFolder?: string | undefined;
  /**
   * Notifications of one connection that may be behind the first one without an answer. Default 500, 1 …
   * 100,000. With 1, each notification waits for the answer to the last one, and there is nothing to absorb.
   */
  readonly window?: number | undefined;
  /**
   * Bytes that the gateway reads of each connection ahead of `window`, so that it notices an end. Default
   * 65,536, 0 … 16,777,216. The last read may exceed this.
   */
  readonly readAhead?: number | undefined;
  /**
   * Notifications of one app that may be in flight, over all its connections. Default 20,000, 1 … 1,000,000.
   */
  readonly maxUnderWay?: number | undefined;
  /** Milliseconds for which the gateway absorbs repetitions. Default 60,000, from 0. */
  readonly absorbFor?: number | undefined;
  /**
   * Notifications of one app whose repetition would be absorbed. Default 100,000, 1 … 10,000,000; the oldest
   * go first.
   */
  readonly maxAbsorbable?: number | undefined;
  /**
   * Whether the gateway absorbs the last notifications of a connection that was reset, or ended in the
   * middle of a frame, if they come again. Default true.
   */
  readonly absorbAfterReset?: boolean | undefined;
  /** Bytes of the longest payload, 1 … 5,120. Default as in Apple's service: 2,048, and 4,096 for VoIP. */
  readonly payloadLimit?: number | undefined;
  /** Dead tokens that each app's feedback list holds. Default 1,000,000, from 1; the oldest go first. */
  readonly maxFeedback?: number | undefined;
  /** Connections at a time of each listener. Default 10,000, from 1. */
  readonly maxConnections?: number | undefined;
  /** Milliseconds for the TLS handshake. Default 10,000, 1 … 600,000. */
  readonly handshakeTimeout?: number | undefined;
  /** Milliseconds from the first byte of a frame to its last. Default 30,000, from 1. */
  readonly frameTimeout?: number | undefined;
  /** Milliseconds that a client has to read the error packet and close, or to read the feedback list. Default 30,000, from 1. */
  readonly lingerTimeout?: number | undefined;
  /** Where log lines go. Default: nowhere. */
  readonly logger?: Logger | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock | undefined;
}

/** Options that were checked. */
export interface GatewaySettings {
  readonly apps: readonly App[];
  readonly listeners: readonly ListenerSetup[];
  readonly upstream: NetworkOptions;
  readonly upstreamTimeout: number;
  readonly stateFolder: string | undefined;
  readonly limits: Omit<ConnectionLimits, "payloadLimit">;
  /** From the options; `undefined` if the app decides. */
  readonly payloadLimit: number | undefined;
  readonly maxUnderWay: number;
  readonly absorbFor: number;
  readonly maxAbsorbable: number;
  readonly maxFeedback: number;
}

const FORMS: OptionForms<LegacyGatewayOptions> = {
  apps: "object",
  tls: "object",
  authorities: "object",
  listeners: "data",
  upstream: "object",
  stateFolder: "object",
  window: "data",
  readAhead: "data",
  maxUnderWay: "data",
  absorbFor: "data",
  maxAbsorbable: "data",
  absorbAfterReset: "data",
  payloadLimit: "data",
  maxFeedback: "data",
  maxConnections: "data",
  handshakeTimeout: "data",
  frameTimeout: "data",
  lingerTimeout: "data",
  logger: "object",
  clock: "object",
};
const KNOWN = Object.keys(FORMS);
/** Options that a configuration file holds as they are. `stateFolder` is a path, relative to the file there. */
export const DATA_OPTIONS = dataNames(FORMS);
const OF_A_LISTENER = ["service", "host", "port", "app", "environment", "clients"];
const PORTS: Readonly<Record<LegacyService, number>> = { push: 2195, feedback: 2196 };
const UPSTREAM_TIMEOUT = 30_000;
/** A longer timer would fire at once. */
const LONGEST = 0x7fff_ffff;
const BOTH: readonly ListenerOptions[] = [{ service: "push" }, { service: "feedback" }];

/** @throws InvalidOption for options that cannot be, InvalidCredentials for credentials that are missing or unfit */
export function readOptions(options: LegacyGatewayOptions): GatewaySettings {
  requireObject("options", options);
  rejectUnknown(options, KNOWN);
  requireType("stateFolder", options.stateFolder, "string");
  requireType("absorbAfterReset", options.absorbAfterReset, "boolean");
  const { upstream = {} } = options;
  requireObject("upstream", upstream);
  const lingerTimeout = duration("lingerTimeout", options.lingerTimeout, 30_000, 1, LONGEST);
  const apps = readApps(options.apps);
  for (const app of apps) checkUpstream(upstream, app);
  return {
    apps,
    listeners: readListeners(options, apps),
    upstream,
    upstreamTimeout: duration("upstream.timeout", upstream.timeout, UPSTREAM_TIMEOUT),
    stateFolder: options.stateFolder,
    payloadLimit: readPayloadLimit(options.payloadLimit),
    maxUnderWay: integer("maxUnderWay", options.maxUnderWay, 20_000, 1, 1_000_000),
    absorbFor: duration("absorbFor", options.absorbFor, 60_000, 0, LONGEST),
    maxAbsorbable: integer("maxAbsorbable", options.maxAbsorbable, 100_000, 1, 10_000_000),
    maxFeedback: integer("maxFeedback", options.maxFeedback, 1_000_000, 1, 100_000_000),
    limits: {
      window: integer("window", options.window, 500, 1, 100_000),
      readAhead: integer("readAhead", options.readAhead, 65_536, 0, 16_777_216),
      frameTimeout: duration("frameTimeout", options.frameTimeout, 30_000, 1, LONGEST),
      lingerTimeout,
      absorbAfterReset: options.absorbAfterReset ?? true,
    },
  };
}

/**
 * Checked here, since `ApnsClients` would find a mistake only with the first client. @throws InvalidOption,
 * InvalidCredentials
 */
function checkUpstream(upstream: NetworkOptions, app: App): void {
  readPoolOptions(readNetwork(upstream, app).pool);
}

function readPayloadLimit(limit: unknown): number | undefined {
  return limit === undefined ? undefined : integer("payloadLimit", limit, 0, 1, LARGEST_PAYLOAD_LIMIT);
}

function readListeners(options: LegacyGatewayOptions, apps: readonly App[]): ListenerSetup[] {
  const { listeners = BOTH } = options;
  if (!Array.isArray(listeners) || listeners.length === 0) {
    throw new InvalidOption("listeners", `listeners must be an array of at least one${received(listeners)}`);
  }
  const tls = { ...readTls(options.tls), ...authoritiesOf(options.authorities) };
  const handshakeTimeout = duration("handshakeTimeout", options.handshakeTimeout, 10_000, 1, 600_000);
  const maxConnections = integer("maxConnections", options.maxConnections, 10_000, 1, LONGEST);
  return listeners.map((one: ListenerOptions) => {
    requireObject("listeners", one);
    rejectUnknown(one, OF_A_LISTENER, "key of a listener");
    const { service, host, port } = one;
    if (service !== "push" && service !== "feedback") {
      throw new InvalidOption("service", `service must be "push" or "feedback"${received(service)}`);
    }
    requireType("host", host, "string");
    const number = integer("port", port, PORTS[service], 0, 65_535);
    const scope = scopeOf(one, apps);
    return { service, host, port: number, scope, tls, handshakeTimeout, maxConnections };
  });
}

function scopeOf(
  { app: name, environment, clients }: ListenerOptions,
  apps: readonly App[],
): ListenerSetup["scope"] {
  const app = apps.find((one) => one.name === name);
  if (name !== undefined && app === undefined) {
    throw new InvalidOption("app", `app of a listener must be the name of an app${received(name)}`);
  }
  if (environment !== undefined && environment !== "production" && environment !== "sandbox") {
    throw new InvalidOption(
      "environment",
      `environment must be "production" or "sandbox"${received(environment)}`,
    );
  }
  if (clients !== undefined && clients !== "certificate" && clients !== "anyone") {
    throw new InvalidOption("clients", `clients must be "certificate" or "anyone"${received(clients)}`);
  }
  const admitsAnyone = clients === "anyone";
  if (admitsAnyone && app === undefined) {
    throw new InvalidOption("clients", 'clients "anyone" needs the listener to have an app');
  }
  return { app, environment, admitsAnyone };
}

/** Without this, Node.js would trust the authorities of the web. */
function authoritiesOf(given: LegacyGatewayOptions["authorities"]): { ca: (string | Buffer)[] } {
  const all: unknown[] = given === undefined ? [] : Array.isArray(given) ? [...given] : [given];
  const stranger = all.find((one) => typeof one !== "string" && !Buffer.isBuffer(one));
  if (stranger === undefined) return { ca: all as (string | Buffer)[] };
  throw new InvalidOption("authorities", `authorities must be PEM text or Buffers${received(stranger)}`);
}
