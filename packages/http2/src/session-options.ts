import { SessionOptionError } from "./errors.ts";
import { MAX_31_BIT } from "./frames.ts";
import { integerInRange, type Limits, resolveLimits } from "./limits.ts";

/** What a session offers and grants to its peer, including the bounds of {@link Limits}. */
export interface SessionOptions extends Partial<Limits> {
  /** The `:authority` of every request: the host, and the port unless it is 443. */
  authority: string;
  /** Octets of dynamic table that the peer's encoder may use. Default 4,096, range 0 … 65,536. */
  headerTableSize?: number;
  /** Octets of dynamic table that this end's encoder uses at most, if the peer allows. Default 4,096, range 0 … 65,536. */
  encoderTableSize?: number;
  /** Octets that the peer may send on one stream before a grant. Default 65,535, range 65,535 … 2³¹ − 1. */
  streamWindow?: number;
  /** Octets that the peer may send on all streams before a grant. Default 1,048,576, range 65,535 … 2³¹ − 1. */
  connectionWindow?: number;
  /** Id of the first stream. Odd, default 1. A test can begin near the last id. */
  firstStreamId?: number;
}

/** Options with their defaults, in range. */
export interface SessionSettings {
  readonly limits: Limits;
  readonly headerTableSize: number;
  readonly encoderTableSize: number;
  readonly streamWindow: number;
  readonly connectionWindow: number;
  readonly firstStreamId: number;
}

const LARGEST_TABLE = 65_536;
const SMALLEST_WINDOW = 65_535;

/** @throws {@link SessionOptionError} for an option out of its range */
export function readSessionOptions(options: SessionOptions): SessionSettings {
  const table = (name: "headerTableSize" | "encoderTableSize"): number =>
    integerInRange(name, options[name] ?? 4_096, 0, LARGEST_TABLE);
  const window = (name: "streamWindow" | "connectionWindow", usual: number): number =>
    integerInRange(name, options[name] ?? usual, SMALLEST_WINDOW, MAX_31_BIT);
  const firstStreamId = integerInRange("firstStreamId", options.firstStreamId ?? 1, 1, MAX_31_BIT);
  if (firstStreamId % 2 === 0) {
    throw new SessionOptionError("firstStreamId", `must be odd; received ${firstStreamId}`);
  }
  return {
    limits: resolveLimits(options),
    headerTableSize: table("headerTableSize"),
    encoderTableSize: table("encoderTableSize"),
    streamWindow: window("streamWindow", SMALLEST_WINDOW),
    connectionWindow: window("connectionWindow", 1_048_576),
    firstStreamId,
  };
}
