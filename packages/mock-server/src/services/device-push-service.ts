import type { ApnsEnvironment } from "../credentials/certificate-extensions.ts";
import type { ConnectionCredentials } from "../credentials/connection-credentials.ts";
import { ACCEPTED, type Answer, isRefusal } from "./answer.ts";
import {
  checkDeviceRoute,
  checkDeviceToken,
  checkPayload,
  checkPushHeaders,
  type PushHeaderRules,
  payloadLimit,
} from "./checks/device-push.ts";
import { checkTopic, type TopicRules } from "./checks/topic.ts";
import type { DeviceRegistry } from "./device-registry.ts";
import type { ApnsRequest, Decision, Service } from "./service.ts";
import type { PushType } from "./topics.ts";

export type PushRules = PushHeaderRules & TopicRules;

/** `POST /3/device/<token>` ("Sending notification requests to APNs"). */
export class DevicePushService implements Service {
  readonly kind = "push";
  readonly idHeader = "apns-id";
  /** Only the development environment sends it ("Handling notification responses from APNs"). */
  readonly givesUniqueId: boolean;
  readonly #devices: DeviceRegistry;
  readonly #rules: PushRules;

  constructor(environment: ApnsEnvironment, devices: DeviceRegistry, rules: PushRules) {
    this.givesUniqueId = environment === "sandbox";
    this.#devices = devices;
    this.#rules = rules;
  }

  identify({ path, headers }: Pick<ApnsRequest, "path" | "headers">) {
    const token = checkDeviceRoute("POST", path);
    return { token: typeof token === "string" ? token : "", topic: headers["apns-topic"] };
  }

  /**
   * Checks in this order: method and path, credentials, headers, topic, device token, body. Of APNs's own
   * order we know only that it checks credentials before everything about the push.
   */
  decide(request: ApnsRequest, credentials: ConnectionCredentials, now: number): Decision {
    const token = checkDeviceRoute(request.method, request.path);
    if (typeof token !== "string") return { answer: token, authorized: false };
    const authorization = credentials.authorize(request.headers.authorization, now);
    if (isRefusal(authorization)) return { answer: authorization, authorized: false };

    const rejected = (answer: Answer): Decision => ({ answer, authorized: true });
    const badHeader = checkPushHeaders(request.headers, request.rawHeaders, this.#rules);
    if (badHeader) return rejected(badHeader);
    const pushType = request.headers["apns-push-type"] as PushType | undefined;
    const header = request.headers["apns-topic"];
    const topic = checkTopic(header, pushType, authorization, credentials.teamTopics, this.#rules);
    if (typeof topic !== "string") return rejected(topic);
    const refusal =
      checkDeviceToken(token) ??
      this.#devices.check(token, topic) ??
      checkPayload(request.bytes, payloadLimit(pushType));
    if (refusal) return rejected(refusal);
    credentials.bind(authorization);
    return { answer: ACCEPTED, authorized: true, topic };
  }
}
