import type { Notification } from "apnskit";
import type { Verdict } from "./verdict.ts";

/** An object that may not have its verdict yet. */
export interface Fate {
  /** `undefined` while it is in flight. */
  readonly verdict: Verdict | undefined;
  /** Calls back when there is a verdict, after the callbacks that were given before. */
  onVerdict(callback: (fate: Fate) => void): void;
}

/** One notification of a legacy client, until its verdict. */
export class Push implements Fate {
  /** The client's; 0 if it gave none. */
  readonly identifier: number;
  /** Lower-case hexadecimal. */
  readonly token: string;
  readonly notification: Notification;
  /** As the client sent it; seconds since 1970. */
  readonly expiry: number | undefined;
  /** Monotonic milliseconds. */
  readonly receivedAt: number;
  #verdict: Verdict | undefined = undefined;
  #callback: ((push: Push) => void) | undefined;
  /** Of repetitions. A push whose connection was cut still has that connection to tell, and may be repeated already. */
  #followers: ((push: Push) => void)[] | undefined = undefined;

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

  get verdict(): Verdict | undefined {
    return this.#verdict;
  }

  onVerdict(callback: (push: Fate) => void): void {
    this.#followers ??= [];
    this.#followers.push(callback);
  }

  /** The only writer of the verdict. @throws Error for a second verdict, a defect of the gateway */
  settle(verdict: Verdict): void {
    if (this.#verdict !== undefined) throw new Error("a push has one verdict");
    this.#verdict = verdict;
    const callback = this.#callback;
    const followers = this.#followers;
    this.#callback = undefined;
    this.#followers = undefined;
    callback?.(this);
    if (followers !== undefined) for (const follower of followers) follower(this);
  }
}
