import {
  type GuardedLogger,
  guardLogger,
  rejectUnknown,
  requireObject,
  requireType,
  wordsOf,
} from "@apnskit/connection/internal";
import { type Clock, deviceToken, InvalidDeviceToken, InvalidOption, type Logger } from "apnskit";
import { readClock } from "apnskit/internal";
import type { Awaitable, ItemKey, Registrations } from "../registrations/registrations.ts";
import type { SignedPackage } from "../signing/signed-package.ts";
import { sameSecret, tokenOf } from "./authorization.ts";
import { takeDeviceLog } from "./device-log.ts";
import { httpDate, isUnchanged } from "./http-date.ts";
import { normalBase, partsOf } from "./path.ts";
import { empty, refusal, unauthorized } from "./reply.ts";
import { readJson } from "./request-body.ts";

/** Answers a request of a device. It never rejects: internal errors are logged and answered with 500. */
export type Handler = (request: Request) => Promise<Response>;

/** The application's data about a pass or an order. */
export interface ItemRecord {
  /** As in `pass.json` or `order.json`: 16 characters or more. */
  readonly authenticationToken: string;
  /**
   * The last change of its content, in addition to the changes that `updatePasses` marks. Needed only if
   * content changes without a call of `updatePasses`.
   */
  readonly lastModified?: Date | undefined;
  /** Makes the current version. Called only when the device does not have it yet. */
  readonly package: () => Awaitable<SignedPackage>;
}

/** Options that the services of passes and orders share. */
export interface UpdateServiceOptions {
  /** The store of registrations. */
  readonly registrations: Registrations;
  /** The path in `webServiceURL`, such as `/wallet`; none by default. */
  readonly basePath?: string | undefined;
  /** Gets devices' reports and failures; none by default. */
  readonly logger?: Logger | undefined;
  /** Wall clock; the machine's by default. */
  readonly clock?: Clock | undefined;
}

/** The differences between the services of passes and orders. */
export interface UpdateProtocol {
  /** The function that makes the service, for the errors. */
  readonly maker: string;
  /** Of the `Authorization` header. */
  readonly scheme: string;
  /** In the path of an item: `passes`. */
  readonly collection: string;
  /** The query parameter with the tag. */
  readonly since: string;
  /** Names in the answer to the list of changes. */
  readonly idsKey: string;
  readonly tagKey: string;
  /** For the log. */
  readonly what: string;
}

/** Finds an item. */
export type Find = (id: string, type: string) => Awaitable<ItemRecord | undefined>;

const REGISTRATION_BODY_LIMIT = 4_096;
const OPTIONS = ["registrations", "find", "basePath", "logger", "clock"];

/**
 * The web service of passes or orders.
 *
 * @throws InvalidOption
 */
export function updateService(
  protocol: UpdateProtocol,
  options: UpdateServiceOptions & { readonly find: Find },
): Handler {
  const service = new UpdateService(protocol, options);
  return (request) => service.handle(request);
}

class UpdateService {
  readonly #protocol: UpdateProtocol;
  readonly #registrations: Registrations;
  readonly #find: Find;
  readonly #base: string;
  readonly #logger: GuardedLogger;
  readonly #clock: Clock;

  constructor(protocol: UpdateProtocol, options: UpdateServiceOptions & { readonly find: Find }) {
    requireObject("options", options);
    rejectUnknown(options, OPTIONS, `option of ${protocol.maker}`);
    if (typeof options.find !== "function") {
      throw new InvalidOption(
        "find",
        `${protocol.maker} needs find, the function that finds the items that devices ask for`,
      );
    }
    requireType("basePath", options.basePath, "string");
    this.#protocol = protocol;
    this.#registrations = requireRegistrations(options.registrations);
    this.#find = options.find;
    this.#base = normalBase(options.basePath ?? "");
    this.#logger = guardLogger(options.logger);
    this.#clock = readClock(options.clock);
  }

  async handle(request: Request): Promise<Response> {
    try {
      return await this.#route(request);
    } catch (error) {
      const { method } = request;
      this.#logger.error({ method, error: wordsOf(error) }, `${this.#protocol.what}: a request failed`);
      return refusal(500, "the service failed");
    }
  }

