import type { DeadRecipient } from "../report.ts";
import type { End, Runs } from "../store/checkpoint-record.ts";
import { runsOf } from "./runs.ts";

/** An end other than accepted. Recipients with equal ends share it. */
interface Verdict {
  readonly result: End["result"] | "in-doubt";
  readonly reason: string;
  readonly retryable: boolean;
  count: number;
}

/** The ends of recipients whose push was not accepted. Memory grows only with these recipients. */
export class Ends {
  readonly #verdicts = new Map<string, Verdict>();
  readonly #byIndex = new Map<number, Verdict>();
  /** By token, so that each token appears once, however many recipients share it. */
  readonly #dead = new Map<string, DeadRecipient>();
  readonly #inDoubt = this.#verdict("in-doubt", "", false);

  add(end: End): void {
    const { index, result, reason, deadToken, timestamp } = end;
    this.#set(index, this.#verdict(result, reason, end.retryable === true));
    if (deadToken === undefined) return;
    const known = this.#dead.get(deadToken);
    if (known !== undefined && (known.timestamp ?? 0) >= (timestamp ?? 0)) return;
    const dead = { index: known?.index ?? index, token: deadToken, reason };
    this.#dead.set(deadToken, timestamp === undefined ? dead : { ...dead, timestamp });
  }

  /** Leaves the recipient in doubt, without another push. */
  addInDoubt(index: number): void {
    this.#set(index, this.#inDoubt);
  }

  /** Forgets the end, because the campaign sends the push again. */
  remove(index: number): void {
    const verdict = this.#byIndex.get(index);
    if (verdict === undefined) return;
    verdict.count--;
    this.#byIndex.delete(index);
  }

  count(result: Verdict["result"]): number {
    let count = 0;
    for (const verdict of this.#verdicts.values()) if (verdict.result === result) count += verdict.count;
    return count;
  }

  /** Places of recipients with this result. */
  runs(result: Verdict["result"]): Runs {
    return this.#runsWhere((verdict) => verdict.result === result);
  }

  /** Places of recipients that may be resent without harm. */
  retryable(): Runs {
    return this.#runsWhere((verdict) => verdict.retryable);
  }

  /** The most frequent reason comes first. */
  reasons(): Record<string, number> {
    const sums = new Map<string, number>();
    for (const { reason, count } of this.#verdicts.values()) {
      if (reason !== "" && count > 0) sums.set(reason, (sums.get(reason) ?? 0) + count);
    }
    return Object.fromEntries([...sums].sort(([, a], [, b]) => b - a));
  }

  deadTokens(): DeadRecipient[] {
    return [...this.#dead.values()].sort((a, b) => a.index - b.index);
  }

  #set(index: number, verdict: Verdict): void {
    this.remove(index);
    verdict.count++;
    this.#byIndex.set(index, verdict);
  }

  #verdict(result: Verdict["result"], reason: string, retryable: boolean): Verdict {
    const key = `${result} ${retryable} ${reason}`;
    let verdict = this.#verdicts.get(key);
    if (verdict === undefined) {
      verdict = { result, reason, retryable, count: 0 };
      this.#verdicts.set(key, verdict);
    }
    return verdict;
  }

  #runsWhere(fits: (verdict: Verdict) => boolean): Runs {
    const places: number[] = [];
    for (const [index, verdict] of this.#byIndex) if (fits(verdict)) places.push(index);
    return runsOf(places);
  }
}
