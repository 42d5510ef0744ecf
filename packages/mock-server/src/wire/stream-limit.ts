import { isRefusal } from "../services/answer.ts";
import type { Decision } from "../services/service.ts";

/** The stream limits of a connection; all count concurrent streams. */
export interface StreamLimits {
  /** The ordinary limit. */
  readonly maxConcurrentStreams: number;
  /** The limit until the first valid provider token. */
  readonly streamsBeforeToken: number;
  /** The limit after a refused push, until the next accepted one; undefined: no change. */
  readonly streamsAfterRejection: number | undefined;
}

/**
 * How many streams a connection allows, and why. APNs raises the limit with the first valid token, and may
 * lower it again after errors ("Establishing a connection to APNs"). This class only decides; the connection
 * announces the limit.
 */
export class StreamLimit {
  readonly #limits: StreamLimits;
  /** Why the limit is lower than the ordinary one. */
  #limitedBy: "token" | "rejection" | undefined;
  #current: number;

  /** @param known whether the client has already authenticated */
  constructor(limits: StreamLimits, known: boolean) {
    this.#limits = limits;
    this.#limitedBy = known ? undefined : "token";
    this.#current = known ? limits.maxConcurrentStreams : limits.streamsBeforeToken;
  }

  get current(): number {
    return this.#current;
  }

  /** @returns the limit to announce before the answer, if it is a new one */
  afterDecision({ answer, authorized }: Decision): number | undefined {
    const { streamsAfterRejection, maxConcurrentStreams } = this.#limits;
    const refused = isRefusal(answer);
    if (refused && streamsAfterRejection !== undefined) {
      this.#limitedBy = "rejection";
      return this.change(streamsAfterRejection);
    }
    if (!(this.#limitedBy === "token" ? authorized : this.#limitedBy && !refused)) return undefined;
    this.#limitedBy = undefined;
    return this.change(maxConcurrentStreams);
  }

  /** A token has expired: restores the first limit. @returns the limit to announce, if it is a new one */
  backToStart(): number | undefined {
    this.#limitedBy = "token";
    return this.change(this.#limits.streamsBeforeToken);
  }

  /** @returns the limit to announce, if it is a new one */
  change(limit: number): number | undefined {
    if (limit === this.#current) return undefined;
    this.#current = limit;
    return limit;
  }
}
