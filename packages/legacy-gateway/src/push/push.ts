import type { Notification } from "apnskit";
import { Fate } from "./fate.ts";
import type { Verdict } from "./verdict.ts";

/** One notification of a legacy client, until its verdict. */
export class Push {
  /** The client's; 0 if it gave none. */
  readonly identifier: number;
  /** Lower-case hexadecimal. */
  readonly token: string;
  readonly notification: Notification;
  /** As the client sent it; seconds since 1970. */
  readonly expiry: number | undefined;
  /** Monotonic milliseconds. */
  readonly receivedAt: number;
  /** Known to its repetitions as well, which may outlive it. */
  readonly fate = new Fate();
  #callback: ((push: Push) => void) | undefined;

  /** @param onVerdict called once; pushes share this function, because there are many pushes */
  constructor(
    identifier: number,
    token: string,
    notification: Notification,
    expiry: number | undefined,
    receivedAt: number,
    onVerdict: (push: Push) => void,
  ) {
    this.identifier = identifier;
    this.token = token;
    this.notification = notification;
    this.expiry = expiry;
    this.receivedAt = receivedAt;
    this.#callback = onVerdict;
  }

  /** The bytes that the client sent. */
  get payload(): Uint8Array {
    return this.notification.body;
  }

  get verdict(): Verdict | undefined {
    return this.fate.verdict;
  }

  /** Gets the verdict of the notification that this one repeats. It is sent only if that one turns out to be unsent. */
  follow(original: Fate, upstream: { send(push: Push): void }): void {
    original.onVerdict((verdict) => {
      if (verdict.state === "unsent") upstream.send(this);
      else this.settle(verdict);
    });
  }

  /** Tells its connection first, then its repetitions. @throws Error for a second verdict, a defect of the gateway */
  settle(verdict: Verdict): void {
    const callback = this.#callback;
    this.#callback = undefined;
    const followers = this.fate.decide(verdict);
    callback?.(this);
    if (followers !== undefined) for (const follower of followers) follower(verdict);
  }
}
