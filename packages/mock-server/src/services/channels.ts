import type { Random } from "../faults/random.ts";
import { type Refusal, refuse } from "./answer.ts";

/** 0: stores nothing; 1: stores the newest message, for at most eight hours. */
export type MessageStoragePolicy = 0 | 1;

/** A broadcast channel ("Sending channel management requests to APNs"). */
export interface Channel {
  /** Standard base64, so it may hold `/`, `+` and `=`. */
  readonly id: string;
  /** The app of the channel, without a suffix. */
  readonly bundleId: string;
  /** What is stored for devices that are offline; it cannot be changed. */
  readonly policy: MessageStoragePolicy;
  /** Broadcasts accepted for it. */
  published: number;
}

export interface ChannelsOptions {
  /** The most channels of an app ("Sending channel management requests to APNs": 10,000). */
  limit: number;
  /** Apps with the broadcast capability; undefined: all. */
  apps: readonly string[] | undefined;
  random: Random;
}

/**
 * Ids are 16 bytes in standard base64, as observed. The length is not guaranteed, so others are read as well.
 */
const ID_BYTES = 16;
const LONGEST_ID = 64;

/** The broadcast channels of all apps in this environment. */
export class Channels {
  readonly #options: ChannelsOptions;
  readonly #apps: Set<string> | undefined;
  readonly #channels = new Map<string, Channel>();
  readonly #counts = new Map<string, number>();
  /** Ids are never issued twice, and publishing to a deleted channel has a separate answer. */
  readonly #deleted = new Set<string>();

  constructor(options: ChannelsOptions) {
    this.#options = options;
    this.#apps = options.apps && new Set(options.apps);
  }

  /** Whether the app has the broadcast capability. */
  isEnabled(bundleId: string): boolean {
    return this.#apps?.has(bundleId) ?? true;
  }

  /** Makes a channel; `CannotCreateChannelConfig` if the app has reached its limit. */
  create(bundleId: string, policy: MessageStoragePolicy): Channel | Refusal {
    const count = this.#counts.get(bundleId) ?? 0;
    if (count >= this.#options.limit) return refuse("CannotCreateChannelConfig");
    const channel: Channel = { id: this.#newId(), bundleId, policy, published: 0 };
    this.#channels.set(channel.id, channel);
    this.#counts.set(bundleId, count + 1);
    return channel;
  }

  /** Finds the channel that a header names. */
  find(bundleId: string, id: string | undefined): Channel | Refusal {
    if (id === undefined || id === "") return refuse("MissingChannelId");
    if (!isWellFormed(id)) return refuse("BadChannelId");
    const channel = this.#channels.get(id);
    if (channel?.bundleId === bundleId) return channel;
    return this.#deleted.has(id) ? refuse("ChannelNotRegistered") : refuse("BadChannelId");
  }

  /** Deletes a channel permanently; does nothing if it is gone. */
  delete(channel: Channel): void {
    if (!this.#channels.delete(channel.id)) return;
    this.#counts.set(channel.bundleId, this.#counts.get(channel.bundleId)! - 1);
    this.#deleted.add(channel.id);
  }

  /** The channels of an app, or all. */
  list(bundleId?: string): Channel[] {
    const all = [...this.#channels.values()];
    return bundleId === undefined ? all : all.filter((channel) => channel.bundleId === bundleId);
  }

  #newId(): string {
    const bytes = Buffer.alloc(ID_BYTES);
    do {
      for (let at = 0; at < ID_BYTES; at += 4) bytes.writeInt32BE(this.#options.random.bits(), at);
    } while (this.#channels.has(bytes.toString("base64")));
    return bytes.toString("base64");
  }
}

function isWellFormed(id: string): boolean {
  return id.length <= LONGEST_ID && id.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(id);
}
