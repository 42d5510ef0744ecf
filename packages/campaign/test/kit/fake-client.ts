import type { Notification, Outcome, Pair, PushSource, SendManyOptions } from "apnskit";

/** A push that a fake client was given. */
export interface Taken {
  readonly token: string;
  readonly notification: Notification;
}

/** What becomes of a push; `undefined`: it stays under way until it is given up. */
export type Answer = (push: Taken, place: number) => Partial<Outcome> | undefined;

const accepted = { result: "accepted", status: 200, tokenIsDead: false, retryable: false } as const;

/** Takes pushes as `sendMany` does, so many at once, and answers in the order that `answer` says. */
export class FakeClient {
  readonly taken: Taken[] = [];
  readonly #answer: Answer;
  readonly #concurrency: number;
  /** Called before each pull. */
  onPull: (() => void) | undefined;

  constructor(answer: Answer = () => accepted, concurrency = 50) {
    this.#answer = answer;
    this.#concurrency = concurrency;
  }

  /** Tokens in the order in which they came. */
  get tokens(): string[] {
    return this.taken.map(({ token }) => token);
  }

  sendMany(source: PushSource<Pair>, options?: SendManyOptions): AsyncIterableIterator<Outcome> {
    return this.#run(source, options?.signal);
  }

  async *#run(source: PushSource<Pair>, signal: AbortSignal | undefined): AsyncGenerator<Outcome> {
    const items = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    const underWay: { readonly push: Taken; readonly place: number }[] = [];
    let ended = false;
    let thrown: { readonly error: unknown } | undefined;
    while (!ended || underWay.length > 0) {
      while (!ended && !signal?.aborted && underWay.length < this.#concurrency) {
        this.onPull?.();
        try {
          const { done, value } = await items.next();
          if (done) ended = true;
          else {
            const push = { token: String(value[0]), notification: value[1] };
            underWay.push({ push, place: this.taken.push(push) - 1 });
          }
        } catch (error) {
          ended = true;
          thrown = { error };
        }
      }
      if (signal?.aborted) {
        ended = true;
        await items.return?.();
      }
      const held: typeof underWay = [];
      for (const { push, place } of underWay.splice(0)) {
        const answer = this.#answer(push, place);
        if (answer === undefined && !signal?.aborted) held.push({ push, place });
        else yield outcomeOf(push, place, answer ?? aborted);
      }
      underWay.push(...held);
      if (held.length > 0 && (ended || held.length >= this.#concurrency) && !signal?.aborted) {
        await new Promise<void>((resolve) =>
          signal?.addEventListener("abort", () => resolve(), { once: true }),
        );
      }
    }
    if (thrown !== undefined) throw thrown.error;
  }
}

const aborted = {
  result: "unknown",
  error: { code: "ERR_APNS_ABORTED", message: "aborted" },
  tokenIsDead: false,
  retryable: false,
} as const;

function outcomeOf(push: Taken, index: number, answer: Partial<Outcome>): Outcome {
  const { id } = push.notification;
  return { token: push.token, index, apnsId: id, attempts: 1, duration: 1, ...answer } as Outcome;
}

/** As APNs answers for a token that is no more. */
export function unregistered(timestamp: number): Partial<Outcome> {
  return {
    result: "rejected",
    status: 410,
    reason: "Unregistered",
    message: "gone",
    advice: "drop-token",
    tokenIsDead: true,
    retryable: false,
    timestamp,
  };
}
