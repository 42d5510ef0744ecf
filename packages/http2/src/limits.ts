import { MAX_31_BIT } from "./frames.ts";

/** Bounds on what a peer may make this end keep or do. Each has a default that no honest server comes near. */
export interface Limits {
  /** Streams open at once, whatever the peer allows beyond it. Default 1,000, 1 … 2³¹ − 1. */
  maxConcurrentStreams: number;
  /** Octets of one answer's body. Default 65,536, from 0. An answer beyond it is given up (`body-too-large`). */
  maxBodyLength: number;
  /**
   * Octets of one header list, names, values and 32 for each field (RFC 9113 §6.5.2); sent to the peer as
   * SETTINGS_MAX_HEADER_LIST_SIZE. Default 16,384, from 256. An answer beyond it is given up (`headers-too-large`).
   */
  maxHeaderListSize: number;
  /** Octets of one header block as it is sent, over all its CONTINUATION frames. Default 65,536, from 256. */
  maxHeaderBlockLength: number;
  /** CONTINUATION frames of one header block. Default 16, from 0. */
  maxContinuations: number;
  /** Interim (1xx) answers to one request. Default 16, from 0. */
  maxInterimResponses: number;
  /**
   * Frames that carry nothing: SETTINGS, PING, PRIORITY, WINDOW_UPDATE, unknown ones, empty DATA, frames for streams that
   * are done. Beyond this many the peer is told ENHANCE_YOUR_CALM. Each answer pays for some, and
   * {@link ClientSession.replenish} for all. Default 10,000, from 1.
   */
  maxControlFrames: number;
}

/** The bounds that hold where none is given. */
export const defaultLimits: Readonly<Limits> = Object.freeze({
  maxConcurrentStreams: 1_000,
  maxBodyLength: 65_536,
  maxHeaderListSize: 16_384,
  maxHeaderBlockLength: 65_536,
  maxContinuations: 16,
  maxInterimResponses: 16,
  maxControlFrames: 10_000,
});

const lowest: Readonly<Limits> = {
  maxConcurrentStreams: 1,
  maxBodyLength: 0,
  maxHeaderListSize: 256,
  maxHeaderBlockLength: 256,
  maxContinuations: 0,
  maxInterimResponses: 0,
  maxControlFrames: 1,
};

/**
 * Fills in the defaults.
 *
 * @throws RangeError for a bound that is no integer or out of its range
 */
export function resolveLimits(options: Partial<Limits>): Limits {
  const limits = { ...defaultLimits };
  for (const name of Object.keys(defaultLimits) as (keyof Limits)[]) {
    const value = options[name];
    if (value === undefined) continue;
    limits[name] = integerInRange(name, value, lowest[name], MAX_31_BIT);
  }
  return limits;
}

/** @throws RangeError naming the option, its range and the value received */
export function integerInRange(name: string, value: unknown, min: number, max: number): number {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    throw new RangeError(`${name} must be an integer from ${min} to ${max}, got ${String(value)}`);
  }
  return value as number;
}
