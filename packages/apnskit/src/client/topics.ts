/** The most topics to remember; the oldest is dropped first. */
const MOST_TOPICS = 1_000;

/** Milliseconds for which an acceptance proves that a topic's device tokens fit the environment. */
const FITTING = 24 * 3_600_000;

interface Topic {
  /** When this client first used it; monotonic milliseconds. */
  readonly firstUsedAt: number;
  /** When APNs last accepted a notification for the topic; monotonic milliseconds. */
  acceptedAt: number;
  /** `BadDeviceToken` answers in a row, without an acceptance. */
  badTokens: number;
}

/** A client's experience with its topics, in bounded memory. */
export class Topics {
  readonly #topics = new Map<string, Topic>();
  // Usually the next notification has the topic of the last one.
  #lastName: string | undefined;
  #last: Topic | undefined;

  /** A notification with this topic is about to be sent. */
  used(name: string, now: number): void {
    this.#find(name, now);
  }

  /** APNs accepted a notification for the topic. */
  accepted(name: string, now: number): void {
    const topic = this.#find(name, now);
    topic.acceptedAt = now;
    topic.badTokens = 0;
  }

  /** APNs called a device token bad. Returns the number in a row, without an acceptance. */
  badToken(name: string, now: number): number {
    return ++this.#find(name, now).badTokens;
  }

  /** Whether device tokens of this topic fit the environment: APNs has recently accepted one. */
  tokensFit(name: string, now: number): boolean {
    const topic = this.#topics.get(name);
    return topic !== undefined && now - topic.acceptedAt <= FITTING;
  }

  /** Whether a connection is older than the first use of a topic. */
  isNewerThan(name: string, connectionOpenedAt: number): boolean {
    const topic = this.#topics.get(name);
    return topic !== undefined && topic.firstUsedAt > connectionOpenedAt;
  }

  #find(name: string, now: number): Topic {
    if (name === this.#lastName) return this.#last!;
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      topic = { firstUsedAt: now, acceptedAt: Number.NEGATIVE_INFINITY, badTokens: 0 };
      if (this.#topics.size >= MOST_TOPICS) this.#topics.delete(this.#topics.keys().next().value!);
      this.#topics.set(name, topic);
    }
    this.#lastName = name;
    this.#last = topic;
    return topic;
  }
}
