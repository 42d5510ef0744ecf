import { FormatError, InvalidOption, Response } from "@apnskit/pool";
import { checkChannelId } from "../notifications/channel-id.ts";
import { outcomeOfAnswer } from "../outcome.ts";
import { Rejected } from "../rejected.ts";
import { answerOf, bundleIdOf } from "./broadcasts.ts";
import { type SendOptions, splitOptions } from "./call-options.ts";
import type { Courier } from "./courier.ts";
import { notificationId } from "./notification-id.ts";
import { checkLimits, type RequestLimits, RequestTemplate } from "./request-template.ts";

/**
 * What APNs keeps for devices that are offline: `none`, which allows more broadcasts, or the `newest`
 * message, for at most 8 hours. A channel cannot change it later.
 */
export type ChannelStorage = "none" | "newest";

/** A broadcast channel. */
export interface Channel {
  /** Base64, as APNs made it. */
  readonly id: string;
  /** What APNs keeps for devices that are offline. */
  readonly storage: ChannelStorage;
}

/** `message-storage-policy` on the wire. */
const POLICIES: readonly ChannelStorage[] = ["none", "newest"];

const noBody = new Uint8Array(0);

/**
 * The broadcast channels of an app, at most 10,000 in each environment ("Sending channel management requests to APNs").
 *
 * All methods throw `Rejected` if APNs refuses, and the engine's errors if there was no answer.
 */
export class Channels {
  readonly #courier: Courier;
  readonly #topic: string | undefined;

  constructor(courier: Courier, topic: string | undefined) {
    this.#courier = courier;
    this.#topic = topic;
  }

  /** Creates a channel. If there is no answer, `list` shows whether the channel exists. */
  async create(options: SendOptions & { readonly storage?: ChannelStorage } = {}): Promise<Channel> {
    const { storage = "none", ...rest } = options;
    const policy = POLICIES.indexOf(storage);
    if (policy < 0) {
      throw new InvalidOption(
        "storage",
        `storage must be "none" or "newest"; received ${JSON.stringify(storage)}`,
      );
    }
    const body = JSON.stringify({ "message-storage-policy": policy, "push-type": "LiveActivity" });
    const response = await this.#request("POST", "channels", rest, undefined, Buffer.from(body));
    const id = response.header("apns-channel-id");
    if (id === undefined) throw new FormatError("the answer has no apns-channel-id");
    return { id, storage };
  }

  /**
   * Asks for the storage policy of a channel.
   *
   * @throws InvalidNotification for an id that no header can carry
   * @throws FormatError when the answer names no storage, or an unknown one
   */
  async read(channelId: string, options: SendOptions = {}): Promise<Channel> {
    const id = checkChannelId(channelId);
    const response = await this.#request("GET", "channels", { idempotent: true, ...options }, id);
    const { "message-storage-policy": policy } = response.json() as { "message-storage-policy"?: unknown };
    const storage = typeof policy === "number" ? POLICIES[policy] : undefined;
    if (storage === undefined)
      throw new FormatError("the answer has no message-storage-policy that is known");
    return { id, storage };
  }

  /** The ids of all channels. */
  async list(options: SendOptions = {}): Promise<string[]> {
    const response = await this.#request("GET", "all-channels", { idempotent: true, ...options });
    const { channels } = response.json() as { channels?: unknown };
    if (!Array.isArray(channels)) throw new FormatError("the answer has no list of channels");
    return channels.map(String);
  }

  /** Deletes a channel permanently. */
  async delete(channelId: string, options: SendOptions = {}): Promise<void> {
    await this.#request("DELETE", "channels", options, checkChannelId(channelId));
  }

  async #request(
    method: NonNullable<RequestLimits["method"]>,
    what: "channels" | "all-channels",
    options: SendOptions,
    channelId?: string,
    body: Uint8Array = noBody,
  ): Promise<Response> {
    const { signal, limits } = splitOptions(options, this.#courier.timeout);
    const path = `/1/apps/${bundleIdOf(this.#topic)}/${what}`;
    const id = notificationId();
    const own = { "apns-request-id": id, ...(channelId !== undefined && { "apns-channel-id": channelId }) };
    const checked = checkLimits({ ...limits, method });
    const template = new RequestTemplate({}, body, checked);
    const result = await this.#courier.request("management", template, path, own, signal);
    const { end, life, duration, refusal } = result;
    if (!(end instanceof Response)) throw end;
    const { attempts } = life;
    const outcome = outcomeOfAnswer(
      answerOf(end),
      { apnsId: id, attempts, duration },
      { hint: refusal?.message },
    );
    const { logger } = this.#courier;
    logger.debug({ method, what, status: end.status, reason: end.reason, attempts }, "channel management");
    if (outcome.result === "rejected") throw new Rejected(outcome, refusal && { cause: refusal });
    return end;
  }
}
