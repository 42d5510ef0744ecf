import type { ConnectionCredentials } from "../credentials/connection-credentials.ts";
import { ACCEPTED, type Answer, isRefusal, refuse } from "./answer.ts";
import type { Channels } from "./channels.ts";
import { decideForApp, isLiveActivity } from "./checks/app-path.ts";
import { checkPayload } from "./checks/device-push.ts";
import { checkExpiration, checkPriority } from "./checks/message-headers.ts";
import type { ApnsRequest, Decision, Service } from "./service.ts";

/** Bytes ("Sending broadcast push notification requests to APNs"). */
const MAX_BROADCAST_PAYLOAD = 5120;
export const BROADCAST_PREFIX = "/4/broadcasts/apps/";

/** `POST /4/broadcasts/apps/<bundle-id>`. */
export class BroadcastService implements Service {
  readonly kind = "broadcast";
  readonly idHeader = "apns-request-id";
  readonly givesUniqueId = true;
  readonly #channels: Channels;

  constructor(channels: Channels) {
    this.#channels = channels;
  }

  identify({ path }: Pick<ApnsRequest, "path">) {
    const bundleId = bundleIdIn(path);
    return { token: "", topic: bundleId };
  }

  decide(request: ApnsRequest, credentials: ConnectionCredentials, now: number): Decision {
    if (request.method !== "POST") return { answer: refuse("MethodNotAllowed"), authorized: false };
    const bundleId = bundleIdIn(request.path);
    if (bundleId === undefined) return { answer: refuse("BadPath"), authorized: false };
    return decideForApp(request, bundleId, credentials, this.#channels, now, () =>
      this.#publish(request, bundleId),
    );
  }

  #publish({ headers, bytes }: ApnsRequest, bundleId: string): Answer {
    const channel = this.#channels.find(bundleId, headers["apns-channel-id"]);
    if (isRefusal(channel)) return channel;
    const refusal =
      checkPushType(headers["apns-push-type"]) ??
      checkStorage(headers["apns-expiration"], channel.policy) ??
      // The header is required, unlike with device pushes.
      (headers["apns-priority"] === undefined
        ? refuse("BadPriority")
        : checkPriority(headers["apns-priority"])) ??
      checkPayload(bytes, MAX_BROADCAST_PAYLOAD);
    if (refusal) return refusal;
    channel.published++;
    return ACCEPTED;
  }
}

function bundleIdIn(path: string): string | undefined {
  const bundleId = path.startsWith(BROADCAST_PREFIX) ? path.slice(BROADCAST_PREFIX.length) : "";
  return bundleId === "" || bundleId.includes("/") ? undefined : bundleId;
}

function checkPushType(pushType: string | undefined) {
  if (pushType === undefined) return refuse("MissingPushType");
  return isLiveActivity(pushType) ? undefined : refuse("InvalidPushType");
}

/** The header is required, and a channel without storage accepts only 0. */
function checkStorage(expiration: string | undefined, policy: number) {
  if (expiration === undefined || (policy === 0 && Number(expiration) !== 0))
    return refuse("BadExpirationDate");
  return checkExpiration(expiration);
}
