/** Topics that are remembered; the oldest goes first. */
const MOST_TOPICS = 1_000;

/** Milliseconds for which an acceptance shows that a topic's device tokens fit the environment. */
const FITTING = 24 * 3_600_000;

interface Topic {
  /** When it was first used here; monotonic milliseconds. */
  readonly firstUsedAt: number;
  /** When APNs last accepted a notification for it; monotonic milliseconds. */
  acceptedAt: number;
  /** `BadDeviceToken` answers in a row, without an acceptance. */
  badTokens: number;
}

/** What a client has seen of its topics, in bounded memory. */
export class Topics {
  readonly #topics = new Map<string, Topic>();
  // Most often the next notification has the topic of the last one.
  #lastName: string | undefined;
  #last: Topic | undefined;

  /** A notification of this topic is to be sent. */
  used(name: string, now: number): void {
    this.#find(name, now);
  }

  /** APNs accepted a notification for it. */
  accepted(name: string, now: number): void {
    const topic = this.#find(name, now);
    topic.acceptedAt = now;
    topic.badTokens = 0;
  }

  /** APNs called a device token bad. Returns how many in a row it were, without an acceptance. */
  badToken(name: string, now: number): number {
    return ++this.#find(name, now).badTokens;
  }

  /** Whether device tokens of this topic fit the environment: APNs has accepted one lately. */
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
