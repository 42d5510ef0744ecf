import type { ConnectionCredentials } from "../credentials/connection-credentials.ts";
import { type Answer, isRefusal, refuse } from "./answer.ts";
import type { Channels, MessageStoragePolicy } from "./channels.ts";
import { decideForApp, isLiveActivity } from "./checks/app-path.ts";
import type { ApnsRequest, Decision, Service } from "./service.ts";

const PATH = /^\/1\/apps\/([^/]+)\/(channels|all-channels)$/;

/** Channel management ("Sending channel management requests to APNs"). */
export class ChannelService implements Service {
  readonly kind = "channel";
  readonly idHeader = "apns-request-id";
  readonly givesUniqueId = false;
  readonly #channels: Channels;

  constructor(channels: Channels) {
    this.#channels = channels;
  }

  identify({ path }: Pick<ApnsRequest, "path">) {
    return { token: "", topic: PATH.exec(path)?.[1] };
  }

  decide(request: ApnsRequest, credentials: ConnectionCredentials, now: number): Decision {
    const [, bundleId, collection] = PATH.exec(request.path) ?? [];
    if (bundleId === undefined) return { answer: refuse("BadPath"), authorized: false };
    const operation = this.#operation(request.method, collection!);
    if (!operation) return { answer: refuse("MethodNotAllowed"), authorized: false };
    return decideForApp(request, bundleId, credentials, this.#channels, now, () =>
      operation(bundleId, request),
    );
  }

  #operation(
    method: string,
    collection: string,
  ): ((bundleId: string, request: ApnsRequest) => Answer) | undefined {
    switch (`${method} ${collection}`) {
      case "POST channels":
        return (bundleId, request) => this.#create(bundleId, request);
      case "GET channels":
        return (bundleId, request) => this.#read(bundleId, request);
      case "DELETE channels":
        return (bundleId, request) => this.#delete(bundleId, request);
      case "GET all-channels":
        return (bundleId) => ({
          status: 200,
          body: { channels: this.#channels.list(bundleId).map(({ id }) => id) },
        });
      default:
        return undefined;
    }
  }

  #create(bundleId: string, request: ApnsRequest): Answer {
    const policy = checkCreation(request);
    if (typeof policy !== "number") return policy;
    const channel = this.#channels.create(bundleId, policy);
    return isRefusal(channel) ? channel : { status: 201, headers: { "apns-channel-id": channel.id } };
  }

  #read(bundleId: string, { headers }: ApnsRequest): Answer {
    const channel = this.#channels.find(bundleId, headers["apns-channel-id"]);
    if (isRefusal(channel)) return channel;
    return { status: 200, body: { "message-storage-policy": channel.policy, "push-type": "LiveActivity" } };
  }

  #delete(bundleId: string, { headers }: ApnsRequest): Answer {
    const id = headers["apns-channel-id"];
    const channel = this.#channels.find(bundleId, id);
    if (!isRefusal(channel)) {
      this.#channels.delete(channel);
      return { status: 204 };
    }
    // As seen from APNs: a missing or deleted channel makes the path a bad one.
    return channel.reason === "MissingChannelId" ? channel : refuse("BadPath");
  }
}

/** @returns the storage policy in the body, or the refusal of the body */
function checkCreation(request: ApnsRequest): MessageStoragePolicy | Answer {
  if (request.bytes === 0) return refuse("PayloadEmpty");
  let body: unknown;
  try {
    body = JSON.parse(request.text());
  } catch {
    return refuse("BadRequestPayload");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) return refuse("BadRequestPayload");
  const {
    "message-storage-policy": policy,
    "push-type": pushType,
    ...unknown
  } = body as Record<string, unknown>;
  if (Object.keys(unknown).length > 0) return refuse("BadRequestParams");
  if (policy !== 0 && policy !== 1) return refuse("MissingChannelQueueSize");
  if (pushType === undefined) return refuse("MissingPushType");
  if (typeof pushType !== "string" || !isLiveActivity(pushType)) return refuse("InvalidPushType");
  return policy;
}
