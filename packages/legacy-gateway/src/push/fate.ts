import type { Verdict } from "./verdict.ts";

/** The verdict of a notification, now or later. */
export class Fate {
  #verdict: Verdict | undefined;
  /** Of repetitions. A client whose connection was cut may repeat a notification several times. */
  #followers: ((verdict: Verdict) => void)[] | undefined = undefined;

  constructor(verdict?: Verdict) {
    this.#verdict = verdict;
  }

  /** `undefined` while the notification is in flight. */
  get verdict(): Verdict | undefined {
    return this.#verdict;
  }

  /** Calls back when there is a verdict, in the order of the calls; at once if there is one. */
  onVerdict(callback: (verdict: Verdict) => void): void {
    if (this.#verdict !== undefined) {
      callback(this.#verdict);
      return;
    }
    this.#followers ??= [];
    this.#followers.push(callback);
  }

  /** The only writer of the verdict. Returns whom to call back. @throws Error for a second verdict, a defect of the gateway */
  decide(verdict: Verdict): readonly ((verdict: Verdict) => void)[] | undefined {
    if (this.#verdict !== undefined) throw new Error("a push has one verdict");
    this.#verdict = verdict;
    const followers = this.#followers;
    this.#followers = undefined;
    return followers;
  }
}