  #route(request: Request): Awaitable<Response> {
    const url = new URL(request.url);
    const [version, first, ...rest] = partsOf(url, this.#base) ?? [];
    if (version !== "v1") return notFound();
    if (first === "log" && rest.length === 0) {
      const log = () => takeDeviceLog(request, this.#logger, this.#protocol.what);
      return byMethod(request, { POST: log });
    }
    if (first === this.#protocol.collection && rest.length === 2) {
      const item = { type: rest[0]!, id: rest[1]! };
      return byMethod(request, { GET: () => this.#give(request, item) });
    }
    const [device, word, type, id, ...more] = rest;
    if (first !== "devices" || word !== "registrations" || type === undefined || more.length > 0) {
      return notFound();
    }
    if (id === undefined) {
      const since = url.searchParams.get(this.#protocol.since) ?? undefined;
      return byMethod(request, { GET: () => this.#list(device!, type, since) });
    }
    return byMethod(request, {
      POST: () => this.#register(request, device!, { type, id }),
      DELETE: () => this.#unregister(request, device!, { type, id }),
    });
  }

  async #register(request: Request, device: string, item: ItemKey): Promise<Response> {
    if ((await this.#authorized(request, item)) === undefined) return unauthorized(this.#protocol.scheme);
    const body = await readJson(request, REGISTRATION_BODY_LIMIT);
    if ("problem" in body) {
      const tooLarge = body.problem === "too-large";
      return refusal(tooLarge ? 413 : 400, tooLarge ? "the body is too large" : "the body is not JSON");
    }
    const pushToken = pushTokenOf(body.json);
    if (pushToken === undefined) return refusal(400, 'the body must be {"pushToken": "hexadecimal digits"}');
    const registeredAt = this.#clock.epoch();
    const isNew = await this.#registrations.register({ device, ...item, pushToken, registeredAt });
    return empty(isNew ? 201 : 200);
  }

  async #unregister(request: Request, device: string, item: ItemKey): Promise<Response> {
    if ((await this.#authorized(request, item)) === undefined) return unauthorized(this.#protocol.scheme);
    await this.#registrations.unregister(device, item);
    return empty(200);
  }

  async #list(device: string, type: string, since: string | undefined): Promise<Response> {
    const { ids, tag } = await this.#registrations.changedSince(device, type, since);
    if (ids.length === 0) return empty(204);
    const { idsKey, tagKey } = this.#protocol;
    return Response.json({ [idsKey]: ids, [tagKey]: tag }, { headers: { "cache-control": "no-store" } });
  }

  async #give(request: Request, item: ItemKey): Promise<Response> {
    const record = await this.#authorized(request, item);
    if (record === undefined) return unauthorized(this.#protocol.scheme);
    // Read before the package is made, so a change in between makes the date too old, never too new.
    const marked = await this.#registrations.lastModified(item);
    const known = Math.max(marked ?? 0, record.lastModified?.getTime() ?? 0);
    if (known > 0 && isUnchanged(request.headers.get("if-modified-since"), known)) return empty(304);
    const made = await record.package();
    const modified = known > 0 ? known : this.#clock.epoch();
    return made.response({ "last-modified": httpDate(modified), "cache-control": "no-cache" });
  }

  /** The item, if the request has its token. A missing item looks like an item with another token. */
  async #authorized(request: Request, item: ItemKey): Promise<ItemRecord | undefined> {
    const record = await this.#find(item.id, item.type);
    const token = tokenOf(request, this.#protocol.scheme);
    return sameSecret(token, record?.authenticationToken) ? record : undefined;
  }
}

/** @throws InvalidOption for a value without the methods of a store */
export function requireRegistrations(registrations: unknown): Registrations {
  const methods = [
    "register",
    "unregister",
    "changedSince",
    "markChanged",
    "lastModified",
    "holders",
    "dropToken",
  ];
  const store = registrations as Partial<Record<string, unknown>> | null | undefined;
  if (
    typeof store === "object" &&
    store !== null &&
    methods.every((name) => typeof store[name] === "function")
  ) {
    return registrations as Registrations;
  }
  const rule = "registrations must be a store, such as `await FileRegistrations.open(path)`";
  throw new InvalidOption("registrations", rule);
}

function pushTokenOf(json: unknown): string | undefined {
  const { pushToken } = (json ?? {}) as { readonly pushToken?: unknown };
  if (typeof pushToken !== "string") return undefined;
  try {
    return deviceToken(pushToken);
  } catch (error) {
    if (error instanceof InvalidDeviceToken) return undefined;
    throw error;
  }
}

function notFound(): Response {
  return refusal(404, "there is no resource at this path");
}

/** @param methods the handlers, by method */
export function byMethod(
  request: Request,
  methods: Readonly<Record<string, () => Awaitable<Response>>>,
): Awaitable<Response> {
  const run = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
  if (run !== undefined) return run();
  return refusal(405, "this path does not support this method", { allow: Object.keys(methods).join(", ") });
}
