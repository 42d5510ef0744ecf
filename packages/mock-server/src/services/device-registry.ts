import type { ApnsEnvironment } from "../credentials/certificate-extensions.ts";
import { type Refusal, refuse } from "./answer.ts";
import { bundleIdOf } from "./topics.ts";

/** What APNs knows of a device token. */
export type DeviceState =
  | {
      /** Pushes to it are taken. */
      readonly state: "active";
    }
  | {
      /** Not active for the topic any more: 410 `Unregistered`. */
      readonly state: "unregistered";
      /** Milliseconds since the epoch; the answer's `timestamp`. */
      readonly since: number;
    }
  | {
      /** 410 `ExpiredToken`. */
      readonly state: "expired";
      /** Milliseconds since the epoch; the answer's `timestamp`. */
      readonly since: number;
    };

/** A device token that the server was told about. */
export interface Device {
  /** In lower case. */
  readonly token: string;
  /** The app that the token was made for; undefined: any. */
  readonly topic: string | undefined;
  /** The environment that the token was made for. */
  readonly environment: ApnsEnvironment;
  /** What becomes of pushes to it. */
  readonly state: DeviceState;
}

/** Most requests to one device token in a span of time; more get `TooManyRequests`. */
export interface DeviceRateLimit {
  /** So many are taken, from 1. */
  requests: number;
  /** In so many milliseconds, more than 0. */
  per: number;
}

export interface DeviceRegistryOptions {
  environment: ApnsEnvironment;
  /** Whether tokens that nobody registered are good (the default) or answered with `BadDeviceToken`. */
  acceptUnknown: boolean;
  rateLimit: DeviceRateLimit | undefined;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** The device tokens that a test or a person told the server about, and the rate limit of all tokens. */
export class DeviceRegistry {
  readonly #options: DeviceRegistryOptions;
  readonly #devices = new Map<string, Device>();
  #counts = new Map<string, number>();
  #windowEnds = 0;

  constructor(options: DeviceRegistryOptions) {
    this.#options = options;
  }

  /** Makes a token good (again), if asked for one app or one environment only. */
  register(token: string, about: { topic?: string; environment?: ApnsEnvironment } = {}): void {
    this.#set(token, { ...about, state: { state: "active" } });
  }

  /** From now on: 410 `Unregistered`. @param since ms since the epoch; default now */
  unregister(token: string, since: number = this.#options.now()): void {
    this.#set(token, { state: { state: "unregistered", since } });
  }

  /** From now on: 410 `ExpiredToken`. @param since ms since the epoch; default now */
  expire(token: string, since: number = this.#options.now()): void {
    this.#set(token, { state: { state: "expired", since } });
  }

  /** Forgets a token. */
  forget(token: string): boolean {
    return this.#devices.delete(token.toLowerCase());
  }

  /** Forgets all tokens. */
  clear(): void {
    this.#devices.clear();
  }

  /** What is known of a token, in upper or lower case; undefined: nobody told. */
  get(token: string): Device | undefined {
    return this.#devices.get(token.toLowerCase());
  }

  /** All tokens that the server was told about. */
  list(): Device[] {
    return [...this.#devices.values()];
  }

  /** Decides whether a push with this topic may go to this (well-formed) token. */
  check(token: string, topic: string): Refusal | undefined {
    if (this.#devices.size > 0 || !this.#options.acceptUnknown) {
      const device = this.#devices.get(token.toLowerCase());
      if (!device) return this.#options.acceptUnknown ? this.#checkRate(token) : refuse("BadDeviceToken");
      if (device.environment !== this.#options.environment) return refuse("BadDeviceToken");
      if (device.topic !== undefined && device.topic !== topic && device.topic !== bundleIdOf(topic)) {
        return refuse("DeviceTokenNotForTopic");
      }
      if (device.state.state === "unregistered") return refuse("Unregistered", device.state.since);
      if (device.state.state === "expired") return refuse("ExpiredToken", device.state.since);
    }
    return this.#checkRate(token);
  }

  #set(token: string, change: Partial<Omit<Device, "token">>): void {
    const key = token.toLowerCase();
    const { topic, environment } = { ...this.#devices.get(key), ...change };
    this.#devices.set(key, {
      token: key,
      topic,
      environment: environment ?? this.#options.environment,
      state: change.state ?? { state: "active" },
    });
  }

  /** Counts in windows of fixed length, so that memory is bounded by the tokens of one window. */
  #checkRate(token: string): Refusal | undefined {
    const limit = this.#options.rateLimit;
    if (!limit) return undefined;
    const now = this.#options.now();
    if (now >= this.#windowEnds) {
      this.#counts = new Map();
      this.#windowEnds = now + limit.per;
    }
    const device = token.toLowerCase();
    const count = (this.#counts.get(device) ?? 0) + 1;
    this.#counts.set(device, count);
    return count > limit.requests ? refuse("TooManyRequests") : undefined;
  }
}
