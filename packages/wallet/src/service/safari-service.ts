import {
  type GuardedLogger,
  guardLogger,
  rejectUnknown,
  requireObject,
  requireType,
  wordsOf,
} from "@apnskit/connection/internal";
import { deviceToken, InvalidDeviceToken, InvalidOption, type Logger } from "apnskit";
import type { Awaitable } from "../registrations/registrations.ts";
import type { SignedPackage } from "../signing/signed-package.ts";
import { tokenOf } from "./authorization.ts";
import { takeDeviceLog } from "./device-log.ts";
import { normalBase, partsOf } from "./path.ts";
import { empty, refusal, unauthorized } from "./reply.ts";
import { readJson } from "./request-body.ts";
import { byMethod, type Handler } from "./update-service.ts";

/** A browser that shows the notifications of a website. */
export interface SafariDevice {
  /** The push token, in lower-case hexadecimal. */
  readonly deviceToken: string;
  readonly websitePushID: string;
  /** The token of the browser's push package: it identifies the user. */
  readonly authenticationToken: string;
}

/** Options of {@link safariService}. */
export interface SafariServiceOptions {
  /**
   * Makes the push package for a user.
   *
   * @param userInfo the object that the page gave to `requestPermission`; it comes from the browser, so check
   * it
   * @returns `undefined` for a website that this service does not serve
   */
  readonly package: (userInfo: unknown, websitePushID: string) => Awaitable<SignedPackage | undefined>;
  /**
   * Whether a push package with this token was issued. Compare with `sameSecret`, or look it up by its
   * digest.
   */
  readonly authorise: (authenticationToken: string, websitePushID: string) => Awaitable<boolean>;
  /** Stores a browser, which gets pushes from now on. */
  readonly registered: (device: SafariDevice) => Awaitable<void>;
  /** Forgets a browser. */
  readonly unregistered: (device: SafariDevice) => Awaitable<void>;
  /** The path in `webServiceURL`, such as `/safari`; none by default. */
  readonly basePath?: string | undefined;
  /** Gets browsers' reports and failures; none by default. */
  readonly logger?: Logger | undefined;
}

const FUNCTIONS = ["package", "authorise", "registered", "unregistered"] as const;
const SCHEME = "ApplePushNotifications";
const USER_INFO_LIMIT = 65_536;

/**
 * The web service behind `webServiceURL` of push packages, for Safari 15 and older ("Configuring Safari Push
 * Notifications"). Legacy: Safari 16 and newer use Web Push.
 *
 * @throws InvalidOption
 */
export function safariService(options: SafariServiceOptions): Handler {
  requireObject("options", options);
  rejectUnknown(options, [...FUNCTIONS, "basePath", "logger"], "option of safariService()");
  for (const name of FUNCTIONS) {
    if (typeof options[name] !== "function") {
      throw new InvalidOption(name, `safariService() needs the function ${name}`);
    }
  }
  requireType("basePath", options.basePath, "string");
  const base = normalBase(options.basePath ?? "");
  const logger = guardLogger(options.logger);
  return async (request) => {
    try {
      return await route(request, base, options, logger);
    } catch (error) {
      logger.error({ method: request.method, error: wordsOf(error) }, "Safari: a request failed");
      return refusal(500, "the service failed");
    }
  };
}

function route(
  request: Request,
  base: string,
  options: SafariServiceOptions,
  logger: GuardedLogger,
): Awaitable<Response> {
  const [version, first, ...rest] = partsOf(new URL(request.url), base) ?? [];
  // Safari of OS X 10.9 asks for v1.
  if (version === "v2" || version === "v1") {
    if (first === "log" && rest.length === 0) {
      return byMethod(request, { POST: () => takeDeviceLog(request, logger, "Safari") });
    }
    if (first === "pushPackages" && rest.length === 1) {
      return byMethod(request, { POST: () => givePackage(request, rest[0]!, options) });
    }
    const [token, word, website, ...more] = rest;
    if (first === "devices" && word === "registrations" && website !== undefined && more.length === 0) {
      return byMethod(request, {
        POST: () => change(request, token!, website, options, options.registered),
        DELETE: () => change(request, token!, website, options, options.unregistered),
      });
    }
  }
  return refusal(404, "there is no resource at this path");
}

async function givePackage(
  request: Request,
  websitePushID: string,
  options: SafariServiceOptions,
): Promise<Response> {
  const body = await readJson(request, USER_INFO_LIMIT);
  if ("problem" in body && body.problem === "too-large") return refusal(413, "the body is too large");
  // A page without user information sends an empty body.
  const made = await options.package("json" in body ? body.json : undefined, websitePushID);
  return made === undefined ? refusal(404, "this service does not serve this website") : made.response();
}

async function change(
  request: Request,
  token: string,
  websitePushID: string,
  { authorise }: SafariServiceOptions,
  act: (device: SafariDevice) => Awaitable<void>,
): Promise<Response> {
  const authenticationToken = tokenOf(request, SCHEME);
  if (authenticationToken === undefined) return unauthorized(SCHEME);
  if ((await authorise(authenticationToken, websitePushID)) !== true) return unauthorized(SCHEME);
  let pushToken: string;
  try {
    pushToken = deviceToken(token);
  } catch (error) {
    if (error instanceof InvalidDeviceToken) return refusal(400, "the device token must be hexadecimal");
    throw error;
  }
  await act({ deviceToken: pushToken, websitePushID, authenticationToken });
  return empty(200);
}
