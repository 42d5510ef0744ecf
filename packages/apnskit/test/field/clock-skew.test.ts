import { MockApns } from "@apnskit/mock-server";
import { failOnLeaks } from "@apnskit/testkit/leaks";
import { describe, expect, it } from "vitest";
import type { RejectedOutcome } from "../../src/index.ts";
import { hello, openClient, TOKEN } from "../kit/clients.ts";

failOnLeaks();

const HOUR = 3_600_000;

describe("a clock that is wrong is named, in the outcome and in one line of the log", () => {
  it.each<[string, number, string, RegExp]>([
    ["two hours ahead", -2 * HOUR, "InvalidProviderToken", /ahead/],
    ["a day ahead", -24 * HOUR, "InvalidProviderToken", /ahead/],
    ["two hours behind", 2 * HOUR, "ExpiredProviderToken", /behind/],
  ])("%s of APNs", async (_, skew, reason, words) => {
    // What is wrong is the difference: here the server's clock is moved.
    await using server = await MockApns.start({ now: () => Date.now() + skew });
    const errors: string[] = [];
    const logger = { error: (_: object, message: string) => void errors.push(message) };
    await using client = await openClient(server, { logger });
    const outcomes: RejectedOutcome[] = [];
    for (let i = 0; i < 3; i++) outcomes.push((await client.trySend(TOKEN, hello)) as RejectedOutcome);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ result: "rejected", reason });
      expect(outcome.message).toMatch(words);
    }
    expect(errors.filter((line) => words.test(line)).length).toBeGreaterThan(0);
    expect(errors.length).toBeLessThanOrEqual(2);
  });
});
