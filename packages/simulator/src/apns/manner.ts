import type { SeededRandom } from "@apnskit/testkit/seeded-random";

/** How the server may treat a request. */
export type Treatment =
  /** 200: it acts on it. */
  | "accept"
  /** 400 or 410 about the device token. */
  | "bad-token"
  | "unregistered"
  /** 429 TooManyRequests. */
  | "too-many"
  /** 500 InternalServerError. */
  | "internal"
  /** 503 ServiceUnavailable. */
  | "unavailable"
  /** 503 Shutdown. */
  | "shutdown"
  /** 400 IdleTimeout. */
  | "idle-timeout"
  /** 429 TooManyProviderTokenUpdates. */
  | "too-many-tokens"
  /** RST_STREAM(REFUSED_STREAM): it has not acted on it. */
  | "refuse"
  /** RST_STREAM with another code. */
  | "reset"
  /** RST_STREAM(ENHANCE_YOUR_CALM). */
  | "calm"
  /** The answer begins and is never finished, but reset. */
  | "break-off"
  /** The connection ends without a word. */
  | "hang-up"
  /** No answer. */
  | "silence";

/** The weight of each treatment. A treatment without a weight does not happen. */
export type Treatments = Partial<Readonly<Record<Treatment, number>>>;

/** Milliseconds until an answer. */
export interface AnswerTime {
  readonly least: number;
  readonly most: number;
}

/** How the server treats requests now. */
export class Manner {
  readonly #random: SeededRandom;
  readonly #usual: Treatments;
  readonly #phases: Treatments[] = [];
  readonly time: AnswerTime;

  constructor(random: SeededRandom, usual: Treatments, time: AnswerTime) {
    this.#random = random;
    this.#usual = usual;
    this.time = time;
  }

  /** Begins to treat requests in another way; returns the end of that. */
  begin(treatments: Treatments): () => void {
    this.#phases.push(treatments);
    return () => {
      const place = this.#phases.indexOf(treatments);
      if (place >= 0) this.#phases.splice(place, 1);
    };
  }

  treatment(): Treatment {
    const weights = this.#phases.at(-1) ?? this.#usual;
    return this.#random.weighted(weights as Record<Treatment, number>);
  }

  answerTime(): number {
    const { least, most } = this.time;
    // Mostly short, seldom long.
    return least + (most - least) * this.#random.next() ** 3;
  }
}

/** Status and reason of the treatments that are answers. */
export const ANSWERS: Partial<
  Readonly<Record<Treatment, { readonly status: number; readonly reason?: string }>>
> = {
  accept: { status: 200 },
  "bad-token": { status: 400, reason: "BadDeviceToken" },
  unregistered: { status: 410, reason: "Unregistered" },
  "too-many": { status: 429, reason: "TooManyRequests" },
  internal: { status: 500, reason: "InternalServerError" },
  unavailable: { status: 503, reason: "ServiceUnavailable" },
  shutdown: { status: 503, reason: "Shutdown" },
  "idle-timeout": { status: 400, reason: "IdleTimeout" },
  "too-many-tokens": { status: 429, reason: "TooManyProviderTokenUpdates" },
};
