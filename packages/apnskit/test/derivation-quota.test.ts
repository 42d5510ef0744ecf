import { describe, expect, it } from "vitest";
import { DerivationQuota, QuotaUsedUp } from "../src/credentials/derivation-quota.ts";
import {
  FREE_COST,
  MAX_COST,
  MAX_ROUNDS,
  RoundBudget,
  TooManyRounds,
} from "../src/credentials/round-budget.ts";

function quota() {
  const clock = { now: 5 };
  return { clock, shared: new DerivationQuota(() => clock.now) };
}

/** A file that costs as much as one may. */
function slowest(shared: DerivationQuota): void {
  const budget = new RoundBudget(shared);
  for (let left = MAX_COST; left > 0; left -= MAX_ROUNDS) budget.spend(Math.min(left, MAX_ROUNDS), 1);
}

describe("the slow files of a process", () => {
  it("are refused after four of the slowest, before the work is done, with the time to wait", () => {
    const { shared } = quota();
    for (let file = 0; file < 4; file++) slowest(shared);
    expect(() => slowest(shared)).toThrow(QuotaUsedUp);
    expect(() => slowest(shared)).toThrow(/try again in \d+ s, or read such files in a worker thread/);
  });

  it("open again after that time", () => {
    const { clock, shared } = quota();
    for (let file = 0; file < 4; file++) slowest(shared);
    let seconds = 0;
    try {
      new RoundBudget(shared).spend(MAX_ROUNDS, 8);
    } catch (error) {
      seconds = Number(/in (\d+) s/.exec(String(error))![1]);
    }
    expect(seconds).toBeGreaterThan(0);
    clock.now += (seconds - 2) * 1_000;
    expect(() => new RoundBudget(shared).spend(MAX_ROUNDS, 8)).toThrow(QuotaUsedUp);
    clock.now += 2_000;
    new RoundBudget(shared).spend(MAX_ROUNDS, 8);
  });

  it("take about a fifteenth of a core over an hour at most", () => {
    const { clock, shared } = quota();
    let cost = 0;
    for (let second = 0; second < 3_600; second++, clock.now += 1_000) {
      try {
        slowest(shared);
        cost += MAX_COST;
      } catch (error) {
        expect(error).toBeInstanceOf(QuotaUsedUp);
      }
    }
    // 5,000,000 are about a second.
    expect(cost / 5_000_000).toBeLessThan(3_600 / 14);
  });
});

it("a file of the usual cost opens, however many slow ones there were", () => {
  const { shared } = quota();
  for (let file = 0; file < 10; file++) {
    try {
      slowest(shared);
    } catch {
      // The quota is used up.
    }
  }
  for (let file = 0; file < 1_000; file++) {
    const budget = new RoundBudget(shared);
    // OpenSSL and Keychain: the MAC, the key and the certificate have 2,048 rounds each.
    for (const cost of [2, 4, 4, 2]) budget.spend(2_048, cost);
  }
  new RoundBudget(shared).spend(FREE_COST, 1);
  expect(() => new RoundBudget(shared).spend(FREE_COST + 200_000, 1)).toThrow(QuotaUsedUp);
});

it("one file has its own bound, too", () => {
  const { shared } = quota();
  expect(() => new RoundBudget(shared).spend(MAX_ROUNDS + 1, 1)).toThrow(TooManyRounds);
  const budget = new RoundBudget(shared);
  for (let spent = 0; spent + MAX_ROUNDS <= MAX_COST; spent += MAX_ROUNDS) budget.spend(MAX_ROUNDS, 1);
  expect(() => budget.spend(MAX_ROUNDS, 1)).toThrow(TooManyRounds);
  expect(() => new RoundBudget(shared).spend(Number.NaN, 1)).toThrow(TooManyRounds);
});
