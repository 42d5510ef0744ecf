import { SessionOptionError } from "./errors.ts";
import { MAX_31_BIT } from "./frames.ts";

/**
 * Bounds on what a peer can make this end store or do, and on what this end sends. Each has a default that no honest
 * use comes near.
 */
export interface Limits {
  /** Streams open at once, even if the peer allows more. Default 1,000, range 1 … 2³¹ − 1. */
  maxConcurrentStreams: number;
  /** Octets of one answer's body. Default 65,536, from 0. A longer body fails with `body-too-large`. */
  maxBodyLength: number;
  /**
   * Octets of one header list of an answer: names, values, and 32 for each field (RFC 9113 §6.5.2). The
   * session sends this limit as SETTINGS_MAX_HEADER_LIST_SIZE. Default 16,384, from 256. A larger list fails
   * with `headers-too-large`.
   */
  maxHeaderListSize: number;
  /**
   * Octets of one header list of a request, counted the same way. The peer's SETTINGS_MAX_HEADER_LIST_SIZE can lower
   * this limit. Default 8,192, from 256. `request` throws `HeaderListTooLarge` for a larger list.
   */
  maxRequestHeaderListSize: number;
  /** Octets of one header block on the wire, including its CONTINUATION frames. Default 65,536, from 256. */
  maxHeaderBlockLength: number;
  /** CONTINUATION frames of one header block. Default 16, from 0. */
  maxContinuations: number;
  /** Interim (1xx) answers to one request. Default 16, from 0. */
  maxInterimResponses: number;
  /**
   * The budget for frames that carry no answer: SETTINGS, PING, PRIORITY, WINDOW_UPDATE, GOAWAY, unknown types, empty
   * DATA, and frames for closed streams. A frame that causes more work costs more. Each answer restores a part of the
   * budget, and 60 seconds restore all of it. When the budget is used up, the session ends the connection with
   * ENHANCE_YOUR_CALM. Default 10,000, from 1.
   */
  maxControlFrames: number;
}

/** The bounds that apply by default. */
export const defaultLimits: Readonly<Limits> = Object.freeze({
  maxConcurrentStreams: 1_000,
  maxBodyLength: 65_536,
  maxHeaderListSize: 16_384,
  maxRequestHeaderListSize: 8_192,
  maxHeaderBlockLength: 65_536,
  maxContinuations: 16,
  maxInterimResponses: 16,
  maxControlFrames: 10_000,
});

const lowest: Readonly<Limits> = {
  maxConcurrentStreams: 1,
  maxBodyLength: 0,
  maxHeaderListSize: 256,
  maxRequestHeaderListSize: 256,
  maxHeaderBlockLength: 256,
  maxContinuations: 0,
  maxInterimResponses: 0,
  maxControlFrames: 1,
};

/**
 * Fills in the defaults. `undefined` means "not given".
 *
 * @throws {@link SessionOptionError} for a bound that is not an integer or is out of its range
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

/** @throws {@link SessionOptionError} naming the option, its range and what was received */
export function integerInRange(option: string, value: unknown, min: number, max: number): number {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    const received = typeof value === "number" ? String(value) : `a value of type ${typeof value}`;
    throw new SessionOptionError(option, `must be an integer from ${min} to ${max}; received ${received}`);
  }
  return value as number;
}
