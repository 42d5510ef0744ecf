import type { LookupFunction } from "node:net";
import type { SecureContext } from "node:tls";
import { defaultLimits, type Limits, resolveLimits } from "@apnskit/http2";
import type { Clock } from "./clock.ts";
import { guardClock } from "./clock-guard.ts";
import { connectFailed, proxyNote } from "./connect-failure.ts";
import { openSocket } from "./connector.ts";
import { ConnectFailed, InvalidOption } from "./errors.ts";
import { guardLogger, type Logger } from "./logger.ts";
import { duration, integer, rejectUnknown, requireObject, requireSignal, requireType } from "./options.ts";
import { orAborted } from "./or-aborted.ts";
import { type Origin, parseOrigin } from "./origin.ts";
import type { Connect } from "./raw-stream.ts";
import { ownTlsOptions, readCredentials, type TlsOptions } from "./tls-options.ts";
import type { Transport } from "./transport.ts";
import type { TransportSetup } from "./transport-setup.ts";

/** How to open, keep alive and bound connections. An invalid option throws {@link InvalidOption}. */
export interface ConnectionOptions {
  /** Credentials and trust. Default: no client certificate, Node's own list of authorities. */
  tls?: TlsOptions | undefined;
  /** Milliseconds within which the server's first SETTINGS frame must arrive. Default 10,000, from 1. */
  connectTimeout?: number | undefined;
  /** Milliseconds before the next address is tried in parallel (RFC 8305 §5). Default 250, from 10. */
  attemptTimeout?: number | undefined;
  /** Milliseconds of silence before a PING is sent. Default 60,000, from 10; `Infinity`: never. */
  pingInterval?: number | undefined;
  /** Milliseconds that the answer to a PING may take. Default 5,000, 10 … 86,400,000. */
  pingTimeout?: number | undefined;
  /** Requests in flight at most, if the server allows as many. Default 1,000, 1 … 2³¹ − 1. */
  maxConcurrentStreams?: number | undefined;
  /** Bounds on what a hostile server can make this end keep or do. */
  limits?: { [Name in keyof Omit<Limits, "maxConcurrentStreams">]?: number | undefined } | undefined;
  /** True: an idle connection does not keep the process alive. Default false. */
  unref?: boolean | undefined;
  /** Opens the raw connection, for proxies. Default: TCP to the origin, over all its addresses (RFC 8305). */
  connect?: Connect | undefined;
  /** Resolves host names, as `dns.lookup` does, which is the default. Called for every connection. */
  lookup?: LookupFunction | undefined;
  /** Gets the life cycle of connections at level `info`. Default: silent. */
  logger?: Logger | undefined;
  /** Default: the machine's clocks. */
  clock?: Clock | undefined;
}

const known = [
  "tls",
  "connectTimeout",
  "attemptTimeout",
  "pingInterval",
  "pingTimeout",
  "maxConcurrentStreams",
  "limits",
  "unref",
  "connect",
  "lookup",
  "logger",
  "clock",
] as const satisfies readonly (keyof ConnectionOptions)[];

/** The names of all {@link ConnectionOptions}. */
export const connectionOptionNames: readonly string[] = known;

/** A day. With an endless timeout no connection would ever be found dead. */
const LONGEST_PING_TIMEOUT = 86_400_000;

/** Opens any number of connections to one origin. Checks options and reads credentials once. */
export class Dialer {
  /** The origin of all its connections. */
  readonly origin: Origin;
  readonly #tls: TlsOptions;
  readonly #credentials: SecureContext;
  readonly #connectTimeout: number;
  readonly #attemptTimeout: number;
  readonly #connect: Connect | undefined;
  readonly #lookup: LookupFunction | undefined;
  readonly #setup: TransportSetup;

  /** @throws {@link InvalidOption} */
  constructor(origin: string | URL, options: ConnectionOptions = {}) {
    requireObject("options", options);
    rejectUnknown(options, known);
    this.origin = parseOrigin(origin);
    for (const name of ["connect", "lookup"] as const) requireType(name, options[name], "function");
    requireType("unref", options.unref, "boolean");
    this.#tls = ownTlsOptions(options.tls);
    this.#credentials = readCredentials(this.#tls);
    this.#connectTimeout = duration("connectTimeout", options.connectTimeout, 10_000, 1);
    this.#attemptTimeout = duration("attemptTimeout", options.attemptTimeout, 250, 10, 60_000);
    this.#connect = options.connect;
    this.#lookup = options.lookup;
    this.#setup = {
      origin: this.origin,
      clock: guardClock(options.clock),
      logger: guardLogger(options.logger),
      limits: limitsOf(options),
      pingInterval: duration("pingInterval", options.pingInterval, 60_000, 10),
      pingTimeout: duration("pingTimeout", options.pingTimeout, 5_000, 10, LONGEST_PING_TIMEOUT),
      unref: options.unref ?? false,
    };
  }

  /**
   * Opens a connection; resolves after the server's first SETTINGS frame.
   *
   * @param create makes the transport from a setup
   * @param signal cancels the attempt
   * @throws {@link ConnectFailed}
   */
  async dial(create: (setup: TransportSetup) => Transport, signal?: AbortSignal): Promise<Transport> {
    if (signal !== undefined) requireSignal(signal);
    const { clock } = this.#setup;
    const { authority } = this.origin;
    const transport = create(this.#setup);
    const giveUp = new AbortController();
    const timer = clock.setTimer(() => {
      giveUp.abort(
        new ConnectFailed(
          "timeout",
          `cannot connect to ${authority}: not open within ${this.#connectTimeout} ms${proxyNote("timeout")}`,
        ),
      );
    }, this.#connectTimeout);
    const onAbort = (): void => {
      giveUp.abort(
        new ConnectFailed("aborted", `connecting to ${authority} was aborted`, { cause: signal?.reason }),
      );
    };
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
    try {
      const socket = await openSocket(this.#route(), transport.receive, giveUp.signal);
      await orAborted(transport.start(socket), giveUp.signal);
      return transport;
    } catch (error) {
      const failed =
        error instanceof ConnectFailed ? error : connectFailed(authority, error, { failure: "tls" });
      transport.abandon(failed);
      throw failed;
    } finally {
      timer.cancel();
      signal?.removeEventListener("abort", onAbort);
    }
  }

  #route() {
    return {
      origin: this.origin,
      credentials: this.#credentials,
      tls: this.#tls,
      connect: this.#connect,
      lookup: this.#lookup,
      attemptTimeout: this.#attemptTimeout,
    };
  }
}

function limitsOf(options: ConnectionOptions): Limits {
  if (options.limits !== undefined) requireObject("limits", options.limits);
  const limits = { ...options.limits } as Partial<Limits>;
  const { maxConcurrentStreams: _, ...known } = defaultLimits;
  rejectUnknown(limits, Object.keys(known), "limit");
  const { maxConcurrentStreams } = defaultLimits;
  limits.maxConcurrentStreams = integer(
    "maxConcurrentStreams",
    options.maxConcurrentStreams,
    maxConcurrentStreams,
    1,
    0x7fff_ffff,
  );
  try {
    return resolveLimits(limits);
  } catch (error) {
    throw new InvalidOption("limits", (error as Error).message);
  }
}
