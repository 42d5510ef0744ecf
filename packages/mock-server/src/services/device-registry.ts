import type { ApnsEnvironment } from "../credentials/certificate-extensions.ts";
import { InvalidMockInput } from "../errors.ts";
import { choice, text, whole } from "../schema/field.ts";
import { Shape } from "../schema/shape.ts";
import { type Refusal, refuse } from "./answer.ts";
import { bundleIdOf } from "./topics.ts";

/** The state of a device token at APNs. */
export type DeviceState =
  | {
      /** Pushes to it are accepted. */
      readonly state: "active";
    }
  | {
      /** No longer active for the topic: 410 `Unregistered`. */
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

/** A device token that a caller registered or changed. */
export interface Device {
  /** In lower case. */
  readonly token: string;
  /** The app that the token was made for; undefined: any. */
  readonly topic: string | undefined;
  /** The environment that the token was made for. */
  readonly environment: ApnsEnvironment;
  /** How pushes to it are answered. */
  readonly state: DeviceState;
}

/** The most requests to one device token in a span of time; further ones get `TooManyRequests`. */
export interface DeviceRateLimit {
  /** The number of accepted requests, from 1. */
  requests: number;
  /** The span in milliseconds, more than 0. */
  per: number;
}

/** A change of a device token. */
export interface DeviceChange {
  /** Default `"active"`. */
  state?: DeviceState["state"];
  /** Only this app may push to it. Default: as before. */
  topic?: string;
  /** The environment that it was made for. Default: as before; for a new token, the server's. */
  environment?: ApnsEnvironment;
  /** With `"unregistered"` and `"expired"` only: milliseconds since the epoch. Default now. */
  since?: number;
}

/** The form of a change. */
export const deviceChangeShape = new Shape<DeviceChange>("a device", {
  state: choice("active", "unregistered", "expired"),
  topic: text(),
  environment: choice("sandbox", "production"),
  since: whole(0),
});

export interface DeviceRegistryOptions {
  environment: ApnsEnvironment;
  /** Whether unregistered tokens are valid (the default) or answered with `BadDeviceToken`. */
  acceptUnknown: boolean;
  rateLimit: DeviceRateLimit | undefined;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** The device tokens that a test or a person told the server about, and the rate limit of all tokens. */
export class DeviceRegistry {
  readonly #options: DeviceRegistryOptions;
  readonly #devices = new Map<string, Device>();
  #revision = 0;
  #counts = new Map<string, number>();
  #windowEnds = 0;

  constructor(options: DeviceRegistryOptions) {
    this.#options = options;
  }

  /** Makes a token valid (again), on request for one app or one environment only. */
  register(token: string, about: { topic?: string; environment?: ApnsEnvironment } = {}): void {
    this.change(token, { ...about, state: "active" });
  }

  /** From now on: 410 `Unregistered`. @param since ms since the epoch; default now */
  unregister(token: string, since?: number): void {
    this.change(token, { state: "unregistered", since });
  }

  /** From now on: 410 `ExpiredToken`. @param since ms since the epoch; default now */
  expire(token: string, since?: number): void {
    this.change(token, { state: "expired", since });
  }

  /**
   * Changes a token.
   *
   * @throws InvalidMockInput for an invalid change
   */
  change(
    token: string,
    change: DeviceChange | { [Field in keyof DeviceChange]: DeviceChange[Field] | undefined },
  ): void {
    if (typeof token !== "string" || token === "") {
      throw new InvalidMockInput("A device token must be a text that is not empty", "token");
    }
    const { state = "active", since, topic, environment } = deviceChangeShape.check(change);
    if (state === "active" && since !== undefined) {
      throw new InvalidMockInput("`since` of a device goes with the state unregistered or expired", "since");
    }
    const key = token.toLowerCase();
    const known = this.#devices.get(key);
    this.#revision++;
    this.#devices.set(key, {
      token: key,
      topic: topic ?? known?.topic,
      environment: environment ?? known?.environment ?? this.#options.environment,
      state: state === "active" ? { state } : { state, since: since ?? Math.round(this.#options.now()) },
    });
  }

  /** Removes a token. */
  forget(token: string): boolean {
    this.#revision++;
    return this.#devices.delete(token.toLowerCase());
  }

  /** Removes all tokens. */
  clear(): void {
    this.#revision++;
    this.#devices.clear();
  }

  /** Counts up with each change. */
  get revision(): number {
    return this.#revision;
  }

  /** The entry of a token, in upper or lower case; undefined if there is none. */
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
